// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What happens to the nodes of a story.
#include <algorithm>
#include <csignal>
#include <string>

#include "sim/story_run.h"

namespace aemp::story {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

void Story::note(const char* what, std::size_t a, std::size_t b) {
  stage_.totals.add(std::string("faults: ") + what);
  if (stage_.narrate) {
    stage_.say(std::string("-- ") + what + " " + stage_.names[a] + " " + stage_.names[b]);
  }
}

void Story::fault() {
  const std::size_t a = below(lives_.size());
  const std::size_t b = below(lives_.size());
  if (lives_[a] == nullptr || !lives_[a]->alive()) return start(a);
  const bool few = kind_ == Kind::crossing || kind_ == Kind::dozing;
  int kind = stage_.below(few ? 8 : 21);
  if (kind_ == Kind::crossing && kind == 7) kind = 8;
  // Memory is refused more often than anything else: there are so many places where it may be.
  if (kind >= 19 || (kind_ == Kind::dozing && kind == 7)) kind = 16;
  if (kind >= 7) return fault_of(a, kind);
  if (a == b || lives_[b] == nullptr || !lives_[b]->alive()) return;
  static constexpr const char* kNames[] = {"cut",   "one-way cut",   "heal",     "reset",
                                           "reset", "one-way reset", "slow path"};
  if (stage_.one_in(6) && alter(a, b)) return;
  note(kNames[kind], a, b);
  fault_between(lives_[a]->process(), lives_[b]->process(), kind);
}

// Only what is encrypted is safe from that.
bool Story::alter(std::size_t a, std::size_t b) {
  if (!secret_ && !keys_) return false;
  note("altered bytes", a, b);
  stage_.oracle.altered = true;
  stage_.net.alter(lives_[a]->process(), lives_[b]->process(), 1u << (3 + below(14)));
  return true;
}

void Story::fault_between(sim::Process& a, sim::Process& b, int kind) {
  switch (kind) {
    case 0:
      return stage_.net.cut(a, b);
    case 1:
      return stage_.net.cut_one_way(a, b);
    case 2:
      return stage_.net.heal(a, b);
    case 3:
    case 4:
      return stage_.net.reset(a, b);
    case 5:
      return stage_.net.reset_one_way(a, b);
    default: {
      slow_ = true;
      sim::Path path;
      path.delay = milliseconds(below(300));
      path.jitter = milliseconds(below(300));
      path.bandwidth = stage_.one_in(2) ? 0 : 2'000 + below(100'000);
      return stage_.net.set_path(a, b, path);
    }
  }
}

void Story::fault_of(std::size_t i, int kind) {
  Life& life = *lives_[i];
  sim::Process& process = life.process();
  static constexpr const char* kNames[] = {
      "crash",   "crash",       "vanish",           "leave",          "leave",   "stop",
      "consume", "slow reader", "descriptor limit", "refused memory", "rebirth", "signal"};
  note(kNames[kind - 7], i, i);
  switch (kind - 7) {
    case 0:
    case 1:
    case 2:
      life.crash(kind - 7 == 2);
      // The next life is there, and speaks, before everybody knows of the end of this one.
      if (stage_.one_in(2)) start(i);
      for (int n = 0; n < 6 && lives_[i] != nullptr && lives_[i]->alive(); ++n) lives_[i]->act();
      return;
    case 3:
    case 4:
      return life.leave();
    case 5:
      process.stop();
      process.loop().defer([] {});
      return;
    case 6: {
      const milliseconds span(10 + below(3'000));
      return process.loop().defer([&process, span] { process.consume(span); });
    }
    case 7:
      return process.set_read_rate(stage_.one_in(2) ? 0 : 1'000 + below(100'000));
    case 8:
      return process.set_descriptor_limit(process.open_descriptors() + below(2));
    case 9:
      if (stage_.one_in(2)) return life.starve(20 + below(2'000), 0, 0);
      return life.starve(0, below(100), 1 + below(300));
    case 10:
      return rebirth(i);
    default:
      note("clock jump", i, i);
      process.jump_clock(milliseconds(below(10'000'000)) - 5'000s);
      if (!stage_.one_in(3)) return process.raise(SIGCHLD);
      stage_.totals.add("ended by a signal");
      return life.crash(false);
  }
}

// The next life of a node is linked and speaks while another is still told the end of the last one.
void Story::rebirth(std::size_t i) {
  Life* watcher = neighbour(i);
  if (watcher == nullptr) return;
  const auto place = std::find(stage_.names.begin(), stage_.names.end(), watcher->id());
  extra_seed_ = binds_[static_cast<std::size_t>(place - stage_.names.begin())];
  watcher->watch_closely(*lives_[i]);
  lives_[i]->crash(false);
  start(i);
  extra_seed_.clear();
  if (lives_[i] != nullptr && watcher->alive()) lives_[i]->greet(*watcher);
}

// One that is linked with it.
Life* Story::neighbour(std::size_t i) {
  for (const auto& life : lives_) {
    if (life == nullptr || !life->alive() || life == lives_[i]) continue;
    const bool there = stage_.oracle.sees_up(life->index(), stage_.names[i]);
    if (there && stage_.oracle.sees_up(lives_[i]->index(), life->id())) return life.get();
  }
  return nullptr;
}

}  // namespace aemp::story
