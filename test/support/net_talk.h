// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Two nodes that send, monitor and spawn in both directions, and what must hold of what they saw
// whatever happened to their connections.
#ifndef AEMP_TEST_SUPPORT_NET_TALK_H
#define AEMP_TEST_SUPPORT_NET_TALK_H

#include <string>
#include <vector>

#include "support/cluster.h"

namespace aemp::remote {

// One of the two nodes: it sends to the other and writes down what comes from it.
//   "[n]"          the n-th message of the other
//   "work", "w n"  the other's spawned function, and the messages to its port
//   "mon", "wmon"  the monitors on the other's port, and on the port spawned there
struct Talker {
  Talker(Loop& loop, const Config& config);

  // Begins with all of it; `other` must start too.
  void start(Talker& other);
  void send();
  // The other heard the last one.
  bool told() const;

  Member node;
  Port sink, worker;
  Monitor worker_monitor;
  Talker* peer = nullptr;
  int next = 1;
  std::vector<int> resumed;  // the first number after each call of the monitor
  std::vector<std::string> reasons;

 private:
  void watch();
};

// Each lost link was reported once by the monitor and once as a node event, in the right order,
// and what was sent arrived: in runs that begin where the monitor was called, of which only the end
// before such a call may be missing.
void check_talk(const Talker& a, const Talker& b);
// Nothing was lost, no monitor called, and the link was up once.
void check_lossless(const Talker& a, const Talker& b);

}  // namespace aemp::remote

#endif  // AEMP_TEST_SUPPORT_NET_TALK_H
