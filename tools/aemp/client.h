// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Client: the node of a command that has one thing to do on another node and a limited time for it.
#ifndef AEMP_TOOL_CLIENT_H
#define AEMP_TOOL_CLIENT_H

#include <aemp/aemp.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "options.h"

namespace tool {

// Exit codes.
enum Outcome : int { kDone = 0, kNo = 1, kUsage = 2, kIdInUse = 3 };

class Client {
 public:
  // Joins the network to reach node `target`, or, if that is empty, any. `waiting_for` says in the
  // sentence about the time-out what did not happen. Takes the options' configuration. Throws
  // UsageError, aemp::Error.
  Client(Options& options, std::string target, std::string waiting_for);

  aemp::Node& node() { return node_; }
  aemp::Loop& loop() { return loop_; }
  const std::string& target() const { return target_; }
  // There is a link to the target.
  bool reached() const;

  // Until the time-out.
  std::chrono::nanoseconds time_left() const;
  void waiting_for(std::string what) { waiting_for_ = std::move(what); }
  // From now on there is no limit.
  void wait_forever() { deadline_.cancel(); }

  // The first outcome counts.
  bool finished() const { return finished_; }
  void done() { finish(kDone, {}); }
  void fail(const std::string& sentence) { finish(kNo, sentence); }

  // Prints these on stdout and is done, or has failed where that cannot be.
  void print(const std::vector<std::string>& lines);

  // Runs until done or failed; the exit code. After a time-out the process ends here: the other end
  // would not answer a goodbye either.
  int run();

 private:
  void finish(Outcome outcome, const std::string& sentence);
  void on_log(int level, std::string_view line);
  void on_timeout();

  aemp::Loop loop_;
  aemp::Node node_{loop_};
  const std::string target_;
  std::string waiting_for_;
  const std::chrono::nanoseconds timeout_;
  int log_level_ = 0;
  std::vector<std::string> seeds_;
  std::string last_line_;  // of the node's log: the best there is to say about what went wrong
  aemp::Timer deadline_;
  const aemp::TimePoint started_ = loop_.now();
  bool finished_ = false;
  bool timed_out_ = false;
  Outcome outcome_ = kDone;
};

}  // namespace tool

#endif  // AEMP_TOOL_CLIENT_H
