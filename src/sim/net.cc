// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "sim/net.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/fill_in.h"
#include "sim/process.h"

namespace aemp::sim {

namespace {

Status failure(int err, const std::string& what) {
  return Status(Errc::system, fill_in("%: %", {what, errno_text(err)}), err);
}

}  // namespace

Status SimNet::check_listen(const Address& at) {
  Machine& machine = process_.machine();
  const std::string what = fill_in("cannot listen on %", {at.str()});
  if (process_.crashed()) return failure(ESHUTDOWN, what);
  if (open_ >= limit) return failure(EMFILE, what);
  if (!at.is_local()) {
    const bool ours = at.is_loopback() || at.is_unspecified() || world_.machine_at(at) == &machine;
    if (!ours) return failure(EADDRNOTAVAIL, what);
  } else if (machine.files.contains(at.path)) {
    return Status(Errc::address_in_use, fill_in("%: there is a file that is not a socket", {what}),
                  EEXIST);
  }
  if (at.port == 0 && !at.is_local()) return {};
  if (world_.listener_at(machine, at) != nullptr) {
    return Status(Errc::address_in_use, fill_in("%: the address is in use", {what}), EADDRINUSE);
  }
  return {};
}

std::uint16_t SimNet::free_port(const Address& like) {
  Machine& machine = process_.machine();
  Address at = like;
  do {
    if (++machine.next_port < 32768) machine.next_port = 32768;
    at.port = machine.next_port;
  } while (world_.listener_at(machine, at) != nullptr ||
           machine.datagram_sockets.contains(at.str()));
  return at.port;
}

Result<int> SimNet::listen(const Address& at) {
  const SystemCall call;
  Status allowed = check_listen(at);
  if (!allowed.ok()) return allowed;
  auto listener = std::make_unique<Listener>();
  listener->process = &process_;
  listener->at = at;
  if (!at.is_local() && at.port == 0) listener->at.port = free_port(at);
  Machine& machine = process_.machine();
  machine.abandoned.erase(at.path);
  Listener& made = *listener;
  machine.listeners[made.at.str()] = &made;
  made.fd = add({.listener = std::move(listener)});
  world_.note_text(&process_, "listen", made.at.str());
  return made.fd;
}

Result<int> SimNet::connect(const Address& to) {
  const SystemCall call;
  const std::string what = fill_in("cannot connect to %", {to.str()});
  if (process_.crashed()) return failure(ESHUTDOWN, what);
  if (open_ >= limit) return failure(EMFILE, what);
  Machine& machine = process_.machine();
  if (to.is_local() && world_.listener_at(machine, to) == nullptr) {
    const bool there = to.is_abstract() || machine.abandoned.contains(to.path);
    return failure(there ? ECONNREFUSED : ENOENT, what);
  }
  if (!to.is_local() && !to.is_loopback() && world_.machine_at(to) == nullptr) {
    return failure(ENETUNREACH, what);
  }
  Connection& made = world_.connect(process_, to);
  End& near = made.ends[0];
  End& far = made.ends[1];
  near.remote = far.local = to;
  near.local = to.is_local() ? Address::local({}) : to;
  if (!to.is_local()) {
    if (!to.is_loopback()) near.local = machine.ip;
    near.local.port = free_port(near.local);
  }
  far.remote = near.local;
  far.cred = {to.is_local(), process_.uid(), process_.pid()};
  // A unix socket connects at once, unless the way is cut.
  near.connecting = !to.is_local() || near.route->held || far.route->held;
  if (to.is_local()) {
    const Listener& listener = *world_.listener_at(machine, to);
    near.cred = {true, listener.process->uid(), listener.process->pid()};
  }
  near.fd = add({.end = &near});
  const int fd = near.fd;
  world_.note_text(&process_, "connect", to.str());
  if (near.connecting) {
    world_.send(near, Pipe::Kind::open);
  } else {
    world_.arrive_connection(made);
  }
  return fd;
}

int SimNet::accept(int fd, Address* peer) {
  const SystemCall call;
  Descriptor* found = find(fd);
  if (found == nullptr || found->listener == nullptr || process_.crashed()) return -ESHUTDOWN;
  if (found->listener->waiting.empty()) return -EAGAIN;
  if (open_ >= limit) return -EMFILE;
  End& end = *found->listener->waiting.front();
  found->listener->waiting.pop_front();
  end.process = &process_;
  end.fd = add({.end = &end});
  ++world_.counts.accepted;
  world_.note(&process_, "accept", static_cast<std::uint64_t>(end.fd));
  if (peer != nullptr) *peer = end.remote;
  return end.fd;
}

bool SimNet::shed(int fd) {
  const SystemCall call;
  Descriptor* found = find(fd);
  if (found == nullptr || found->listener == nullptr || process_.crashed()) return false;
  if (found->listener->waiting.empty()) return false;
  End& end = *found->listener->waiting.front();
  found->listener->waiting.pop_front();
  world_.refuse(end);
  return true;
}

// How much of it is done at once.
std::size_t SimNet::part(std::size_t size, Mood& mood) {
  if (size <= 1 || mood == Mood::whole || !world_.is_unruly()) return size;
  Dice& dice = world_.dice();
  if (mood == Mood::tiny) {
    // Not for ever: what is large would take as long as that.
    if (dice.one_in(500)) mood = Mood::mixed;
    return std::min<std::size_t>(size, 1 + (dice.one_in(4) ? dice.below(8) : 0));
  }
  switch (dice.below(8)) {
    case 0:
      return 1;
    case 1:
    case 2:
      return 1 + dice.below(std::min<std::size_t>(size, 64));
    case 3:
      return 1 + dice.below(size);
    default:
      return size;
  }
}

bool SimNet::may_read() const { return read_rate > 0 && process_.time() >= next_read_; }

// What a slow reader takes at once: of 10 ms, so that it trickles.
std::size_t SimNet::gulp() const { return std::max<std::uint64_t>(read_rate / 100, 1); }

IoResult SimNet::read(int fd, std::span<std::uint8_t> into) {
  const SystemCall call;
  if (DatagramSocket* socket = datagrams_of(fd)) return read_datagram(*socket, into);
  End* end = end_of(fd);
  if (end == nullptr) return {-1, ESHUTDOWN};
  if (end->connecting || !may_read()) return {-1, EAGAIN};
  const std::size_t there = std::min(into.size(), end->in.arrived());
  if (there == 0) {
    if (end->error != 0) return {-1, std::exchange(end->error, 0)};
    return end->eof || end->is_reset ? IoResult{0, 0} : IoResult{-1, EAGAIN};
  }
  const bool was_full = end->other().room() < 16 * 1024;
  const std::size_t n = end->in.read(into.first(std::min(part(there, end->mood), gulp())));
  if (read_rate != UINT64_MAX) {
    next_read_ = process_.time() +
                 static_cast<Nanos>(static_cast<double>(n) * 1e9 / static_cast<double>(read_rate));
  }
  const std::string_view bytes(reinterpret_cast<const char*>(into.data()), n);
  world_.note(&process_, "read", static_cast<std::uint64_t>(fd), World::hash(bytes));
  End& other = end->other();
  if (was_full && other.process != nullptr) other.process->ready(other.fd);
  return {static_cast<std::ptrdiff_t>(n), 0};
}

IoResult SimNet::write(int fd, std::span<const Slice> from) {
  const SystemCall call;
  if (DatagramSocket* socket = datagrams_of(fd)) return write_datagram(*socket, from);
  End* end = end_of(fd);
  if (end == nullptr) return {-1, ESHUTDOWN};
  std::size_t wanted = 0;
  for (const Slice& slice : from) wanted += slice.size;
  if (end->connecting) return {-1, EAGAIN};
  if (end->error != 0) return {-1, std::exchange(end->error, 0)};
  if (end->is_reset || end->shut) return {-1, EPIPE};
  if (wanted == 0) return {0, 0};
  const std::size_t room = std::min(wanted, end->room());
  if (room == 0) return {-1, EAGAIN};
  const std::size_t most = part(room, end->mood);
  std::size_t left = most;
  Pipe& pipe = end->other().in;
  for (const Slice& slice : from) {
    const std::size_t n = std::min(left, slice.size);
    if (n > 0) pipe.write(slice.data, n);
    left -= n;
  }
  world_.note(&process_, "write", static_cast<std::uint64_t>(fd), most);
  const std::size_t under_way = world_.alter(*end, most);
  if (under_way > 0) world_.send(*end, Pipe::Kind::data, under_way);
  return {static_cast<std::ptrdiff_t>(most), 0};
}

int SimNet::error(int fd) {
  if (DatagramSocket* socket = datagrams_of(fd)) return std::exchange(socket->error, 0);
  End* end = end_of(fd);
  return end == nullptr ? EBADF : std::exchange(end->error, 0);
}

Result<Address> SimNet::local_address(int fd) {
  const SystemCall call;
  Descriptor* found = find(fd);
  if (found == nullptr) return failure(EBADF, "cannot ask for a socket's address");
  if (found->datagrams != nullptr) return found->datagrams->local;
  return found->end != nullptr ? found->end->local : found->listener->at;
}

Result<Address> SimNet::peer_address(int fd) {
  const SystemCall call;
  const DatagramSocket* socket = datagrams_of(fd);
  if (socket != nullptr && socket->remote) return *socket->remote;
  End* end = end_of(fd);
  if (end == nullptr || end->connecting || end->is_reset) {
    return failure(ENOTCONN, "cannot ask for a peer's address");
  }
  return end->remote;
}

PeerCred SimNet::peer_cred(int fd) {
  End* end = end_of(fd);
  return end == nullptr ? PeerCred() : end->cred;
}

void SimNet::shutdown_write(int fd) {
  const SystemCall call;
  End* end = end_of(fd);
  if (end == nullptr || end->shut || end->is_reset || end->connecting) return;
  end->shut = true;
  world_.note(&process_, "shutdown", static_cast<std::uint64_t>(fd));
  world_.send(*end, Pipe::Kind::fin);
  touch(fd);
}

void SimNet::close(int fd) {
  const SystemCall call;
  Descriptor* found = find(fd);
  if (found == nullptr || process_.crashed()) return;
  world_.note(&process_, "close", static_cast<std::uint64_t>(fd));
  drop(*found, fd);
}

void SimNet::drop(Descriptor& descriptor, int fd) {
  End* end = descriptor.end;
  const std::unique_ptr<Listener> listener = std::move(descriptor.listener);
  const std::unique_ptr<DatagramSocket> datagrams = std::move(descriptor.datagrams);
  std::erase(hot_, fd);
  descriptor = Descriptor();
  --open_;
  if (end != nullptr) world_.close(*end);
  if (datagrams != nullptr) process_.machine().datagram_sockets.erase(datagrams->local.str());
  if (listener == nullptr) return;
  process_.machine().listeners.erase(listener->at.str());
  for (End* waiting : listener->waiting) world_.refuse(*waiting);
}

void SimNet::end_all(bool silently) {
  for (std::size_t i = 0; i < table_.size(); ++i) {
    Descriptor& descriptor = table_[i];
    if (!descriptor.open()) continue;
    if (descriptor.listener != nullptr && descriptor.listener->at.is_local() &&
        !descriptor.listener->at.is_abstract()) {
      process_.machine().abandoned.insert(descriptor.listener->at.path);
    }
    if (silently && descriptor.end != nullptr) {
      world_.lose(*std::exchange(descriptor.end, nullptr));
      --open_;
      continue;
    }
    if (silently && descriptor.listener != nullptr) {
      for (End* waiting : descriptor.listener->waiting) world_.lose(*waiting);
      descriptor.listener->waiting.clear();
    }
    drop(descriptor, kFirst + static_cast<int>(i));
  }
  table_.clear();
  hot_.clear();
}

int SimNet::add(Descriptor made) {
  std::size_t index = 0;
  while (index < table_.size() && table_[index].open()) ++index;
  if (index == table_.size()) table_.emplace_back();
  table_[index] = std::move(made);
  ++open_;
  return kFirst + static_cast<int>(index);
}

SimNet::Descriptor* SimNet::find(int fd) {
  const auto index = static_cast<std::size_t>(fd - kFirst);
  if (fd < kFirst || index >= table_.size() || !table_[index].open()) return nullptr;
  return &table_[index];
}

End* SimNet::end_of(int fd) {
  Descriptor* found = find(fd);
  return found == nullptr || process_.crashed() ? nullptr : found->end;
}

void SimNet::touch(int fd) {
  Descriptor* found = find(fd);
  if (found == nullptr || !found->watched || found->hot) return;
  found->hot = true;
  hot_.push_back(fd);
}

void SimNet::touch_all() {
  next_read_ = 0;
  for (std::size_t i = 0; i < table_.size(); ++i) {
    if (table_[i].open()) process_.ready(kFirst + static_cast<int>(i));
  }
}

std::uint8_t SimNet::events_of(const Descriptor& descriptor) {
  if (!descriptor.watched) return 0;
  if (descriptor.listener != nullptr) {
    return descriptor.listener->waiting.empty() ? 0 : descriptor.interest & kReadable;
  }
  unsigned events = descriptor.datagrams != nullptr ? descriptor.datagrams->readiness()
                                                    : descriptor.end->readiness();
  events &= descriptor.interest | kHangup | kError;
  if (!may_read()) events &= kWritable;
  return static_cast<std::uint8_t>(events);
}

int SimNet::collect(std::span<Ready> ready) {
  std::size_t count = 0;
  std::size_t kept = 0;
  const bool unruly = world_.is_unruly();
  for (const int fd : hot_) {
    Descriptor* found = find(fd);
    if (found == nullptr) continue;
    std::uint8_t events = events_of(*found);
    // Readiness without reason happens; so does readiness that is told later.
    const bool spurious = events == 0 && unruly && found->watched && world_.dice().one_in(32);
    if (spurious) events = found->interest;
    const bool waits = !may_read() && found->listener == nullptr && read_rate > 0;
    found->hot = (events != 0 && !spurious) || waits;
    if (found->hot) hot_[kept++] = fd;
    if (events == 0 || count == ready.size()) continue;
    ready[count++] = {found->token, events};
  }
  hot_.resize(kept);
  if (!unruly) return static_cast<int>(count);
  for (std::size_t i = count; i > 1; --i) std::swap(ready[i - 1], ready[world_.dice().below(i)]);
  if (count > 1 && world_.dice().one_in(8)) count = 1 + world_.dice().below(count);
  return static_cast<int>(count);
}

bool SimNet::any_ready() {
  bool later = false;
  for (const int fd : hot_) {
    Descriptor* found = find(fd);
    if (found == nullptr) continue;
    if (events_of(*found) != 0) return true;
    later = true;
  }
  if (later && read_rate != UINT64_MAX && read_rate > 0) world_.want_run(process_, next_read_);
  return false;
}

}  // namespace aemp::sim
