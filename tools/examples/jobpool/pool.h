// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The pool of one kind: its workers, and the jobs that wait for one of them. A worker has one job
// at a time. A job either waits, or is one worker's, or is done; so its result comes exactly once,
// whatever happens to the workers:
//
//   - Jobs are given by cal, which calls back exactly once: with the answer, or because there will
//     be none, when the worker died or is out of reach. Then the job waits again, as the first.
//   - What a worker that was given up for lost answers after all, reaches nobody: the reply port of
//     that cal is gone. The job may be *done* twice, but one result counts.
//
// The group says who is a worker. Whether it can be talked to, now, only itself can say: it is
// asked first, then monitored, and asked again when it was lost.
#ifndef AEMP_JOBPOOL_POOL_H
#define AEMP_JOBPOOL_POOL_H

#include <aemp/aemp.h>

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>

struct Job {
  std::size_t number;
  std::string kind, text;
};

class Pool {
 public:
  using Done = std::function<void(const Job& job, const std::string& result, bool good)>;

  // Calls done once for each job.
  Pool(aemp::Node& node, const std::string& kind, Done done);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  void add(Job job);

 private:
  void join(const aemp::Port& worker);
  void part(const aemp::Port& worker);
  void ask(const aemp::Port& worker);
  void ready(const aemp::Port& worker);
  void ask_later(const aemp::Port& worker, const aemp::Message& reason);
  void hand_out();
  void give(const aemp::Port& worker, const Job& job);

  aemp::Node& node_;
  std::string kind_;
  Done done_;
  std::map<aemp::Port, aemp::Monitor> workers_;  // who is in the group
  std::set<aemp::Port> idle_;                    // of these, who is ready and has no job
  std::deque<Job> waiting_;
};

#endif  // AEMP_JOBPOOL_POOL_H
