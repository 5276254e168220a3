// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Story: one of them, as it goes: story.cc has its course, story_faults.cc what happens to nodes.
#ifndef AEMP_TEST_SIM_STORY_RUN_H
#define AEMP_TEST_SIM_STORY_RUN_H

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/life.h"
#include "sim/story.h"

namespace aemp::story {

class Story {
 public:
  Story(std::uint64_t seed, detail::Function<void(const std::string&)> narrate);
  Outcome tell();

 private:
  using Lives = std::vector<std::unique_ptr<Life>>;

  void draw_kind();
  void draw_nodes();
  void raise_curtain();
  std::chrono::nanoseconds pause();
  void check_nothing_lost();
  Config config_of(std::size_t i);
  void start(std::size_t i);
  void rebirth(std::size_t i);
  bool run(std::chrono::nanoseconds span);
  void check();
  void deed();
  void fault();
  void fault_between(sim::Process& a, sim::Process& b, int kind);
  void fault_of(std::size_t i, int kind);
  void note(const char* what, std::size_t a, std::size_t b);
  bool alter(std::size_t a, std::size_t b);
  void peace();
  void reunite();
  bool linked(std::size_t a, std::size_t b) const;
  void calm(sim::Process& process);
  void end();
  bool check_watchers();
  std::size_t below(std::size_t n) { return stage_.dice.below(n); }
  Life* living();
  Life* neighbour(std::size_t i);

  Stage stage_;
  std::vector<std::string> binds_;
  std::vector<std::string> allow_;               // every node's key
  std::vector<std::vector<std::string>> seeds_;  // of the lives that there are now
  std::string extra_seed_;                       // of the next one
  Lives lives_;
  std::vector<int> starts_;
  // rough: everything happens. gentle: no faults. sleepy: gentle, and links are idle all the time.
  // dozing: as sleepy, with faults. crossing: few nodes that all dial each other, again and again.
  enum class Kind { rough, gentle, sleepy, dozing, crossing } kind_ = Kind::rough;
  bool idle_links() const { return kind_ == Kind::sleepy || kind_ == Kind::dozing; }
  bool keeps_seeds_ = true;
  bool global_ = true;  // all nodes, from the start
  // How links over TCP are encrypted, if they are: any of the two.
  bool secret_ = false, keys_ = false;
  bool slow_ = false;  // a path was
  std::size_t small_ = 0, events_ = 0;
  std::chrono::nanoseconds longest_{0};  // time-out of any life
  std::uint64_t left_ = 0;               // lives that left before the story began
};

}  // namespace aemp::story

#endif  // AEMP_TEST_SIM_STORY_RUN_H
