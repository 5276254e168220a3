// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Figures about a node, as Node::stats() returns them: a snapshot, owned by the caller.
#ifndef AEMP_STATS_H
#define AEMP_STATS_H

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace aemp {

// One remote node, for as long as this node remembers it: of those without a link only the last
// ones are, and one that was forgotten begins anew.
struct PeerStats {
  std::string node;
  std::string address;  // of the link; empty without one
  bool up = false;
  std::uint64_t queued_bytes = 0;  // not yet accepted by the kernel
  std::uint64_t monitors = 0;      // local monitors of its ports
  std::uint64_t watchers = 0;      // ports of this node that it monitors
  // Of the current link; zero without one.
  std::uint64_t bytes_in = 0, bytes_out = 0, messages_in = 0, messages_out = 0;
  std::chrono::nanoseconds rtt{0};  // last measured; 0 = not yet
  std::chrono::nanoseconds age{0};
  // Of all its links, the current one included.
  std::uint64_t total_bytes_in = 0, total_bytes_out = 0;
  std::uint64_t total_messages_in = 0, total_messages_out = 0;
  std::uint64_t reconnects = 0;  // links after the first, also those after one that was idle
  std::uint64_t links_lost = 0;  // for whatever reason, but not those that ended for being idle
  // Why the last of them was: the sentence that its monitors heard, at most 255 bytes of it; empty
  // when none was.
  std::string last_down;
};

struct Stats {
  // Of loop_turn_times.
  static constexpr std::size_t kTurnTimes = 24;

  std::uint64_t ports = 0;     // living ports, the node port not counted
  std::uint64_t monitors = 0;  // living monitors set by this node, on ports anywhere
  std::uint64_t watchers = 0;  // ports of this node monitored by other nodes, counted per node
  std::uint64_t local_messages = 0;   // delivered from this node to itself
  std::uint64_t remote_messages = 0;  // delivered from other nodes
  std::uint64_t run_queue_bytes = 0;  // waiting in the loop's run queue (all nodes of the loop)
  std::uint64_t links_up = 0;
  std::uint64_t dials = 0;        // connections being made now
  std::uint64_t half_open = 0;    // accepted, not yet a link
  std::uint64_t links_taken = 0;  // since the start
  std::uint64_t links_lost = 0;   // since the start, but for idle ones
  std::uint64_t accepted = 0;     // incoming connections
  std::uint64_t refused = 0;      // of them, those that never became a link: the sum of these:
  // Made room for a newer one, see Limits::half_open, half_open_per_source.
  std::uint64_t refused_crowded = 0, refused_source = 0;
  std::uint64_t refused_rate = 0;     // their source was over accept_rate
  std::uint64_t refused_blocked = 0;  // their source was blocked for its failures
  // Did not speak the protocol, know the secret, or have a key that is allowed.
  std::uint64_t refused_failed = 0;
  std::uint64_t refused_timeout = 0;      // were slower than Limits::first_message_timeout etc.
  std::uint64_t refused_x25519 = 0;       // over x25519_rate
  std::uint64_t refused_descriptors = 0;  // the process could not spare a descriptor for them
  std::uint64_t refused_lost = 0;  // the other end closed, the network broke, memory was refused
  // Proved to belong here and were not needed, or had an ID in use.
  std::uint64_t refused_declined = 0;
  std::uint64_t id_conflicts = 0;  // dials that ended because another node has this node's ID
  std::uint64_t overruns = 0;      // links declared lost because of queue_limit
  std::uint64_t channels = 0;      // open ones; both ends of one within this node
  // Of channels since the start: what on_data() got, or was dropped for close(); what write() took.
  std::uint64_t channel_bytes_in = 0, channel_bytes_out = 0;
  // Rows of the database, and claims of global nodes, that other nodes told and there was no room
  // for, see aemp_database(3).
  std::uint64_t refused_told = 0;
  // The loop, with all that is on it, since it was made. A turn is what it does between two waits
  // for events; those in which no callback ran are not counted, nor is one that is not over yet.
  std::uint64_t loop_turns = 0;
  std::chrono::nanoseconds loop_busy{0};  // what they took in all
  // [i]: of them, those that took at most 2^i microseconds and more than 2^(i-1); the last: all
  // that took longer.
  std::uint64_t loop_turn_times[kTurnTimes] = {};
  // By how much the earliest timer was late when the loop came to it, of its nodes' own timers too:
  // the last time and the worst. Timers are rounded up to a millisecond, which is part of it. What
  // else waits for the loop waits as long, but nobody knows since when.
  std::chrono::nanoseconds loop_lag{0}, loop_lag_max{0};
  // What held up the loop the longest, and for how long. The clock is not read for each callback,
  // but after up to 64 messages, or after all that a turn does besides: the time is that of so
  // many callbacks together, the library's own included, and one of those named is to blame. Only
  // what took more than 100 ms is looked at, and logged then; 0 and empty: nothing did. Ports by
  // their IDs, functions of the node port as "function 'NAME'", all else as "outside of ports";
  // with commas between them, and at most eight.
  std::string slowest;
  std::chrono::nanoseconds slowest_time{0};
  std::uint64_t slowest_callbacks = 0;
  std::vector<PeerStats> peers;  // in the order of their node IDs
};

}  // namespace aemp

#endif  // AEMP_STATS_H
