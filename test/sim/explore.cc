// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "sim/explore.h"

#include <memory>
#include <string_view>
#include <utility>

#include "sim/life.h"

namespace aemp::story {

namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

// Answers, counted up from run to run like the digits of a number.
class Counter {
 public:
  explicit Counter(const std::vector<std::size_t>& first) {
    for (const std::size_t digit : first) digits_.push_back({digit, digit + 1});
  }
  std::size_t choose(std::size_t alternatives) {
    if (at_ == digits_.size()) digits_.push_back({0, alternatives});
    return digits_[at_++].digit;
  }
  // False: all numbers were there.
  bool next() {
    at_ = 0;
    while (!digits_.empty()) {
      if (++digits_.back().digit < digits_.back().base) return true;
      digits_.pop_back();
    }
    return false;
  }
  std::size_t size() const { return digits_.size(); }
  std::string str() const {
    std::string text = "choices:";
    for (const Digit& d : digits_) text += " " + std::to_string(d.digit);
    return text;
  }

 private:
  struct Digit {
    std::size_t digit, base;
  };
  std::vector<Digit> digits_;
  std::size_t at_ = 0;
};

class Meeting {
 public:
  Meeting(const Exploration& what, Counter& counter,
          detail::Function<void(const std::string&)> narrate)
      : what_(what), counter_(counter) {
    stage_.narrate = std::move(narrate);
    if (stage_.narrate)
      stage_.net.trace([this](std::string_view line) { stage_.say(std::string(line)); });
  }
  std::vector<std::string> run();
  bool a_smaller() const { return a_smaller_; }

 private:
  Config config(int i) const;
  void start(int i);
  std::size_t choose(std::size_t alternatives);
  void step_through(nanoseconds span);
  void consider_fault();
  void strike();
  bool linked();
  void end();

