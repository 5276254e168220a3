// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "mesh/relay.h"

#include <algorithm>
#include <new>
#include <utility>

#include "base/bytes.h"
#include "base/fill_in.h"
#include "base/report.h"
#include "mesh/mesh_wire.h"
#include "node/core.h"

namespace aemp {
namespace {

// Bytes of one message, at most; other messages go between them.
constexpr std::size_t kMostBytes = 16 << 10;
// What else is in such a message, at most.
constexpr std::size_t kAround = 64;
// Of what waits for a node anyway, that part may be there before relayed bytes are too much.
constexpr std::uint64_t kPartOfQueue = 2;
constexpr std::size_t kMostWhy = 256;
constexpr std::string_view kLegLost = "the link to it is lost";
constexpr std::string_view kNotDirect = "it is reached through a relay itself";

// A relay of relays is none.
bool is_direct(const Peer& peer) {
  const Connection* link = peer.link();
  return link != nullptr && link->session != nullptr && !link->session->address().is_relay();
}

}  // namespace

Relay::~Relay() {
  for (auto& [vlink, end] : ends_) {
    if (end.stream != nullptr) end.stream->end();
  }
}

template <class... Args>
void Relay::tell(Peer& to, std::string_view function, std::uint64_t vlink, const Args&... args) {
  const Port port = core_.node_port_of(to.id());
  detail::Outgoing out(core_, detail::Outgoing::Verb::send, port);
  out.put(function, kMeshVersion, vlink, args...);
  out.commit();
}

void Relay::tell_closed(Peer& to, std::uint64_t vlink, std::string_view why) noexcept {
  try {
    if (to.link() == nullptr) return;  // then it knows
    tell(to, "aemp.relay_close", vlink, why);
  } catch (const std::bad_alloc&) {
    to.lose_for_memory();
  }
}

bool Relay::take(Peer& from, std::string_view function, Message args) {
  static constexpr MeshFunction<Handler> kFunctions[] = {
      {"aemp.relay", &Relay::on_data},        {"aemp.relay_credit", &Relay::on_credit},
      {"aemp.relay_dial", &Relay::on_dial},   {"aemp.relay_open", &Relay::on_open},
      {"aemp.relay_close", &Relay::on_close},
  };
  const Handler handler = find_function(kFunctions, function);
  if (handler == nullptr || !is_understood(args)) return handler != nullptr;
  try {
    (this->*handler)(from, args.as<std::uint64_t>(1), args.rest(2));
  } catch (const std::bad_alloc&) {
    from.lose_for_memory();
  }
  return true;
}

// What fits into one message to that neighbour.
std::size_t Relay::most(const Peer& to) const {
  const std::uint64_t most = std::min(core_.settings.max_message, to.max_message());
  if (most < 2 * kAround) return 1;
  return std::min<std::size_t>(kMostBytes, static_cast<std::size_t>(most) - kAround);
}

Relay::Ends::iterator Relay::find_end(const Peer& from, std::uint64_t vlink) {
  const auto it = ends_.find(vlink);
  const bool its = it != ends_.end() && it->second.relay == &from && it->second.stream != nullptr;
  return its ? it : ends_.end();
}

Relay::Throughs::iterator Relay::find_through(const Peer& from, std::uint64_t vlink) {
  const auto it = throughs_.find(vlink);
  if (it == throughs_.end()) return it;
  const auto& sides = it->second.sides;
  return sides[0].peer == &from || sides[1].peer == &from ? it : throughs_.end();
}

// This node's own links.

std::unique_ptr<RelayStream> Relay::add(Peer& relay, std::uint64_t vlink, std::string_view node,
                                        bool open) {
  auto stream = std::make_unique<RelayStream>(core_.reactor, static_cast<Owner&>(*this), vlink);
  try {
    RelayPlaces::Place place = places_.take(relay.id());
    if (place && !is_known(vlink)) {
      End end{&relay, std::string(node), open, stream.get(), std::move(place), Guard()};
      const auto it = ends_.try_emplace(vlink, std::move(end)).first;
      const auto lost = [this, vlink](Message) {
        const auto found = ends_.find(vlink);
        if (found != ends_.end()) lose(found, kLegLost);
      };
      it->second.hold = Guard(core_.monitor(core_.node_port_of(relay.id()), Receiver(lost)));
      return stream;
    }
    core_.log.say(Log::kLink, [&] {
      return fill_in("relay %: at most % links go through one node, and % in all",
                     {relay.id(), RelayPlaces::kMostOfOne, RelayPlaces::kMost});
    });
  } catch (...) {
    stream->end();
    if (const auto it = ends_.find(vlink); it != ends_.end() && it->second.stream == stream.get()) {
      ends_.erase(it);
    }
    throw;
  }
  stream->end();
  return stream;
}

std::unique_ptr<Stream> Relay::dial(Peer& relay, std::string_view node) {
  std::uint8_t random[8] = {};
  // Without random numbers there is no handshake either.
  (void)core_.reactor.host().random().fill(random);
  const std::uint64_t vlink = load_be64(random);
  std::unique_ptr<RelayStream> stream = add(relay, vlink, node, false);
  const auto it = find_end(relay, vlink);
  if (it != ends_.end() && relay.is_open()) {
    if (is_direct(relay)) {
      open(vlink, it->second);
    } else {
      lose(it, kNotDirect);
    }
  }
  return stream;
}

// There is a link to the relay.
void Relay::open(std::uint64_t vlink, End& end) {
  end.open = true;
  tell(*end.relay, "aemp.relay_dial", vlink, end.node);
  end.stream->open();
}

void Relay::on_open(Peer& from, std::uint64_t vlink, Message args) {
  const std::string_view node = mesh_node(args[0]);
  if (!core_.settings.credentials) {
    core_.log.say(Log::kWarning, [&] {
      return fill_in("node % is not answered through relay %: that needs a secret or a key",
                     {node, from.id()});
    });
    return tell_closed(from, vlink, "a link through a relay needs a secret or a key");
  }
  if (is_known(vlink) || !is_direct(from)) return tell_closed(from, vlink, "refused");
  std::unique_ptr<RelayStream> stream = add(from, vlink, node, true);
  if (find_end(from, vlink) == ends_.end()) return tell_closed(from, vlink, "too many links");
  stream->open();
  core_.network.accept(std::move(stream), Address::relay(from.id()));
}

std::size_t Relay::most(const RelayStream& stream) {
  return most(*ends_.find(stream.vlink)->second.relay);
}

// Without a link nothing must wait for the next one: the stream is about to end.
void Relay::send(const RelayStream& stream, std::uint64_t at, std::span<const std::byte> bytes) {
  Peer& relay = *ends_.find(stream.vlink)->second.relay;
  if (relay.link() != nullptr) tell(relay, "aemp.relay", stream.vlink, at, bytes);
}

void Relay::allow(const RelayStream& stream, std::uint64_t end) {
  Peer& relay = *ends_.find(stream.vlink)->second.relay;
  if (relay.link() != nullptr) tell(relay, "aemp.relay_credit", stream.vlink, end);
}

// Whoever destroys it may be writing a message, and has no memory to spare.
void Relay::gone(const RelayStream& stream) noexcept {
  const auto it = ends_.find(stream.vlink);
  if (it == ends_.end()) return;
  it->second.stream = nullptr;
  core_.reactor.resume_later(*this);
}

void Relay::resume() {
  for (auto it = ends_.begin(); it != ends_.end();) {
    const auto& [vlink, end] = *it;
    if (end.stream != nullptr) {
      ++it;
      continue;
    }
    if (end.open) tell_closed(*end.relay, vlink, {});
    it = ends_.erase(it);
  }
}

Relay::Ends::iterator Relay::lose(Ends::iterator it, std::string_view why) noexcept {
  End& end = it->second;
  if (!why.empty()) {
    core_.log.say(Log::kLink, [&] {
      return fill_in("relay %: the connection%% has ended: %",
                     {end.relay->id(), end.node.empty() ? "" : " with node ", end.node, why});
    });
  }
  if (end.stream != nullptr) end.stream->end();
  return ends_.erase(it);
}

void Relay::cut(Ends::iterator it, std::string_view why) noexcept {
  tell_closed(*it->second.relay, it->first, why);
  lose(it, why);
}

// Links that others have through this node.

void Relay::on_dial(Peer& from, std::uint64_t vlink, Message args) {
  Peer* to = core_.network.peers().find(mesh_node(args[0]));
  if (const auto it = find_through(from, vlink); it != throughs_.end()) {
    return cut(it, "dialled a second time");
  }
  if (!serves_ || to == nullptr || to == &from || !to->is_open() || !is_direct(*to)) {
    return tell_closed(from, vlink, "the relay has no link to that node");
  }
  if (is_known(vlink) || !is_direct(from)) return tell_closed(from, vlink, "refused");
  RelayPlaces::Place near = places_.take(from.id()), far = places_.take(to->id());
  if (!near || !far) return tell_closed(from, vlink, "too many links go through the relay");
  throughs_.try_emplace(vlink, Through{{{&from, std::move(near)}, {to, std::move(far)}}});
  tell(*to, "aemp.relay_open", vlink, from.id());
}

void Relay::cut(Throughs::iterator it, std::string_view why) noexcept {
  const std::uint64_t vlink = it->first;
  Peer& a = *it->second.sides[0].peer;
  Peer& b = *it->second.sides[1].peer;
  throughs_.erase(it);
  core_.log.say(Log::kLink, [&] {
    return fill_in("the relayed link of % and % was cut: %", {a.id(), b.id(), why});
  });
  tell_closed(a, vlink, why);
  tell_closed(b, vlink, why);
}

void Relay::pass_on(Peer& from, Throughs::iterator it, std::uint64_t at,
                    std::span<const std::byte> bytes) {
  Through::Side& side = it->second.of(from);
  Peer& to = *it->second.beyond(from).peer;
  if (to.link() == nullptr) return;  // all of it is about to end
  if (at != side.came) return cut(it, "bytes are missing or come twice");
  if (bytes.empty() || bytes.size() > side.may_come - side.came) {
    return cut(it, "more bytes than the other end has allowed");
  }
  if (to.queued_bytes() > core_.settings.queue_limit / kPartOfQueue) {
    return cut(it, "too much waits for the other end already");
  }
  side.came += bytes.size();
  const std::size_t most = this->most(to);
  while (!bytes.empty()) {
    const std::size_t n = std::min(most, bytes.size());
    tell(to, "aemp.relay", it->first, at, bytes.first(n));
    bytes = bytes.subspan(n);
    at += n;
  }
}

// Of both.

void Relay::on_data(Peer& from, std::uint64_t vlink, Message args) {
  const auto at = args.as<std::uint64_t>(0);
  const auto bytes = args.as<std::span<const std::byte>>(1);
  if (const auto it = find_through(from, vlink); it != throughs_.end()) {
    return pass_on(from, it, at, bytes);
  }
  const auto it = find_end(from, vlink);
  if (it == ends_.end()) return tell_closed(from, vlink, {});
  if (!it->second.stream->arrived(at, bytes)) cut(it, "bytes are missing, come twice or too early");
}

void Relay::on_credit(Peer& from, std::uint64_t vlink, Message args) {
  const auto end = args.as<std::uint64_t>(0);
  constexpr std::string_view kWrong = "credit that there cannot be";
  if (const auto it = find_through(from, vlink); it != throughs_.end()) {
    Through::Side& other = it->second.beyond(from);
    if (end < other.may_come || end - other.came > RelayStream::kCredit) return cut(it, kWrong);
    other.may_come = end;
    if (other.peer->link() == nullptr) return;
    tell(*other.peer, "aemp.relay_credit", vlink, end);
  } else if (const auto own = find_end(from, vlink); own != ends_.end()) {
    if (own->second.open && !own->second.stream->allowed(end)) cut(own, kWrong);
  }
}

void Relay::on_close(Peer& from, std::uint64_t vlink, Message args) {
  const std::string why = printable_utf8(args.as<std::string_view>(0), kMostWhy);
  if (const auto it = find_through(from, vlink); it != throughs_.end()) {
    Peer& other = *it->second.beyond(from).peer;
    throughs_.erase(it);
    tell_closed(other, vlink, why);
  } else if (const auto own = find_end(from, vlink); own != ends_.end()) {
    lose(own, why);
  }
}

void Relay::link_changed(Peer& peer, bool up) noexcept {
  for (auto it = ends_.begin(); it != ends_.end();) {
    auto& [vlink, end] = *it;
    if (end.relay != &peer || (up && (end.open || end.stream == nullptr))) {
      ++it;
    } else if (!up || !is_direct(peer)) {
      it = lose(it, up ? kNotDirect : kLegLost);
    } else {
      try {
        open(vlink, end);
        ++it;
      } catch (const std::bad_alloc&) {
        return peer.lose_for_memory();
      }
    }
  }
  for (auto it = throughs_.begin(); !up && it != throughs_.end();) {
    const auto& sides = it->second.sides;
    if (sides[0].peer != &peer && sides[1].peer != &peer) {
      ++it;
      continue;
    }
    Peer& other = *it->second.beyond(peer).peer;
    const std::uint64_t vlink = it->first;
    it = throughs_.erase(it);
    tell_closed(other, vlink, "the relay has lost the link to the other end");
  }
}

}  // namespace aemp
