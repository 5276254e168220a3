// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What tests of strangers share: a node on the simulator, and processes whose sockets the test
// holds by hand.
#ifndef AEMP_TEST_NODE_STRANGERS_H
#define AEMP_TEST_NODE_STRANGERS_H

#include <aemp/aemp.h>
#include <aemp/sim.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "os/host.h"
#include "support/message1.h"

namespace aemp::strangers {

using namespace std::chrono_literals;
using Bytes = std::vector<std::uint8_t>;

inline const Bytes kJunk(64, 'x');

// A process on a machine of its own, or a named one, whose sockets the test holds by hand.
class Stranger {
 public:
  explicit Stranger(sim::Network& net, const std::string& machine = unused())
      : process_(net, machine) {}

  int dial(const std::string& address) {
    return process_.host().net().connect(*parse_address(address, 0)).take();
  }
  // Once it is connected.
  void say(int fd, const Bytes& bytes) {
    const Slice all{bytes.data(), bytes.size()};
    ASSERT_EQ(process_.host().net().write(fd, {&all, 1}).n,
              static_cast<std::ptrdiff_t>(bytes.size()));
  }
  // What has come meanwhile.
  Bytes hear(int fd) {
    Bytes got(4096);
    const IoResult result = process_.host().net().read(fd, got);
    got.resize(result.n > 0 ? static_cast<std::size_t>(result.n) : 0);
    return got;
  }
  // The node has closed.
  bool closed(int fd) {
    std::uint8_t byte;
    const IoResult result = process_.host().net().read(fd, {&byte, 1});
    return result.n == 0 || (result.n < 0 && result.err != EAGAIN);
  }
  void close(int fd) { process_.host().net().close(fd); }
  sim::Process& process() { return process_; }

 private:
  static std::string unused() {
    static int count = 0;
    return "stranger" + std::to_string(++count);
  }
  sim::Process process_;
};

class World : public testing::Test {
 protected:
  World() {
    net.unruly(false);
    net.set_default_path({.delay = 100us, .jitter = 0ns});
  }
  ~World() override {
    honest.reset();
    node.reset();
  }

  Config config(const std::string& id) const {
    Config c;
    c.nodeid = id;
    c.private_node();
    if (with_key) {
      c.key = id == "server" ? server_key : honest_key;
      c.allow = {{public_key(server_key) + " server", public_key(honest_key) + " honest"}};
    } else {
      c.secret = secret;
    }
    return c;
  }
  void start() { start({server.address() + ":4040"}); }
  void start(std::vector<std::string> binds) {
    Config c = config("server");
    c.binds = std::move(binds);
    c.limits = limits;
    node = std::make_unique<Node>(server.loop());
    log = node->on_log([this](int level, std::string_view text) {
      lines.push_back(std::to_string(level) + " " + std::string(text));
    });
    node->configure(c);
    at = node->binds()[0];
  }
  // An honest node on a machine of its own, or on that of somebody else.
  void join(const std::string& machine = "home") {
    honest.reset();
    home = std::make_unique<sim::Process>(net, machine);
    honest = std::make_unique<Node>(home->loop());
    honest_log = honest->on_log([](int, std::string_view) {});
    Config c = config("honest");
    c.seeds = {{at}};
    honest->configure(c);
  }
  bool up() const { return node->node_is_up("honest").value_or(false); }
  bool comes_up(std::chrono::nanoseconds limit = 1s) {
    return net.run_until([&] { return up(); }, limit);
  }
  void settle() { net.run_for(2ms); }
  // So many connections that say this, each settled before the next.
  std::vector<int> dial(Stranger& from, int count, const Bytes& words = {}) {
    std::vector<int> fds;
    for (int i = 0; i < count; ++i) {
      fds.push_back(from.dial(at));
      settle();
      if (!words.empty()) from.say(fds.back(), words);
      settle();
    }
    return fds;
  }
  // All at once, without a word.
  void come_and_go(Stranger& from, int count) {
    std::vector<int> fds;
    for (int i = 0; i < count; ++i) fds.push_back(from.dial(at));
    settle();
    for (const int fd : fds) from.close(fd);
    settle();
  }
  Bytes message1() { return test::message1(config("honest"), server.host().random()); }
  Stats stats() const { return node->stats(); }
  // Every incoming connection is a link, half open, or refused for one reason.
  void expect_sums() const {
    const Stats s = stats();
    EXPECT_EQ(s.refused, s.refused_crowded + s.refused_source + s.refused_rate + s.refused_blocked +
                             s.refused_failed + s.refused_timeout + s.refused_x25519 +
                             s.refused_descriptors + s.refused_lost + s.refused_declined);
    EXPECT_EQ(s.accepted, s.refused + s.half_open + s.links_taken);
  }
  long lines_with(const std::string& part) const {
    long n = 0;
    for (const std::string& line : lines) n += line.find(part) != std::string::npos;
    return n;
  }

  sim::Network net{7};
  sim::Process server{net, "server"};
  const std::string secret = generate_secret();
  const std::string server_key = generate_key(), honest_key = generate_key();
  bool with_key = false;  // and no secret
  Limits limits;
  std::string at;  // where the server listens
  std::unique_ptr<Node> node;
  std::unique_ptr<sim::Process> home;
  std::unique_ptr<Node> honest;
  Registration log, honest_log;
  std::vector<std::string> lines;
};

}  // namespace aemp::strangers

#endif  // AEMP_TEST_NODE_STRANGERS_H
