// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The World's connections: how they come about, what travels on them, how they end.
#include <algorithm>
#include <cerrno>

#include "sim/process.h"
#include "sim/world.h"

namespace aemp::sim {

Listener* World::listener_at(Machine& from, const Address& to) {
  Machine* there = &from;
  if (!to.is_local() && !to.is_loopback() && !to.is_unspecified()) there = machine_at(to);
  if (there == nullptr) return nullptr;
  auto found = there->listeners.find(to.str());
  if (found == there->listeners.end() && !to.is_local()) {
    Address any = to;
    any.ip.fill(0);
    found = there->listeners.find(any.str());
  }
  return found == there->listeners.end() ? nullptr : found->second;
}

Connection& World::connect(ProcessCore& from, const Address& to) {
  if (free_connections_.empty()) {
    free_connections_.push_back(static_cast<std::uint32_t>(connections_.size()));
    connections_.emplace_back();
  }
  const std::uint32_t index = free_connections_.back();
  free_connections_.pop_back();
  connections_[index] = std::make_unique<Connection>();
  ++counts.connections;
  ++counts.connects;
  Connection& made = *connections_[index];
  const Listener* listener = listener_at(from.machine(), to);
  const std::uint32_t there = listener == nullptr ? from.id : listener->process->id;
  for (int i = 0; i < 2; ++i) {
    End& end = made.ends[i];
    end.connection = &made;
    end.id = index * 2 + static_cast<std::uint32_t>(i);
    if (unruly_ && dice_.one_in(3)) end.mood = dice_.one_in(4) ? Mood::tiny : Mood::mixed;
  }
  made.ends[0].route = &route(there, from.id);
  made.ends[1].route = &route(from.id, there);
  made.ends[0].process = &from;
  return made;
}

void World::send(End& from, Pipe::Kind kind, std::size_t size) {
  End& to = from.other();
  const Route& way = *to.route;
  Nanos at = from.process == nullptr ? now_ : std::max(now_, from.process->time());
  at = add_clamped(at, way.delay);
  if (unruly_ && way.jitter > 0) {
    at = add_clamped(at, static_cast<Nanos>(dice_.below(static_cast<std::uint64_t>(way.jitter))));
  }
  at = std::max(at, to.in.last());
  if (kind != Pipe::Kind::data) {
    to.in.send(kind, at);
  } else if (way.bandwidth == 0) {
    to.in.sent(size, at);
  } else {
    // Bytes trickle: what takes longer than 10 ms arrives in pieces.
    const std::size_t piece = std::clamp<std::size_t>(way.bandwidth / 100, 16, 65536);
    for (std::size_t n; size > 0; size -= n) {
      n = std::min(size, piece);
      at = add_clamped(at, static_cast<Nanos>(static_cast<double>(n) * 1e9 /
                                              static_cast<double>(way.bandwidth)));
      to.in.sent(n, at);
    }
  }
  if (!agenda_.has(Subject::end(to.id))) schedule(to);
}

std::size_t World::alter(End& from, std::size_t size) {
  End& to = from.other();
  const std::uint64_t one_in = to.route->altered;
  if (one_in == 0 || from.local.is_local() || from.remote.is_local()) return size;
  std::size_t under_way = 0;
  for (std::uint8_t byte : to.in.unwrite(size)) {
    std::size_t copies = 1;
    if (dice_.one_in(one_in)) {
      // 0 and 2: lost, twice; else a bit of it.
      const std::uint64_t how = dice_.below(4);
      if (how == 0 || how == 2) copies = static_cast<std::size_t>(how);
      if (how == 1 || how == 3) byte ^= static_cast<std::uint8_t>(1u << dice_.below(8));
      ++counts.altered;
      note(from.process, "alters", to.id, how);
    }
    for (std::size_t i = 0; i < copies; ++i) to.in.write(&byte, 1);
    under_way += copies;
  }
  return under_way;
}

void World::schedule(End& end) {
  const SystemCall call;
  if (end.in.idle() || end.route->held || end.gone) return deafen(end);
  agenda_.set(Subject::end(end.id), std::max(end.in.front().at, now_), order());
}

void World::arrive(End& end) {
  Connection& connection = *end.connection;
  if (end.route->held || end.gone) return;
  bool more = true;
  // In exploring one item at a time is enough to tell apart.
  while (more && !end.in.idle() && end.in.front().at <= now_) {
    more = arrived(end, end.in.take_front()) && !choose;
  }
  if (!(connection.ends[0].closed && connection.ends[1].closed)) schedule(end);
  close_connection(connection);
}

// False: nothing more is to come here.
bool World::arrived(End& end, const Pipe::Item& item) {
  counts.bytes += item.size;
  note(end.process, "arrives", end.id, item.size * 4 + static_cast<std::uint64_t>(item.kind));
  if (end.closed) {
    if (item.kind == Pipe::Kind::data && !end.other().closed) {
      end.in.clear();
      send(end, Pipe::Kind::reset);
    }
    return item.kind != Pipe::Kind::data;
  }
  switch (item.kind) {
    case Pipe::Kind::open:
      if (&end == &end.connection->ends[1]) {
        arrive_connection(*end.connection);
        return !end.closed;
      }
      end.connecting = false;
      break;
    case Pipe::Kind::data:
      break;
    case Pipe::Kind::fin:
      end.eof = true;
      break;
    case Pipe::Kind::reset:
      arrive_reset(end);
      break;
  }
  if (end.process != nullptr) end.process->ready(end.fd);
  return !end.is_reset;
}

void World::arrive_reset(End& end) {
  ++counts.resets;
  end.is_reset = true;
  end.error = end.connecting ? ECONNREFUSED : ECONNRESET;
  end.connecting = false;
  // Some systems keep what was received before, some do not.
  if (unruly_ && dice_.one_in(2)) end.in.clear();
  end.in.drop_items();
}

void World::arrive_connection(Connection& connection) {
  End& from = connection.ends[0];
  End& to = connection.ends[1];
  Listener* listener = from.process == nullptr || from.closed
                           ? nullptr
                           : listener_at(from.process->machine(), from.remote);
  if (listener == nullptr) {
    ++counts.refused;
    to.closed = true;
    to.in.clear();
    if (!from.closed) send(to, Pipe::Kind::reset);
    return;
  }
  connection.arrived = true;
  from.cred = {from.remote.is_local(), listener->process->uid(), listener->process->pid()};
  if (from.connecting) send(to, Pipe::Kind::open);
  to.process = listener->process;
  listener->waiting.push_back(&to);
  listener->process->ready(listener->fd);
}

void World::close(End& end) {
  End& other = end.other();
  end.process = nullptr;
  end.fd = -1;
  end.closed = true;
  if (!end.connection->arrived) other.closed = true;
  if (!other.closed && !other.gone) {
    // A unix socket's bytes are never on their way: they are there.
    if (end.in.arrived() > 0 || (end.local.is_local() && end.in.size() > 0)) {
      // Unread input: the other end is told so, and what was on its way to it may be lost.
      end.in.clear();
      if (!unruly_ || dice_.one_in(2)) other.in.drop_items();
      send(end, Pipe::Kind::reset);
    } else if (!end.shut && !end.is_reset) {
      send(end, Pipe::Kind::fin);
    }
    end.shut = true;
  }
  close_connection(*end.connection);
}

// A connection that nobody will accept.
void World::refuse(End& waiting) { close(waiting); }

void World::lose(End& end) {
  end.gone = true;
  end.process = nullptr;
  deafen(end);
  if (!end.connection->arrived) end.other().closed = true;
  close_connection(*end.connection);
}

void World::close_connection(Connection& connection) {
  const End& one = connection.ends[0];
  const End& two = connection.ends[1];
  const bool over = (one.closed || one.gone) && (two.closed || two.gone);
  if (!over) return;
  const std::uint32_t index = one.id / 2;
  for (End& end : connection.ends) deafen(end);
  connections_[index] = nullptr;
  free_connections_.push_back(index);
  --counts.connections;
}

void World::reset(const ProcessCore& a, const ProcessCore& b, bool both) {
  note(&a, "reset", b.id, both ? 1 : 0);
  for (auto& connection : connections_) {
    if (connection == nullptr) continue;
    End& one = connection->ends[0];
    End& two = connection->ends[1];
    const bool between =
        (one.process == &a && two.process == &b) || (one.process == &b && two.process == &a);
    if (!between) continue;
    if (both || one.process == &a) reset(one);
    if (both || two.process == &a) reset(two);
  }
}

void World::reset_all(const ProcessCore& process) {
  note(&process, "reset all", process.id);
  for (auto& connection : connections_) {
    if (connection == nullptr) continue;
    End& one = connection->ends[0];
    End& two = connection->ends[1];
    if (one.process != &process && two.process != &process) continue;
    reset(one);
    reset(two);
  }
}

void World::reset(End& end) {
  if (end.closed || end.gone) return;
  arrive_reset(end);
  deafen(end);
  if (end.process != nullptr) end.process->ready(end.fd);
}

}  // namespace aemp::sim
