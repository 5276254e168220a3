// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The feeder: spawns a counter on each worker node, keeps a window of lines under way to each, and
// adds up the answers. A line belongs to exactly one counter's list of unanswered lines, or to the
// backlog, until it is answered; so none is lost or counted twice, whatever happens to the workers:
//
//   - Lines and answers between two ports keep their order, so that an answer is always the one to
//     the oldest unanswered line.
//   - A monitor fires when a counter may have missed a line: when it died, its process was killed,
//     the connection was lost. Then its unanswered lines go to the backlog, which is sent first.
//   - Each counter answers to a port of its own, which is killed then: an answer that was still on
//     its way reaches nobody.
#ifndef AEMP_WORDCOUNT_FEEDER_H
#define AEMP_WORDCOUNT_FEEDER_H

#include <aemp/aemp.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "process.h"
#include "text.h"

class Feeder {
 public:
  static constexpr std::size_t kWindow = 256;  // lines under way to each worker

  struct Settings {
    bool any_byte = false;  // see text.h
    bool kill_one = false;  // kill a process midway that has answered, and holds lines
  };

  Feeder(aemp::Loop& loop, aemp::Node& node, LineReader& reader, Settings settings);
  // A worker's node; its process, if it may be killed. Workers come before run().
  void add_worker(const std::string& nodeid, Process* process);
  // Returns the number of words. Throws std::runtime_error: no worker left, a file that cannot be
  // read, nobody killed though it was asked for.
  std::uint64_t run();

 private:
  struct Task {
    Line line;
    std::uint64_t number = 0;
    std::chrono::steady_clock::time_point sent;
  };
  struct Worker {
    std::string nodeid;
    Process* process;
    aemp::Port counter;  // on the worker's node
    aemp::Port answers;  // on ours
    std::deque<Task> unanswered;
    std::size_t answered = 0;
    bool lost = false;
  };

  void start(Worker& worker);
  bool feed(Worker& worker);
  bool next_task(Task& task);
  void take(Worker& worker, std::uint64_t number, std::uint64_t words);
  void kill(Worker& worker);
  void lose(Worker& worker, const aemp::Message& reason);
  void fail(const std::string& why);
  void report(double seconds);

  aemp::Loop& loop_;
  aemp::Node& node_;
  LineReader& reader_;
  Settings settings_;
  std::deque<Worker> workers_;
  std::deque<Task> backlog_;  // lines that lost their worker
  std::size_t lines_ = 0;     // read so far
  std::size_t open_ = 0;      // read and not yet answered
  bool all_read_ = false;
  std::uint64_t words_ = 0;
  const Worker* killed_ = nullptr;
  bool kill_counts_ = false;  // it had answered a line and held one
  std::vector<std::uint32_t> round_trips_us_;
  std::string error_;
};

#endif  // AEMP_WORDCOUNT_FEEDER_H
