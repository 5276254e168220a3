// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/stats_teller.h"

#include <aemp/detail/outgoing.h>
#include <aemp/stats.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <span>
#include <string_view>
#include <vector>

#include "base/throw_error.h"
#include "node/core.h"

namespace aemp {
namespace {

constexpr std::uint64_t kUsualPeers = 100;
constexpr std::size_t kSlack = 32;  // heads of arrays, and the like

// The figures of Stats or PeerStats that are numbers; times are in nanoseconds.
template <class T>
struct Number {
  std::string_view name;
  std::uint64_t T::*value;
};
template <class T>
struct Time {
  std::string_view name;
  std::chrono::nanoseconds T::*value;
};

constexpr Number<Stats> kNumbers[] = {
    {"ports", &Stats::ports},
    {"monitors", &Stats::monitors},
    {"watchers", &Stats::watchers},
    {"local_messages", &Stats::local_messages},
    {"remote_messages", &Stats::remote_messages},
    {"run_queue_bytes", &Stats::run_queue_bytes},
    {"links_up", &Stats::links_up},
    {"dials", &Stats::dials},
    {"half_open", &Stats::half_open},
    {"links_taken", &Stats::links_taken},
    {"links_lost", &Stats::links_lost},
    {"accepted", &Stats::accepted},
    {"refused", &Stats::refused},
    {"refused_crowded", &Stats::refused_crowded},
    {"refused_source", &Stats::refused_source},
    {"refused_rate", &Stats::refused_rate},
    {"refused_blocked", &Stats::refused_blocked},
    {"refused_failed", &Stats::refused_failed},
    {"refused_timeout", &Stats::refused_timeout},
    {"refused_x25519", &Stats::refused_x25519},
    {"refused_descriptors", &Stats::refused_descriptors},
    {"refused_lost", &Stats::refused_lost},
    {"refused_declined", &Stats::refused_declined},
    {"id_conflicts", &Stats::id_conflicts},
    {"overruns", &Stats::overruns},
    {"channels", &Stats::channels},
    {"channel_bytes_in", &Stats::channel_bytes_in},
    {"channel_bytes_out", &Stats::channel_bytes_out},
    {"refused_told", &Stats::refused_told},
    {"loop_turns", &Stats::loop_turns},
    {"slowest_callbacks", &Stats::slowest_callbacks},
};
constexpr Time<Stats> kTimes[] = {
    {"loop_busy", &Stats::loop_busy},
    {"loop_lag", &Stats::loop_lag},
    {"loop_lag_max", &Stats::loop_lag_max},
    {"slowest_time", &Stats::slowest_time},
};
constexpr Number<PeerStats> kPeerNumbers[] = {
    {"queued_bytes", &PeerStats::queued_bytes},
    {"monitors", &PeerStats::monitors},
    {"watchers", &PeerStats::watchers},
    {"bytes_in", &PeerStats::bytes_in},
    {"bytes_out", &PeerStats::bytes_out},
    {"messages_in", &PeerStats::messages_in},
    {"messages_out", &PeerStats::messages_out},
    {"total_bytes_in", &PeerStats::total_bytes_in},
    {"total_bytes_out", &PeerStats::total_bytes_out},
    {"total_messages_in", &PeerStats::total_messages_in},
    {"total_messages_out", &PeerStats::total_messages_out},
    {"reconnects", &PeerStats::reconnects},
    {"links_lost", &PeerStats::links_lost},
};
constexpr Time<PeerStats> kPeerTimes[] = {
    {"rtt", &PeerStats::rtt},
    {"age", &PeerStats::age},
};

template <class T, std::size_t N, std::size_t M>
void put_figures(Writer& w, const T& from, const Number<T> (&numbers)[N],
                 const Time<T> (&times)[M]) {
  for (const Number<T>& n : numbers) w.text(n.name).unsigned_integer(from.*n.value);
  for (const Time<T>& t : times) w.text(t.name).integer((from.*t.value).count());
}

// Texts that are also in log lines are left out where others may not see those.
struct PeerFigures {
  const PeerStats& peer;
  bool logged;
};

void aemp_encode(Writer& w, const PeerFigures& of) {
  w.map(4 + std::size(kPeerNumbers) + std::size(kPeerTimes));
  w.text("node").text(of.peer.node).text("address").text(of.peer.address);
  w.text("up").boolean(of.peer.up);
  put_figures(w, of.peer, kPeerNumbers, kPeerTimes);
  w.text("last_down").text(of.logged ? std::string_view(of.peer.last_down) : "");
}

struct NodeFigures {
  const Stats& stats;
  bool logged;
  std::span<const OwnedMessage> peers;  // of one element each
};

void aemp_encode(Writer& w, const NodeFigures& of) {
  w.map(4 + std::size(kNumbers) + std::size(kTimes));
  put_figures(w, of.stats, kNumbers, kTimes);
  w.text("loop_turn_times").array(Stats::kTurnTimes);
  for (const std::uint64_t n : of.stats.loop_turn_times) w.unsigned_integer(n);
  w.text("slowest").text(of.logged ? std::string_view(of.stats.slowest) : "");
  w.text("peer_count").unsigned_integer(of.stats.peers.size());
  w.text("peers").array(of.peers.size());
  for (const OwnedMessage& peer : of.peers) w.raw(peer.data(), peer.size_bytes());
}

// Those with a link first, as many as there is room for in so many bytes.
std::vector<OwnedMessage> some_peers(const Stats& stats, bool logged, std::uint64_t most,
                                     std::uint64_t room) {
  std::vector<OwnedMessage> out;
  for (const bool up : {true, false}) {
    for (const PeerStats& peer : stats.peers) {
      if (peer.up != up) continue;
      if (out.size() >= most) return out;
      OwnedMessage figures = message(PeerFigures{peer, logged});
      if (figures.size_bytes() > room) return out;
      room -= figures.size_bytes();
      out.push_back(std::move(figures));
    }
  }
  return out;
}

// Bytes that a message may have on the way there.
std::uint64_t most_bytes(NodeCore& core, const Port& to) {
  const Peer* peer = core.network.peers().find(to.node());
  const std::uint64_t own = core.settings.max_message;
  return peer == nullptr ? own : std::min<std::uint64_t>(own, peer->max_message());
}

void tell_stats(NodeCore& core, const Message& args, bool to_others) {
  std::uint64_t most = kUsualPeers;
  Message reply = args;
  if (!args.empty() && args[0].kind() != Kind::port) {
    most = args.as<std::uint64_t>(0);
    reply = args.rest(1);
  }
  if (reply.empty()) throw_error(Errc::bad_type, "no reply address: expected a port");
  const Port to = reply[0].as<Port>();
  const Message before = reply.rest(1);
  const bool logged = !to_others || !core.settings.secure;
  const Stats stats = core.stats();
  const std::size_t fixed =
      message(NodeFigures{stats, logged, {}}).size_bytes() + before.size_bytes() + kSlack;
  const std::uint64_t limit = most_bytes(core, to);
  const std::vector<OwnedMessage> peers =
      some_peers(stats, logged, most, limit > fixed ? limit - fixed : 0);
  detail::Outgoing out(core, detail::Outgoing::Verb::send, to);
  out.put(before, NodeFigures{stats, logged, peers});
  out.commit();
}

}  // namespace

detail::StatsTeller detail::stats_teller() { return tell_stats; }

}  // namespace aemp
