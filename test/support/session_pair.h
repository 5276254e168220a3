// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Sessions on a MemoryHost, with owners that write down what they hear.
#ifndef AEMP_TEST_SUPPORT_SESSION_PAIR_H
#define AEMP_TEST_SUPPORT_SESSION_PAIR_H

#include <functional>
#include <string>
#include <vector>

#include "session/session.h"
#include "support/memory_host.h"
#include "support/wire_bytes.h"

namespace aemp::memory {

// The destination of frames where any will do: home port 1.
inline constexpr std::uint8_t kFirstPort[] = {0x04};

// One line per call; the hooks run after it was written.
class Recorder final : public SessionOwner {
 public:
  std::vector<std::string> log;
  std::function<void(Session&, const Hello&)> hello;
  std::function<void(Session&)> ready;
  std::function<void(Session&, const Packet&)> packet;
  CloseInfo closed;
  Nanos silent = 0, late = 0;  // when it was closed
  std::string last_items;      // of the last packet
  int calls = 0;               // that are under way
  int closes = 0;
  std::uint64_t packets = 0;

  void on_hello(Session& session, const Hello& peer) override {
    Inside inside(*this);
    log.push_back("hello " + peer.node_id);
    if (hello) hello(session, peer);
  }
  void on_ready(Session& session) override {
    Inside inside(*this);
    log.push_back("ready");
    if (ready) ready(session);
  }
  void on_packet(Session& session, const Packet& p) override {
    Inside inside(*this);
    ++packets;
    last_items.assign(reinterpret_cast<const char*>(p.items), p.size);
    if (p.size <= 8) {
      const std::string items = wire_test::hex({p.items, p.size});
      log.push_back(std::string(frame_word(p.type)) + (items.empty() ? "" : " ") + items);
    } else {
      log.push_back(std::string(frame_word(p.type)) + " of " + std::to_string(p.size));
    }
    if (packet) packet(session, p);
  }
  void on_pong(Session&, std::uint64_t nonce, Nanos rtt) override {
    Inside inside(*this);
    log.push_back("pong " + std::to_string(nonce) + " " + std::to_string(rtt / kMillisecond));
  }
  void on_closed(Session& session, const CloseInfo& info) override {
    Inside inside(*this);
    ++closes;
    closed = info;
    silent = session.silent();
    late = session.late();
    log.push_back("closed");
  }
  std::string all() const {
    std::string text;
    for (const std::string& line : log) text += (text.empty() ? "" : ", ") + line;
    return text;
  }

 private:
  struct Inside {
    explicit Inside(Recorder& r) : r_(r) { ++r_.calls; }
    ~Inside() { --r_.calls; }
    Recorder& r_;
  };
};

// A reactor and what sessions on it need. "a" dials, "b" is dialled.
struct SessionWorld {
  SessionWorld() : reactor(host) {
    a_config.own.node_id = "ann";
    a_config.own.incarnation = 1;
    b_config.own.node_id = "bob";
    b_config.own.incarnation = 2;
    for (SessionConfig* config : {&a_config, &b_config}) {
      config->uid = 1000;
      config->own.heartbeat_ms = 6000;
    }
    a.hello = [this](Session& s, const Hello&) { s.proceed(last_link); };
    a.ready = [this](Session& s) { s.attach(&a_queue); };
    b.hello = [this](Session& s, const Hello&) {
      s.accept(0x77);
      s.attach(&b_queue);
    };
    listener = *host.sockets.listen(address);
  }
  ~SessionWorld() {
    if (a_session != nullptr && a.closes == 0) a_session->abandon();
    if (b_session != nullptr && b.closes == 0) b_session->abandon();
    a_queue.clear();
    b_queue.clear();
  }

  Session* dial() {
    a_session = Session::dial(reactor, pool, a_config, address, expected_node, a);
    return a_session;
  }
  // Takes what a dialled.
  Session* adopt() {
    Address peer;
    b_fd = host.sockets.accept(listener, &peer);
    b_session = Session::adopt(reactor, pool, b_config, b_fd, peer, b);
    return b_session;
  }
  // Both up.
  void connect() {
    dial();
    adopt();
    settle();
  }
  // A session in the responder's role; returns the other end's descriptor, for the test to speak.
  int adopt_stranger() {
    const auto [far, near] = host.sockets.pair(Address::local(""), address);
    b_fd = near;
    b_session = Session::adopt(reactor, pool, b_config, near, Address::local(""), b);
    return far;
  }
  // A session in the initiator's role, likewise.
  int dial_stranger() {
    dial();
    return host.sockets.accept(listener, nullptr);
  }

  // Turns without waiting, until nothing happens.
  int settle() {
    int turns = 0;
    while (reactor.run_once(0)) ++turns;
    return turns;
  }
  void run_for(Nanos span) { reactor.run_for(span); }

  void put(OutBuffer& queue, const wire_test::Bytes& items, std::uint8_t type = kFrameData) {
    Writer writer = queue.open(type, wire_test::prefix_of(kFirstPort));
    writer.raw(items.data(), items.size());
    queue.commit(writer);
  }
  void a_sends(const wire_test::Bytes& items) {
    put(a_queue, items);
    a_session->wake();
  }
  void b_sends(const wire_test::Bytes& items) {
    put(b_queue, items);
    b_session->wake();
  }

  // What a stranger does.
  void say(int fd, const wire_test::Bytes& bytes) {
    const Slice slice{bytes.data(), bytes.size()};
    expect_all(host.sockets.write(fd, {&slice, 1}).n, bytes.size());
  }
  wire_test::Bytes hear(int fd) {
    wire_test::Bytes out;
    std::uint8_t buffer[4096];
    for (;;) {
      const IoResult result = host.sockets.read(fd, buffer);
      if (result.n <= 0) return out;
      out.insert(out.end(), buffer, buffer + result.n);
    }
  }

  static void expect_all(std::ptrdiff_t n, std::size_t size) {
    if (n != static_cast<std::ptrdiff_t>(size)) throw std::logic_error("a short write in a test");
  }

  MemoryHost host;
  BlockPool pool;
  Reactor reactor;
  Address address = Address::local("/run/bob");
  int listener = -1;
  int b_fd = -1;
  std::string expected_node;
  std::uint64_t last_link = 0;
  SessionConfig a_config, b_config;
  Recorder a, b;
  OutBuffer a_queue{pool}, b_queue{pool};
  Session* a_session = nullptr;
  Session* b_session = nullptr;
};

}  // namespace aemp::memory

#endif  // AEMP_TEST_SUPPORT_SESSION_PAIR_H
