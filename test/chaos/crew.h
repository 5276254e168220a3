// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Crew: the processes of a run: nodes with their lives, and the relay between some of them.
#ifndef AEMP_TEST_CHAOS_CREW_H
#define AEMP_TEST_CHAOS_CREW_H

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "chaos/child.h"
#include "chaos/history.h"
#include "chaos/plan.h"
#include "chaos/roles.h"

namespace aemp::chaos {

// Where node i listens for TCP, port aside.
inline std::string host_of(int i) { return "127.0.0." + std::to_string(10 + i); }

class Crew {
 public:
  struct Member {
    NodeRole role;
    Child child;
    bool ready = false, leaving = false, stopped = false, all = false, settled = false;
    bool asked = false;
    int starts = 0;
    std::string tcp, local;  // where it listens

    bool running() const { return child.running(); }
    // It can be told to do things, and have things done to it.
    bool fit() const { return ready && running() && !leaving; }
  };

  // Starts the relay; the nodes' histories and sockets go to the directory.
  Crew(std::string directory, std::vector<std::vector<Between>> between);

  // Starts node i, whose role is filled in but for names and addresses.
  void start(int i);
  void kill(int i);
  void leave(int i);
  void stop(int i, bool on);
  // Tells the relay, and waits until it has done so. False for a pair without it.
  bool relay(const char* what, int i, int j, const std::string& how);
  void say(const std::string& line);  // to all that run
  // Nobody does anything of its own accord any more, nor does who starts from now on.
  void hush();
  // Nothing may be pending any more.
  void settled() { history_.tell("settled", {}); }

  // Serves the processes until then.
  void run_until(std::int64_t deadline);
  // Serves them until `done` says so; false if that took too long, or something went wrong.
  template <class Done>
  bool run_until(std::int64_t deadline, Done done) {
    while (ok() && !done()) {
      if (monotonic_ns() >= deadline) return false;
      serve(monotonic_ns() + 10 * kMs);
    }
    return ok();
  }

  bool ok() const { return wrong_.empty(); }
  const std::vector<std::string>& wrong() const { return wrong_; }
  void went_wrong(const std::string& sentence);

  std::vector<Member> members;

 private:
  void serve(std::int64_t deadline);
  void hear(int i);
  void reap(int i);
  std::string address(int from, int to) const;
  std::string name(int i) const { return "n" + std::to_string(i); }

  std::string directory_;
  std::vector<std::vector<Between>> between_;
  History history_;
  Child relay_;
  std::map<std::pair<int, int>, std::string> paths_;
  int lives_ = 0;
  bool hushed_ = false;
  std::vector<std::string> wrong_;
};

}  // namespace aemp::chaos

#endif  // AEMP_TEST_CHAOS_CREW_H
