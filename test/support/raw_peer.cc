// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "support/raw_peer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/bytes.h"
#include "os/sockaddr.h"
#include "wire/frame.h"

namespace aemp::raw {

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Bytes text(std::string_view s) { return Bytes(s.begin(), s.end()); }

Bytes be16(std::size_t v) {
  return {static_cast<std::uint8_t>(v >> 8), static_cast<std::uint8_t>(v)};
}

Bytes be64(std::uint64_t v) {
  Bytes out(8);
  store_be64(out.data(), v);
  return out;
}

Bytes items(const OwnedMessage& message) {
  const Message view = message;
  return Bytes(view.data(), view.data() + view.size_bytes());
}

Bytes varint(std::uint64_t v) {
  std::uint8_t out[kMaxVarintBytes];
  return Bytes(out, out + store_varint(out, v));
}

namespace {

Bytes encoded(const Dest& dest) {
  std::uint8_t out[kMaxDestBytes];
  return Bytes(out, out + encode_dest(dest, out));
}

}  // namespace

Bytes home(std::uint64_t serial) { return encoded({Dest::Form::home, serial, 0}); }
Bytes spawned(std::uint64_t serial) { return encoded({Dest::Form::spawned, serial, 0}); }
Bytes full(std::uint64_t serial, std::uint64_t origin) {
  return encoded({Dest::Form::full, serial, origin});
}
Bytes to(const Port& port) { return full(port.serial(), port.origin()); }

Bytes frame(std::uint8_t type, const Bytes& body, std::optional<std::size_t> announced) {
  Bytes out(kFrameHeaderBytes);
  store_frame_header(out.data(), type, announced.value_or(body.size()));
  return out + body;
}

Bytes fragment(const Bytes& dest, std::uint8_t inner, const Bytes& part, bool last) {
  const auto head = static_cast<std::uint8_t>(inner | (last ? kFragLast : 0));
  return frame(kFrameFrag, dest + Bytes{head} + part);
}

Bytes greeting(std::uint8_t major, std::uint8_t suite, std::size_t rest) {
  return Bytes(kMagic, kMagic + sizeof kMagic) + Bytes{major, suite} + be16(rest);
}

Bytes packed(const Bytes& fields) { return be16(fields.size()) + fields; }

Bytes packed(const Hello& hello) {
  Bytes fields;
  encode_hello(hello, fields);
  return packed(fields);
}

Bytes field(std::uint8_t type, const Bytes& value) {
  return Bytes{type} + be16(value.size()) + value;
}

Hello hello_of(std::string node_id, std::uint64_t incarnation) {
  Hello hello;
  hello.node_id = std::move(node_id);
  hello.incarnation = incarnation;
  return hello;
}

int dial(const std::string& address) {
  const Result<Address> at = parse_address(address, 0);
  if (!at.ok()) {
    errno = EINVAL;
    return -1;
  }
  const SockAddr name(*at);
  const int fd = socket(name.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  // Connecting to a socket of this machine does not wait for anybody to accept.
  if (connect(fd, &name.any, name.size) != 0) {
    const int failed = errno;
    ::close(fd);
    errno = failed;
    return -1;
  }
  fcntl(fd, F_SETFL, O_NONBLOCK);
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

RawPeer::RawPeer(Loop& loop, const std::string& address) : RawPeer(loop, dial(address)) {
  EXPECT_GE(fd_, 0) << address << ": " << strerror(errno);
}

RawPeer::RawPeer(Loop& loop, int fd) : loop_(loop), fd_(fd) {
  closed_ = fd_ < 0;
  watch();
}

void RawPeer::watch() {
  watch_.cancel();
  if (fd_ < 0) return;
  Events wanted = Events::None;
  if (reading_ && !closed_) wanted = wanted | Readable;
  if (!all_sent()) wanted = wanted | Writable;
  if (wanted == Events::None) return;
  watch_ = loop_.io(fd_, wanted, [this](Events events) { on_ready(events); });
}

void RawPeer::on_ready(Events events) {
  if ((events & Writable) != Events::None && !all_sent()) {
    push();
    if (all_sent()) watch();
  }
  if (reading_ && !closed_) pull();
}

void RawPeer::send(const Bytes& bytes) {
  if (fd_ < 0) return;
  const bool idle = all_sent();
  if (idle) {
    out_.clear();
    sent_ = 0;
  }
  out_.insert(out_.end(), bytes.begin(), bytes.end());
  if (!idle) return;
  push();
  if (!all_sent()) watch();
}

void RawPeer::push() {
  while (!all_sent()) {
    const ssize_t n = ::send(fd_, out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
    if (n < 0 && errno == EAGAIN) return;
    sent_ = n < 0 ? out_.size() : sent_ + static_cast<std::size_t>(n);
  }
}

void RawPeer::pull() {
  std::uint8_t buffer[16 * 1024];
  for (;;) {
    const ssize_t n = recv(fd_, buffer, sizeof buffer, 0);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) {
      closed_ = true;
      return watch();
    }
    in_.insert(in_.end(), buffer, buffer + n);
  }
}

bool RawPeer::wait_for(std::size_t bytes) {
  const auto there = [&] { return in_.size() - heard_ >= bytes; };
  EXPECT_TRUE(loop_.run_until([&] { return there() || closed_; }, kPatience)) << "it hangs";
  return there();
}

std::optional<Hello> RawPeer::hear_hello() {
  if (!wait_for(2)) return {};
  const std::size_t size = load_be16(in_.data() + heard_);
  if (!wait_for(2 + size)) return {};
  Hello hello;
  std::string error;
  const bool good = decode_hello({in_.data() + heard_ + 2, size}, hello, error);
  EXPECT_TRUE(good) << error;
  heard_ += 2 + size;
  return good ? std::optional(hello) : std::nullopt;
}

std::optional<Frame> RawPeer::hear_frame() {
  for (;;) {
    if (!wait_for(kFrameHeaderBytes)) return {};
    const FrameHeader header = load_frame_header(in_.data() + heard_);
    if (!wait_for(kFrameHeaderBytes + header.body_len)) return {};
    const std::uint8_t* body = in_.data() + heard_ + kFrameHeaderBytes;
    Frame heard{header.type, Bytes(body, body + header.body_len)};
    heard_ += kFrameHeaderBytes + header.body_len;
    if (heard.type != kFramePing) return heard;
    if (answer_pings) send(frame(kFramePong, heard.body));
  }
}

bool RawPeer::join(const Hello& own) {
  send(greeting());
  if (!hear_hello()) return false;
  send(packed(own));
  const std::optional<Frame> answer = hear_frame();
  return answer && answer->type == kFrameReady;
}

bool RawPeer::admit(const Hello& own, std::uint64_t link_id) {
  if (!wait_for(kGreetingBytes)) return false;
  heard_ += kGreetingBytes;
  send(packed(own));
  if (!hear_hello()) return false;
  send(frame(kFrameReady, be64(link_id)));
  return true;
}

bool RawPeer::wait_closed() {
  read(true);
  return loop_.run_until([this] { return closed_; }, kPatience);
}

void RawPeer::read(bool on) {
  if (reading_ == on) return;
  reading_ = on;
  watch();
}

void RawPeer::close() {
  watch_.cancel();
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  closed_ = true;
}

void RawPeer::shut_writing() { shutdown(fd_, SHUT_WR); }

void RawPeer::reset() {
  const linger at_once{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

RawListener::RawListener(Loop& loop, const std::string& address) : loop_(loop) {
  const Result<Address> at = parse_address(address, 0);
  EXPECT_TRUE(at.ok()) << address;
  const SockAddr name(*at);
  fd_ = socket(name.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  EXPECT_EQ(bind(fd_, &name.any, name.size), 0) << address << ": " << strerror(errno);
  EXPECT_EQ(listen(fd_, 64), 0);
  SockAddr real;
  EXPECT_EQ(getsockname(fd_, &real.any, real.room()), 0);
  address_ = real.address().str();
}

RawListener::~RawListener() {
  ::close(fd_);
  const Result<Address> at = parse_address(address_, 0);
  if (at.ok() && at->is_local() && !at->is_abstract()) unlink(at->path.c_str());
}

std::unique_ptr<RawPeer> RawListener::accept() {
  int got = -1;
  const Guard watch = loop_.guard(loop_.io(fd_, Readable, [&] {
    if (got < 0) got = accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  }));
  EXPECT_TRUE(loop_.run_until([&] { return got >= 0; }, kPatience)) << "nobody dialled";
  return std::make_unique<RawPeer>(loop_, got);
}

}  // namespace aemp::raw
