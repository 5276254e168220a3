// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// LogCatchers: nodes that want to see everybody's log lines. Each is a row of a family that all
// nodes follow: its key the port that the lines go to, as (node, seconds since 1970, level, line),
// its value the highest level.
#ifndef AEMP_MESH_LOG_CATCHERS_H
#define AEMP_MESH_LOG_CATCHERS_H

#include <aemp/database.h>
#include <aemp/handle.h>
#include <aemp/port.h>

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/nanos.h"

namespace aemp {

class Database;
class NodeCore;

class LogCatchers {
 public:
  using Lines = detail::Function<void(std::string_view, std::chrono::system_clock::time_point, int,
                                      std::string_view)>;

  LogCatchers(NodeCore& core, Database& database) : core_(core), database_(database) {}

  // Follows who there is.
  void start();
  // This node is one. Throws Error(too_big), std::bad_alloc.
  Registration add(int level, Lines lines);
  // A line of this node's, at that time in nanoseconds since 1970.
  void logged(std::int64_t when, int level, std::string_view line) noexcept;

 private:
  struct Catcher {
    Port port;
    int level;
  };

  void read(const DbRows& rows);
  bool admit() noexcept;

  NodeCore& core_;
  Database& database_;
  bool started_ = false;
  std::vector<Catcher> catchers_;
  Nanos second_ = 0;        // when the present second ends
  unsigned in_second_ = 0;  // lines
};

}  // namespace aemp

#endif  // AEMP_MESH_LOG_CATCHERS_H
