// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Datagrams: of a process's SimNet, and on their way through the World.
#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/fill_in.h"
#include "sim/net.h"
#include "sim/process.h"
#include "sim/world.h"

namespace aemp::sim {

namespace {

// What waits in a socket at most; what comes then is lost.
constexpr std::size_t kMaxWaiting = 128 * 1024;

Status failure(int err, const std::string& what) {
  return Status(Errc::system, fill_in("%: %", {what, errno_text(err)}), err);
}

bool is_here(const Address& at) { return at.is_loopback() || at.is_unspecified(); }

}  // namespace

Result<int> SimNet::connect_datagrams(const Address& to) {
  const SystemCall call;
  const std::string what = fill_in("cannot connect to %", {to.str()});
  if (to.is_local()) return failure(EAFNOSUPPORT, what);
  if (process_.crashed()) return failure(ESHUTDOWN, what);
  if (open_ >= limit) return failure(EMFILE, what);
  if (!is_here(to) && world_.machine_at(to) == nullptr) return failure(ENETUNREACH, what);
  Address local = is_here(to) ? to : process_.machine().ip;
  local.port = free_port(local);
  world_.note_text(&process_, "connect datagrams", to.str());
  return add_datagrams(local, to);
}

Result<int> SimNet::bind_datagrams(const Address& at) {
  const SystemCall call;
  const std::string what = fill_in("cannot take datagrams at %", {at.str()});
  const bool ours = at.is_loopback() || world_.machine_at(at) == &process_.machine();
  if (at.is_local() || !ours) return failure(EADDRNOTAVAIL, what);
  Address local = at;
  if (at.port == 0) local.port = free_port(at);
  if (process_.machine().datagram_sockets.contains(local.str())) return failure(EADDRINUSE, what);
  return add_datagrams(local, std::nullopt);
}

Result<int> SimNet::add_datagrams(const Address& local, std::optional<Address> remote) {
  auto made = std::make_unique<DatagramSocket>();
  DatagramSocket& socket = *made;
  socket.process = &process_;
  socket.local = local;
  socket.remote = std::move(remote);
  process_.machine().datagram_sockets[local.str()] = &socket;
  socket.fd = add({.datagrams = std::move(made)});
  return socket.fd;
}

DatagramSocket* SimNet::datagrams_of(int fd) {
  Descriptor* found = find(fd);
  return found == nullptr || process_.crashed() ? nullptr : found->datagrams.get();
}

IoResult SimNet::read_datagram(DatagramSocket& socket, std::span<std::uint8_t> into) {
  if (socket.error != 0) return {-1, std::exchange(socket.error, 0)};
  if (socket.in.empty() || !may_read()) return {-1, EAGAIN};
  const Datagram datagram = *take_datagram(socket.fd);
  const std::size_t n = std::min(into.size(), datagram.bytes.size());
  std::copy_n(datagram.bytes.begin(), n, into.begin());
  return {static_cast<std::ptrdiff_t>(n), 0};
}

std::optional<Datagram> SimNet::take_datagram(int fd) {
  const SystemCall call;
  DatagramSocket* socket = datagrams_of(fd);
  if (socket == nullptr || socket->in.empty()) return std::nullopt;
  Datagram datagram = std::move(socket->in.front());
  socket->in.pop_front();
  socket->in_bytes -= datagram.bytes.size();
  const std::string_view bytes(reinterpret_cast<const char*>(datagram.bytes.data()),
                               datagram.bytes.size());
  world_.note(&process_, "read datagram", static_cast<std::uint64_t>(fd), World::hash(bytes));
  return datagram;
}

IoResult SimNet::write_datagram(DatagramSocket& socket, std::span<const Slice> from) {
  if (socket.error != 0) return {-1, std::exchange(socket.error, 0)};
  std::vector<std::uint8_t> bytes;
  for (const Slice& slice : from) bytes.insert(bytes.end(), slice.data, slice.data + slice.size);
  if (!socket.remote) return {-1, EDESTADDRREQ};
  const std::size_t size = bytes.size();
  send_datagram(socket.fd, *socket.remote, std::move(bytes));
  return {static_cast<std::ptrdiff_t>(size), 0};
}

void SimNet::send_datagram(int fd, const Address& to, std::vector<std::uint8_t> bytes) {
  const SystemCall call;
  const DatagramSocket* socket = datagrams_of(fd);
  if (socket == nullptr) return;
  world_.note(&process_, "write datagram", static_cast<std::uint64_t>(fd), bytes.size());
  world_.send(process_, {socket->local, to, std::move(bytes)});
}

DatagramSocket* World::socket_at(Machine& machine, const Address& at) {
  const auto found = machine.datagram_sockets.find(at.str());
  return found == machine.datagram_sockets.end() ? nullptr : found->second;
}

void World::send(const ProcessCore& from, Datagram datagram) {
  DatagramUnderWay under_way;
  under_way.machine = is_here(datagram.to) ? &from.machine() : machine_at(datagram.to);
  if (under_way.machine == nullptr) return;
  const DatagramSocket* there = socket_at(*under_way.machine, datagram.to);
  under_way.from = from.id;
  under_way.to = there == nullptr ? from.id : there->process->id;
  under_way.datagram = std::move(datagram);
  send(std::move(under_way));
}

void World::send(DatagramUnderWay under_way) {
  const Route& way = route(under_way.from, under_way.to);
  if (way.held || (way.loss > 0 && dice_.one_in(way.loss))) {
    ++counts.lost_datagrams;
    note(nullptr, "loses datagram", under_way.from, under_way.to);
    return;
  }
  const ProcessCore* from = processes_[under_way.from];
  Nanos at = add_clamped(from == nullptr ? now_ : std::max(now_, from->time()), way.delay);
  if (unruly_ && way.jitter > 0) {
    at = add_clamped(at, static_cast<Nanos>(dice_.below(static_cast<std::uint64_t>(way.jitter))));
  }
  if (way.bandwidth > 0) {
    const auto size = static_cast<double>(under_way.datagram.bytes.size());
    at = add_clamped(at, static_cast<Nanos>(size * 1e9 / static_cast<double>(way.bandwidth)));
  }
  if (free_datagrams_.empty()) {
    free_datagrams_.push_back(static_cast<std::uint32_t>(datagrams_.size()));
    datagrams_.emplace_back();
  }
  const std::uint32_t index = free_datagrams_.back();
  free_datagrams_.pop_back();
  datagrams_[index] = std::move(under_way);
  agenda_.set(Subject::datagram(index), at, order());
}

void World::arrive_datagram(std::uint32_t index) {
  const SystemCall call;
  DatagramUnderWay arrived = std::exchange(datagrams_[index], {});
  free_datagrams_.push_back(index);
  DatagramSocket* socket = socket_at(*arrived.machine, arrived.datagram.to);
  const bool taken = socket != nullptr && socket->takes(arrived.datagram);
  const std::size_t size = arrived.datagram.bytes.size();
  const bool lost =
      route(arrived.from, arrived.to).held || (taken && socket->in_bytes + size > kMaxWaiting);
  note(nullptr, "datagram arrives", arrived.to, size * 4 + (taken ? 1u : 0u) + (lost ? 2u : 0u));
  if (lost || !taken) ++counts.lost_datagrams;
  if (lost || (!taken && arrived.is_refusal)) return;
  if (!taken) {
    // The system says that nobody takes them there.
    std::swap(arrived.datagram.from, arrived.datagram.to);
    std::swap(arrived.from, arrived.to);
    arrived.datagram.bytes.clear();
    arrived.is_refusal = true;
    const Address& back = arrived.datagram.to;
    if (!is_here(back)) arrived.machine = machine_at(back);
    return send(std::move(arrived));
  }
  if (arrived.is_refusal) {
    ++counts.refused;
    if (socket->remote) socket->error = ECONNREFUSED;
  } else {
    ++counts.datagrams;
    socket->in_bytes += size;
    socket->in.push_back(std::move(arrived.datagram));
  }
  socket->process->ready(socket->fd);
}

}  // namespace aemp::sim
