// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What `aemp top` shows: figures of nodes as lines of text. Pure.
#ifndef AEMP_TOOL_TOP_SCREEN_H
#define AEMP_TOOL_TOP_SCREEN_H

#include <aemp/value.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tool {

// Since a node or link began.
struct Counters {
  double messages_in = 0, messages_out = 0, bytes_in = 0, bytes_out = 0;
};

struct LinkSample {
  std::string peer;
  Counters counted;
  double queued = 0;  // bytes
  double rtt_ms = 0, age_s = 0;
};

// As one answer to `stats` says.
struct NodeSample {
  std::chrono::nanoseconds when{0};
  double ports = 0, links = 0;
  double local_messages = 0;
  double queued = 0;  // bytes, of the run queue and of all links
  double lag_ms = 0;  // the greatest since the start
  std::string slowest;
  double slowest_ms = 0;
  std::vector<LinkSample> peers;  // those with a link
};

// Throws aemp::Error where the answer makes no sense.
NodeSample sample_of(aemp::Value answer, std::chrono::nanoseconds when);

struct NodeRow {
  NodeSample before, now;
  bool answers = false;
};

using NodeRows = std::map<std::string, NodeRow>;

// At most so many lines of at most so many characters.
std::vector<std::string> top_lines(const NodeRows& nodes, std::chrono::nanoseconds interval,
                                   int columns, int rows);

}  // namespace tool

#endif  // AEMP_TOOL_TOP_SCREEN_H
