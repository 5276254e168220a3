// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Figures about a node, as Node::stats() returns them: a snapshot, owned by the caller.
#ifndef AEMP_STATS_H
#define AEMP_STATS_H

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace aemp {

// One remote node.
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
};

struct Stats {
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
  std::uint64_t links_lost = 0;   // since the start, for whatever reason
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
  std::vector<PeerStats> peers;  // in the order of their node IDs
};

}  // namespace aemp

#endif  // AEMP_STATS_H
