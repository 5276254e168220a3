// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "support/memory_host.h"

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <utility>

namespace aemp::memory {

int MemoryNet::add(End end) {
  const int fd = next_++;
  ends_.emplace(fd, std::move(end));
  return fd;
}

std::pair<int, int> MemoryNet::pair(const Address& a, const Address& b) {
  End one, other;
  one.local = other.remote = a;
  one.remote = other.local = b;
  const int first = add(std::move(one));
  const int second = add(std::move(other));
  ends_.at(first).peer = second;
  ends_.at(second).peer = first;
  return {first, second};
}

void MemoryNet::finish_connect(int fd, int error) {
  ends_.at(fd).connecting = false;
  ends_.at(fd).connect_error = error;
}

Result<int> MemoryNet::listen(const Address& at) {
  End end;
  end.local = at;
  end.listener = true;
  return add(std::move(end));
}

Result<int> MemoryNet::connect(const Address& to) {
  for (auto& [fd, end] : ends_) {
    if (!end.listener || !(end.local == to)) continue;
    Address from = to;
    from.port = static_cast<std::uint16_t>(20'000 + next_);
    const int listener = fd;
    const auto [near, far] = pair(from, to);
    ends_.at(near).connecting = hold_connects;
    ends_.at(listener).waiting.push_back(far);
    return near;
  }
  End end;
  end.remote = to;
  end.connect_error = ECONNREFUSED;
  return add(std::move(end));
}

Result<int> MemoryNet::connect_datagrams(const Address& to) {
  return Result<int>(Errc::system, "no datagrams to " + to.str(), EAFNOSUPPORT);
}

int MemoryNet::accept(int listener, Address* peer) {
  std::deque<int>& waiting = ends_.at(listener).waiting;
  if (waiting.empty()) return -EAGAIN;
  const int fd = waiting.front();
  waiting.pop_front();
  if (peer != nullptr) *peer = ends_.at(fd).remote;
  return fd;
}

IoResult MemoryNet::read(int fd, std::span<std::uint8_t> into) {
  ++reads;
  End& end = ends_.at(fd);
  if (end.connecting) return {-1, EAGAIN};
  if (end.in.empty() || end.blocked) {
    if (end.in_error != 0) return {-1, end.in_error};
    if (end.in_eof && !end.blocked) return {0, 0};
    return {-1, EAGAIN};
  }
  const std::size_t n = std::min({into.size(), read_max, end.in.size()});
  const auto until = end.in.begin() + static_cast<std::ptrdiff_t>(n);
  std::copy(end.in.begin(), until, into.begin());
  end.in.erase(end.in.begin(), until);
  return {static_cast<std::ptrdiff_t>(n), 0};
}

IoResult MemoryNet::write(int fd, std::span<const Slice> from) {
  ++writes;
  End& end = ends_.at(fd);
  if (end.connecting) return {-1, EAGAIN};
  if (end.peer < 0 || end.shut) return {-1, EPIPE};
  std::deque<std::uint8_t>& to = ends_.at(end.peer).in;
  std::size_t room = std::min(write_max, capacity - std::min(capacity, to.size()));
  std::ptrdiff_t done = 0;
  bool empty = true;
  for (const Slice& slice : from) {
    if (slice.size > 0) empty = false;
    const std::size_t n = std::min(slice.size, room);
    to.insert(to.end(), slice.data, slice.data + n);
    room -= n;
    done += static_cast<std::ptrdiff_t>(n);
  }
  if (done == 0 && !empty) return {-1, EAGAIN};
  return {done, 0};
}

int MemoryNet::error(int fd) { return std::exchange(ends_.at(fd).connect_error, 0); }

Result<Address> MemoryNet::peer_address(int fd) {
  const End& end = ends_.at(fd);
  if (end.connecting) return Result<Address>(Errc::system, "not connected", ENOTCONN);
  return end.remote;
}

void MemoryNet::shutdown_write(int fd) {
  End& end = ends_.at(fd);
  end.shut = true;
  if (end.peer >= 0) ends_.at(end.peer).in_eof = true;
}

void MemoryNet::cut(int fd) {
  const int peer = std::exchange(ends_.at(fd).peer, -1);
  ends_.at(fd).in_eof = true;
  ends_.at(peer).peer = -1;
  ends_.at(peer).in_eof = true;
}

// As a kernel does it: closing with unread input resets the connection, and what was on its way
// to the other end is lost.
void MemoryNet::close(int fd) {
  End& end = ends_.at(fd);
  if (end.peer >= 0) {
    End& peer = ends_.at(end.peer);
    peer.peer = -1;
    peer.in_eof = true;
    if (!end.in.empty()) {
      peer.in.clear();
      peer.in_error = ECONNRESET;
    }
  }
  ends_.erase(fd);
}

std::uint8_t MemoryNet::readiness(int fd) const {
  const auto found = ends_.find(fd);
  if (found == ends_.end()) return 0;
  const End& end = found->second;
  unsigned events = 0;
  if (end.listener) return end.waiting.empty() ? 0 : kReadable;
  if (end.lost) return kWritable | kHangup;
  if (end.connecting) return 0;
  if (end.connect_error != 0) return kWritable | kError | kHangup;
  if (!end.blocked && (!end.in.empty() || end.in_eof)) events |= kReadable;
  if (end.in_error != 0) events |= kReadable | kError;
  if (end.in_eof && !end.blocked && (end.shut || end.peer < 0)) events |= kHangup;
  if (end.peer < 0 || ends_.at(end.peer).in.size() < capacity) events |= kWritable;
  return static_cast<std::uint8_t>(events);
}

Status MemoryPoller::watch(int fd, std::uint64_t token, std::uint8_t interest, bool* added) {
  ++changes;
  if (added != nullptr) *added = watches_.count(fd) == 0;
  watches_[fd] = {token, interest};
  return {};
}

void MemoryPoller::unwatch(int fd) {
  ++changes;
  watches_.erase(fd);
}

std::uint8_t MemoryPoller::interest(int fd) const {
  const auto found = watches_.find(fd);
  return found == watches_.end() ? 0 : found->second.interest;
}

int MemoryPoller::wait(Nanos timeout, std::span<Ready> ready) {
  ++waits;
  std::size_t n = 0;
  for (const auto& [fd, watch] : watches_) {
    const unsigned asked = watch.interest | kHangup | kError;
    auto events = static_cast<std::uint8_t>(net_.readiness(fd) & asked);
    if (fd == spurious) events |= kWritable;
    if (events != 0 && fd != muted && n < ready.size()) ready[n++] = {watch.token, events};
  }
  spurious = -1;
  if (n == 0 && !std::exchange(woken_, false)) {
    if (timeout < 0) throw std::logic_error("MemoryPoller: nothing will ever happen");
    now_ += timeout;
  }
  return static_cast<int>(n);
}

}  // namespace aemp::memory
