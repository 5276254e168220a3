// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "support/proxy.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/address.h"
#include "base/bytes.h"
#include "os/sockaddr.h"
#include "wire/frame.h"
#include "wire/hello.h"

namespace aemp::remote {

namespace {

SockAddr name_of(const std::string& address) {
  const Result<Address> at = parse_address(address, 0);
  EXPECT_TRUE(at.ok()) << address;
  return SockAddr(*at);
}

int open_socket(const SockAddr& name) {
  return socket(name.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

constexpr std::size_t kDirections = 2;

}  // namespace

Proxy::Proxy(Loop& loop, const std::string& listen, std::string target)
    : loop_(loop), target_(std::move(target)) {
  const SockAddr name = name_of(listen);
  listener_ = open_socket(name);
  EXPECT_EQ(bind(listener_, &name.any, name.size), 0) << listen << ": " << strerror(errno);
  EXPECT_EQ(::listen(listener_, SOMAXCONN), 0);
  SockAddr real;
  EXPECT_EQ(getsockname(listener_, &real.any, real.room()), 0);
  address_ = real.address().str();
  accepting_ = loop_.io(listener_, Readable, [this] { on_accept(); });
}

Proxy::~Proxy() {
  cut();
  accepting_.cancel();
  close(listener_);
}

void Proxy::on_accept() {
  sweep();
  for (;;) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    ++accepted_;
    const SockAddr name = name_of(target_);
    const int far = refuse_ ? -1 : open_socket(name);
    if (far < 0 || (connect(far, &name.any, name.size) != 0 && errno != EINPROGRESS)) {
      close(fd);
      if (far >= 0) close(far);
      continue;
    }
    pairs_.push_back(std::make_unique<Pair>());
    Pair& pair = *pairs_.back();
    pair.fd[0] = fd;
    pair.fd[1] = far;
    for (std::size_t i = 0; i < kDirections; ++i) {
      pair.pipe[i].cut_at = std::exchange(sides_[i].cut_at, kNever);
    }
    if (pair.pipe[0].cut_at == 0 || pair.pipe[1].cut_at == 0) {
      end(pair, cut_how_);
    } else {
      watch(pair);
    }
  }
}

void Proxy::watch(Pair& pair) {
  for (std::size_t i = 0; i < kDirections && !pair.dead && !pair.mute; ++i) {
    const Pipe& in = pair.pipe[i];
    const Pipe& out = pair.pipe[1 - i];
    Events wanted = Events::None;
    if (!in.end_read && !sides_[i].paused && in.waiting_bytes < kMostWaiting) wanted = Readable;
    if (out.out_at < out.out.size()) wanted = wanted | Writable;
    if (wanted == pair.watched[i]) continue;
    pair.watched[i] = wanted;
    pair.watch[i].cancel();
    if (wanted == Events::None) continue;
    Pair* const p = &pair;
    pair.watch[i] = loop_.io(pair.fd[i], wanted, [this, p, i](Events e) { on_ready(*p, i, e); });
  }
}

void Proxy::on_ready(Pair& pair, std::size_t i, Events events) {
  if ((events & Writable) != Events::None) write(pair, 1 - i);
  if ((events & Readable) != Events::None && !pair.dead && !pair.mute) read(pair, i);
  watch(pair);
}

void Proxy::read(Pair& pair, std::size_t i) {
  Pipe& pipe = pair.pipe[i];
  if (pipe.end_read || sides_[i].paused) return;
  std::uint8_t buffer[32 * 1024];
  const ssize_t n = recv(pair.fd[i], buffer, sizeof buffer, 0);
  if (n < 0 && errno == EAGAIN) return;
  if (n > 0) {
    pipe.raw.insert(pipe.raw.end(), buffer, buffer + n);
  } else {
    pipe.end_read = true;
  }
  split(pipe, i);
  pump(pair, i);
}

void Proxy::split(Pipe& pipe, std::size_t i) {
  std::size_t at = 0;
  for (;;) {
    const std::size_t have = pipe.raw.size() - at;
    const std::uint8_t* from = pipe.raw.data() + at;
    // The dialler starts with its greeting, both have a hello before their frames.
    const unsigned step = pipe.spoken + (i == 0 ? 0 : 1);
    std::size_t size = kGreetingBytes;
    std::string word = "greeting";
    if (step == 1) {
      if (have < 2) break;
      size = 2 + load_be16(from);
      word = "hello";
    } else if (step > 1) {
      if (have < kFrameHeaderBytes) break;
      const FrameHeader header = load_frame_header(from);
      size = kFrameHeaderBytes + header.body_len;
      word = frame_word(header.type);
    }
    if (have < size) break;
    Unit unit{std::move(word), {from, from + size}};
    if (unit.word == "hello") rewrite_hello(unit, i);
    pipe.waiting_bytes += unit.bytes.size();
    pipe.waiting.push_back(std::move(unit));
    ++pipe.spoken;
    at += size;
  }
  pipe.raw.erase(pipe.raw.begin(), pipe.raw.begin() + static_cast<std::ptrdiff_t>(at));
  if (!pipe.end_read) return;
  if (!pipe.raw.empty()) pipe.waiting.push_back({"part", std::exchange(pipe.raw, {})});
  pipe.waiting.push_back({"end", {}});
}

void Proxy::rewrite_hello(Unit& unit, std::size_t i) const {
  if (!shown_[i].on) return;
  Hello hello;
  std::string error;
  if (!decode_hello({unit.bytes.data() + 2, unit.bytes.size() - 2}, hello, error)) return;
  hello.binds = shown_[i].binds;
  unit.bytes.resize(2);
  encode_hello(hello, unit.bytes);
  store_be16(unit.bytes.data(), static_cast<std::uint16_t>(unit.bytes.size() - 2));
}

void Proxy::note(std::size_t i, std::string word) {
  if (sides_[i].units.size() < kMostUnits) sides_[i].units.push_back(std::move(word));
}

// The first unit that waits, or what the cut leaves of it.
void Proxy::pass(Pair& pair, std::size_t i) {
  Pipe& pipe = pair.pipe[i];
  Unit unit = std::move(pipe.waiting.front());
  pipe.waiting.pop_front();
  pipe.waiting_bytes -= std::min(pipe.waiting_bytes, unit.bytes.size());
  if (sides_[i].swallow) return;
  if (unit.word == "end") {
    pipe.end_passed = true;
    return note(i, std::move(unit.word));
  }
  const std::uint64_t room = pipe.cut_at - pipe.passed;
  const std::size_t n = std::min<std::uint64_t>(unit.bytes.size(), room);
  if (n == unit.bytes.size()) note(i, std::move(unit.word));
  pipe.out.insert(pipe.out.end(), unit.bytes.begin(),
                  unit.bytes.begin() + static_cast<std::ptrdiff_t>(n));
  pipe.passed += n;
  sides_[i].bytes += n;
}

void Proxy::pump(Pair& pair, std::size_t i) {
  Pipe& pipe = pair.pipe[i];
  while (!pair.dead && !pair.mute && !sides_[i].gated && !pipe.waiting.empty() &&
         pipe.passed < pipe.cut_at && pipe.out.size() - pipe.out_at < kMostWaiting) {
    pass(pair, i);
  }
  write(pair, i);
}

void Proxy::write(Pair& pair, std::size_t i) {
  if (pair.dead || pair.mute) return;
  Pipe& pipe = pair.pipe[i];
  const int fd = pair.fd[1 - i];
  while (pipe.out_at < pipe.out.size()) {
    const ssize_t n =
        send(fd, pipe.out.data() + pipe.out_at, pipe.out.size() - pipe.out_at, MSG_NOSIGNAL);
    if (n < 0 && errno == EAGAIN) return watch(pair);
    // The other end is gone: what is left has no reader.
    pipe.out_at = n < 0 ? pipe.out.size() : pipe.out_at + static_cast<std::size_t>(n);
  }
  pipe.out.clear();
  pipe.out_at = 0;
  if (pipe.passed >= pipe.cut_at) return end(pair, cut_how_);
  if (pipe.end_passed && !pipe.end_sent) {
    pipe.end_sent = true;
    shutdown(fd, SHUT_WR);
    if (pair.pipe[1 - i].end_sent) return end(pair, Cut::both);
  }
  if (!sides_[i].gated && !pipe.waiting.empty()) return pump(pair, i);
  watch(pair);
}

void Proxy::end(Pair& pair, Cut how) {
  if (pair.dead) return;
  pair.mute = how == Cut::dialler || how == Cut::target;
  pair.dead = !pair.mute;
  if (how != Cut::target) shut(pair, 0, how == Cut::reset);
  if (how != Cut::dialler) shut(pair, 1, how == Cut::reset);
  if (!pair.mute) return;
  for (Watch& watch : pair.watch) watch.cancel();
}

void Proxy::shut(Pair& pair, std::size_t i, bool reset) {
  pair.watch[i].cancel();
  if (pair.fd[i] < 0) return;
  const linger at_once{1, 0};
  if (reset) setsockopt(pair.fd[i], SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(std::exchange(pair.fd[i], -1));
}

void Proxy::sweep() {
  std::erase_if(pairs_, [](const auto& pair) { return pair->dead; });
}

void Proxy::pause(Way way, bool on) {
  side(way).paused = on;
  for (const auto& pair : pairs_) watch(*pair);
}

void Proxy::pause_both(bool on) {
  pause(Way::there, on);
  pause(Way::back, on);
}

void Proxy::gate(Way way, bool on) {
  side(way).gated = on;
  if (on) return;
  for (std::size_t i = 0; i < pairs_.size(); ++i) {
    pump(*pairs_[i], static_cast<std::size_t>(way));
  }
}

void Proxy::gate_both(bool on) {
  gate(Way::there, on);
  gate(Way::back, on);
}

bool Proxy::step(Way way) {
  const auto i = static_cast<std::size_t>(way);
  for (const auto& pair : pairs_) {
    if (pair->dead || pair->mute || pair->pipe[i].waiting.empty()) continue;
    pass(*pair, i);
    write(*pair, i);
    return true;
  }
  return false;
}

std::string Proxy::next(Way way) const {
  for (const auto& pair : pairs_) {
    const Pipe& pipe = pair->pipe[static_cast<std::size_t>(way)];
    if (!pair->dead && !pair->mute && !pipe.waiting.empty()) return pipe.waiting.front().word;
  }
  return {};
}

void Proxy::cut_next(Way way, std::uint64_t bytes, Cut how) {
  side(way).cut_at = bytes;
  cut_how_ = how;
}

void Proxy::cut(Cut how) {
  for (const auto& pair : pairs_) end(*pair, how);
}

std::size_t Proxy::alive() const {
  return static_cast<std::size_t>(std::count_if(
      pairs_.begin(), pairs_.end(), [](const auto& pair) { return !pair->dead && !pair->mute; }));
}

}  // namespace aemp::remote