  const Exploration what_;
  Counter& counter_;
  Stage stage_{what_.seed};
  std::unique_ptr<Life> lives_[2];
  std::size_t arrivals_ = 0, struck_at_ = 0;
  nanoseconds patience_ = 800ms;
  bool struck_ = false;
  bool settled_ = false;  // no faults any more
  bool a_smaller_ = false;
};

Config Meeting::config(int i) const {
  Config c;
  c.nodeid = i == 0 ? "a" : "b";
  c.binds = std::vector<std::string>{i == 0 ? "127.0.0.1:4001" : "127.0.0.1:4002"};
  c.seeds = std::vector<std::string>{i == 0 ? "127.0.0.1:4002" : "127.0.0.1:4001"};
  c.insecure = true;
  c.queue_limit = 64u << 20;
  return c;
}

void Meeting::start(int i) {
  lives_[i] = nullptr;
  lives_[i] = std::make_unique<Life>(stage_, config(i));
}

std::size_t Meeting::choose(std::size_t alternatives) {
  const bool late = struck_ && arrivals_ >= struck_at_ + what_.after;
  return arrivals_ < what_.depth && !late && !settled_ ? counter_.choose(alternatives) : 0;
}

void Meeting::step_through(nanoseconds span) {
  const nanoseconds until = stage_.net.now() + span;
  std::uint64_t turns = stage_.net.counts().turns;
  while (stage_.oracle.ok() && stage_.net.step(until - stage_.net.now())) {
    const std::uint64_t now = stage_.net.counts().turns;
    const bool arrived = now == turns;
    turns = now;
    if (!arrived) continue;
    ++arrivals_;
    consider_fault();
  }
}

void Meeting::consider_fault() {
  if (struck_ || settled_ || what_.fault == Fault::none || arrivals_ >= what_.depth) return;
  if (counter_.choose(2) == 1) strike();
}

void Meeting::strike() {
  stage_.say("-- strike");
  struck_ = true;
  struck_at_ = arrivals_;
  // Less than it takes to miss a heartbeat, but the probe of a life that vanished takes 1 s, and a
  // dial that the other end does not know any more is in the way until its handshake's time is up.
  if (what_.fault == Fault::vanish) patience_ = 1'500ms;
  if (what_.fault == Fault::one_way_reset && !linked()) patience_ = 6s;
  sim::Process& a = lives_[0]->process();
  sim::Process& b = lives_[1]->process();
  switch (what_.fault) {
    case Fault::none:
      return;
    case Fault::reset:
      return stage_.net.reset(a, b);
    case Fault::one_way_reset:
      return stage_.net.reset_one_way(a, b);
    case Fault::cut:
      return stage_.net.cut(a, b);
    case Fault::crash:
    case Fault::vanish:
      lives_[1]->crash(what_.fault == Fault::vanish);
      break;
    case Fault::leave:
      lives_[1]->leave();
      // The order of what it has to say is not chosen.
      arrivals_ = what_.depth;
      stage_.net.run_for(100us);
      arrivals_ = struck_at_;
      break;
  }
  start(1);
  lives_[0]->talk(*lives_[1], 2);
  lives_[1]->talk(*lives_[0], 2);
}

bool Meeting::linked() {
  return stage_.oracle.sees_up(lives_[0]->index(), "b") &&
         stage_.oracle.sees_up(lives_[1]->index(), "a");
}

std::vector<std::string> Meeting::run() {
  sim::Path path;
  path.delay = 20us;
  stage_.net.set_default_path(path);
  stage_.net.explore(500us, [this](std::size_t n) { return choose(n); });
  stage_.gentle = true;
  stage_.names = {"a", "b"};
  start(0);
  start(1);
  const auto name = [](const Port& p) { return p.str().substr(p.str().find('#')); };
  a_smaller_ = name(stage_.oracle.port(0).port) < name(stage_.oracle.port(2).port);
  lives_[0]->talk(*lives_[1], 2);
  lives_[1]->talk(*lives_[0], 2);
  step_through(1ms);
  settled_ = true;
  if (!struck_ && !linked()) stage_.oracle.violated("no link after one round of dials");
  if (!struck_ && what_.fault != Fault::none && stage_.oracle.ok()) {
    strike();
    step_through(1ms);
  }
  if (what_.fault == Fault::cut) stage_.net.heal_all();
  step_through(patience_);
  if (stage_.oracle.ok() && !linked()) stage_.oracle.violated("no link soon after the fault");
  end();
  return stage_.oracle.violations;
}

void Meeting::end() {
  if (!stage_.oracle.ok()) return;
  stage_.ending = true;
  for (auto& life : lives_) life->talk(*lives_[life == lives_[0] ? 1 : 0], 1);
  step_through(1s);
  if (!struck_) {
    for (const std::string& sentence : stage_.oracle.missing()) stage_.oracle.violated(sentence);
  }
  for (auto& life : lives_) {
    const Stats stats = life->node().stats();
    // A half-open connection whose other end is gone has some seconds to live.
    const bool told = what_.fault != Fault::vanish && what_.fault != Fault::one_way_reset;
    const bool loose = told && stats.dials + stats.half_open != 0;
    if (stats.links_up != 1 || loose) {
      stage_.oracle.violated(life->id() + " has not exactly one link");
    }
    life->kill_all();
  }
  step_through(1s);
  for (auto& life : lives_) life->check_empty();
  for (auto& life : lives_) life = nullptr;
  if (stage_.net.counts().connections != 0) stage_.oracle.violated("connections are left");
}

}  // namespace

Explored explore(const Exploration& what, std::vector<std::size_t> choices,
                 detail::Function<void(const std::string&)> narrate) {
  Explored found;
  Counter counter(choices);
  do {
    Meeting meeting(what, counter, std::move(narrate));
    found.violations = meeting.run();
    found.a_smaller = meeting.a_smaller();
    ++found.runs;
    if (counter.size() > found.deepest) found.deepest = counter.size();
    if (!found.violations.empty()) {
      found.violations.push_back(counter.str());
      return found;
    }
    if (found.runs == what.most) return found;
  } while (counter.next());
  found.complete = true;
  return found;
}

bool explore_all(std::size_t depth, std::vector<std::string>& lines) {
  static constexpr const char* kNames[] = {"no fault", "reset", "one-way reset", "crash",
                                           "vanish",   "cut",   "leave"};
  bool ok = true;
  for (std::size_t fault = 0; fault < std::size(kNames); ++fault) {
    for (const std::uint64_t seed : {1u, 5u}) {
      Exploration what;
      what.fault = static_cast<Fault>(fault);
      what.seed = seed;
      if (what.fault != Fault::none) what.depth = depth;
      const Explored found = explore(what);
      lines.push_back("explored " + std::string(kNames[fault]) + ", " +
                      (found.a_smaller ? "a" : "b") + " smaller: " + std::to_string(found.runs) +
                      " orders, " + std::to_string(found.deepest) + " choices deep" +
                      (found.complete ? ", all there are" : ""));
      for (const std::string& violation : found.violations)
        lines.push_back("  violated: " + violation);
      if (!found.complete && found.violations.empty()) lines.push_back("  not all orders");
      ok = ok && found.complete;
    }
  }
  return ok;
}

}  // namespace aemp::story
