// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Overseer: what the node of `aemp run` tells those that watch over it: the process that supervises
// it, or systemd itself.
//
// The supervisor starts the program again with $AEMP_SUPERVISOR, "FD NUMBER MILLISECONDS": a socket
// to it, how many times the node was started with this time, and how often it wants to hear of it,
// 0 if that is all the same. On it the node says, one word a line: `ready`, also after a reload,
// `alive`, `leaving`, after which nothing is heard of it, and `restart`, which asks to be started
// anew when it has ended.
#ifndef AEMP_TOOL_OVERSEER_H
#define AEMP_TOOL_OVERSEER_H

#include <aemp/loop.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "daemon.h"
#include "options.h"
#include "systemd.h"

namespace tool {

inline constexpr const char* kSupervisorVariable = "AEMP_SUPERVISOR";

class Overseer {
 public:
  // `gone` is called when the supervisor has ended.
  Overseer(aemp::Loop& loop, const Options& options, Daemon& daemon, std::function<void()> gone);

  // This process was started by a supervisor.
  static bool is_above();
  bool supervised() const { return fd_ >= 0; }
  bool first_start() const { return starts_ <= 1; }

  void ready(const std::string& nodeid);
  void reloading() { systemd_.reloading(); }
  void stopping();
  void ask_restart() { tell("restart\n"); }

 private:
  void tell(std::string_view line);
  void read_end(const std::function<void()>& gone);

  const Options& options_;
  Daemon& daemon_;
  Notifier systemd_;
  int fd_ = -1;
  unsigned starts_ = 0;
  bool was_ready_ = false;
  aemp::Watch end_;
  aemp::Timer pulse_;
};

}  // namespace tool

#endif  // AEMP_TOOL_OVERSEER_H
