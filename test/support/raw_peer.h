// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// RawPeer: one end of a connection to a node, spoken by hand over a real socket. It says exactly
// what the test tells it to, on the loop that the nodes of the test run on. RawListener waits for
// nodes to dial.
#ifndef AEMP_TEST_SUPPORT_RAW_PEER_H
#define AEMP_TEST_SUPPORT_RAW_PEER_H

#include <aemp/loop.h>
#include <aemp/value.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/dest.h"
#include "wire/format.h"
#include "wire/hello.h"

namespace aemp::raw {

using Bytes = std::vector<std::uint8_t>;

// However slow the machine is, what a test waits for has come by then.
inline constexpr std::chrono::seconds kPatience{20};

Bytes operator+(Bytes a, const Bytes& b);
Bytes text(std::string_view s);
Bytes be16(std::size_t v);
Bytes be64(std::uint64_t v);

// The encoded items of a message.
Bytes items(const OwnedMessage& message);
template <class... Args>
Bytes values(const Args&... args) {
  return items(message(args...));
}

Bytes varint(std::uint64_t v);
Bytes home(std::uint64_t serial);                        // a port that the receiver named
Bytes spawned(std::uint64_t serial);                     // a port that the sender named
Bytes full(std::uint64_t serial, std::uint64_t origin);  // any port
Bytes to(const Port& port);                              // the same, of a port
inline Bytes node_port() { return {0}; }

// Header and body. `announced`: the length that the header says; the body's when not given.
Bytes frame(std::uint8_t type, const Bytes& body, std::optional<std::size_t> announced = {});
Bytes fragment(const Bytes& dest, std::uint8_t inner, const Bytes& part, bool last);
Bytes greeting(std::uint8_t major = kMajorVersion, std::uint8_t suite = kSuitePlain,
               std::size_t rest = 0);
// With its length before it.
Bytes packed(const Hello& hello);
// A HELLO field, and fields with their length before them.
Bytes field(std::uint8_t type, const Bytes& value);
Bytes packed(const Bytes& fields);

Hello hello_of(std::string node_id, std::uint64_t incarnation);

struct Frame {
  std::uint8_t type;
  Bytes body;
};

class RawPeer {
 public:
  // Dials an address as Node::binds() says it. Fails the test if nobody is there.
  RawPeer(Loop& loop, const std::string& address);
  // Takes over a connection.
  RawPeer(Loop& loop, int fd);
  ~RawPeer() { close(); }
  RawPeer(const RawPeer&) = delete;
  RawPeer& operator=(const RawPeer&) = delete;

  // Writes all of it, as the socket takes it; what the other end's close leaves over is dropped.
  void send(const Bytes& bytes);
  bool all_sent() const { return out_.size() == sent_; }

  // The handshake in one go, as initiator and as responder: true once the link is up.
  bool join(const Hello& own);
  bool admit(const Hello& own, std::uint64_t link_id = 0x1157);

  // The node's HELLO: the first thing that a dialled node says, what a dialling one says after its
  // greeting. Nothing if the connection ended without.
  std::optional<Hello> hear_hello();
  // The next frame, skipping PINGs (answered if `answer_pings`). Nothing if the connection ended.
  std::optional<Frame> hear_frame();
  // True once the node has closed; frames that came before can still be heard.
  bool wait_closed();
  bool closed() const { return closed_; }

  // From here on nothing is read, or again is.
  void read(bool on);
  void close();
  void shut_writing();
  // Ends the connection as a dying host does.
  void reset();

  bool answer_pings = true;
  std::size_t received() const { return in_.size(); }  // bytes, of the whole connection
  int fd() const { return fd_; }

 private:
  void watch();
  void on_ready(Events events);
  void pull();
  void push();
  bool wait_for(std::size_t bytes);

  Loop& loop_;
  int fd_ = -1;
  Watch watch_;
  Bytes in_;
  std::size_t heard_ = 0;
  Bytes out_;
  std::size_t sent_ = 0;
  bool reading_ = true;
  bool closed_ = false;
};

// A listening socket whose connections the test answers by hand.
class RawListener {
 public:
  // `address` as in Config::binds.
  RawListener(Loop& loop, const std::string& address);
  ~RawListener();
  RawListener(const RawListener&) = delete;
  RawListener& operator=(const RawListener&) = delete;

  const std::string& address() const { return address_; }
  // Waits for the next connection.
  std::unique_ptr<RawPeer> accept();

 private:
  Loop& loop_;
  int fd_ = -1;
  std::string address_;
};

// A connected non-blocking socket, or -1 with errno.
int dial(const std::string& address);

}  // namespace aemp::raw

#endif  // AEMP_TEST_SUPPORT_RAW_PEER_H
