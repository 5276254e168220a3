// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include <aemp/keys.h>

#include <algorithm>
#include <array>
#include <exception>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "config/key_text.h"
#include "sim/story_run.h"
#include "support/alloc_count.h"

namespace aemp::story {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// Some times as long as the handshake takes when everything takes 1 ms to arrive.
constexpr nanoseconds kReunion = 40ms;

Story::Story(std::uint64_t seed, detail::Function<void(const std::string&)> narrate)
    : stage_(seed) {
  stage_.narrate = std::move(narrate);
  if (stage_.narrate) {
    stage_.net.trace([this](std::string_view line) { stage_.say("    " + std::string(line)); });
  }
}

// As `aemp gensecret` prints them: 32 zeros.
constexpr const char* kSecret = "aemp-s1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACm3h3a";

// The key of the node with that number.
std::string key(std::size_t i) {
  std::array<std::uint8_t, 32> bytes{};
  store_be64(bytes.data(), i + 1);
  return key_text(KeyKind::private_key, bytes);
}

void Story::draw_kind() {
  secret_ = stage_.one_in(3);
  keys_ = stage_.one_in(4);
  if (secret_) stage_.totals.add("stories with a secret");
  if (keys_) stage_.totals.add("stories with keys");
  static constexpr Kind kKinds[] = {Kind::rough,  Kind::rough,   Kind::rough,  Kind::rough,
                                    Kind::gentle, Kind::sleepy,  Kind::sleepy, Kind::dozing,
                                    Kind::dozing, Kind::crossing};
  kind_ = kKinds[below(std::size(kKinds))];
  stage_.gentle = kind_ == Kind::gentle || kind_ == Kind::sleepy;
  if (kind_ == Kind::crossing) stage_.gentle = stage_.one_in(2);
  stage_.star = idle_links();
  if (kind_ == Kind::crossing) {
    sim::Path path;
    path.delay = std::chrono::microseconds(below(5'000));
    path.jitter = std::chrono::microseconds(1 + below(5'000));
    stage_.net.set_default_path(path);
  } else if (stage_.gentle && stage_.one_in(2)) {
    sim::Path path;
    path.bandwidth = 1'000'000 + below(4'000'000);
    stage_.net.set_default_path(path);
  }
}

void Story::draw_nodes() {
  std::size_t count = 2 + below(4);
  if (kind_ == Kind::rough && stage_.one_in(4)) count = 6 + below(7);
  if (kind_ == Kind::rough && stage_.one_in(10)) count = 20 + below(31);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string number = std::to_string(i);
    stage_.names.push_back("n" + number);
    if (keys_) allow_.push_back(public_key(key(i)) + " n" + number);
    switch (below(3)) {
      case 0:
        binds_.push_back("127.0.0.1:" + std::to_string(4000 + i));
        break;
      case 1:
        binds_.push_back("unix:@n" + number);
        break;
      default:
        binds_.push_back("unix:/n" + number);
        break;
    }
  }
  seeds_.resize(count);
  starts_.resize(count);
  lives_.resize(count);
  static constexpr std::size_t kSmall[] = {2'000, 20'000, 300'000, 4'000'000};
  small_ = kSmall[below(4)];
  stage_.max_message = small_;
  if (stage_.gentle) stage_.max_message = small_ = 4'000'000;
  keeps_seeds_ = !idle_links() && stage_.one_in(2);
  global_ = stage_.one_in(2);
  stage_.deeds = 300;
}

Config Story::config_of(std::size_t i) {
  const std::size_t count = binds_.size();
  Config c;
  c.nodeid = stage_.names[i];
  c.binds = std::vector<std::string>{binds_[i]};
  if (secret_) c.secret = kSecret;
  if (keys_) {
    c.key = key(i);
    c.allow = allow_;
  }
  if (!secret_ && !keys_) c.insecure = true;
  seeds_[i].clear();
  if (idle_links()) {
    if (starts_[i] == 0 && i > 0) seeds_[i].push_back(binds_[0]);
  } else if (kind_ == Kind::crossing || stage_.gentle) {
    seeds_[i] = binds_;
  } else if (starts_[i] == 0 || keeps_seeds_) {
    for (std::size_t n = 1 + below(3); n > 0; --n) seeds_[i].push_back(binds_[below(count)]);
  }
  if (!extra_seed_.empty()) seeds_[i].push_back(extra_seed_);
  c.seeds = seeds_[i];
  if (global_) c.global = true;
  milliseconds heartbeat(count > 5 ? 2'000 + below(4'000) : 300 + below(3'000));
  if (stage_.gentle) heartbeat = milliseconds(100 + below(500));
  c.heartbeat_timeout = heartbeat;
  c.monitor_timeout = stage_.gentle ? milliseconds(5'000) : milliseconds(300 + below(1'700));
  c.connect_interval = milliseconds(20 + below(200));
  c.link_idle = stage_.one_in(2) ? milliseconds(100 + below(900)) : milliseconds(300'000);
  if (idle_links()) c.link_idle = 50ms;
  const std::size_t most = stage_.one_in(2) ? small_ : small_ * 4;
  c.max_message = most;
  c.queue_limit = most * (2 + below(4));
  longest_ = std::max<nanoseconds>(longest_, heartbeat);
  return c;
}

void Story::start(std::size_t i) {
  lives_[i] = nullptr;
  try {
    lives_[i] = std::make_unique<Life>(stage_, config_of(i));
  } catch (const Error& e) {
    // The socket file of a process that vanished is in use as long as nobody asks it.
    if (e.code() != Errc::address_in_use) throw;
    return;
  }
  if (starts_[i]++ > 0) stage_.totals.add("restarts under the same ID");
}

void Story::check() {
  // To look at all of many nodes after each event would take most of the time.
  ++events_;
  const std::size_t count = lives_.size() <= 3 ? lives_.size() : 1;
  for (std::size_t i = 0; i < count; ++i) {
    Life* life = lives_[(events_ + i) % lives_.size()].get();
    if (life != nullptr && life->alive()) life->check_queues();
  }
}

// False once something was violated: what comes after that tells nothing.
bool Story::run(nanoseconds span) {
  const nanoseconds end = stage_.net.now() + span;
  while (stage_.oracle.ok() && stage_.net.step(end - stage_.net.now())) check();
  if (!stage_.oracle.ok()) stage_.say("-- violated: " + stage_.oracle.violations.front());
  return stage_.oracle.ok();
}

Life* Story::living() {
  for (int i = 0; i < 8; ++i) {
    Life* life = lives_[below(lives_.size())].get();
    if (life != nullptr && life->alive()) return life;
  }
  return nullptr;
}

void Story::deed() {
  Life* life = living();
  if (life == nullptr) return;
  if (stage_.one_in(2)) return life->act();
  life->process().loop().defer([life] {
    const sim::AllocationsSucceed bookkeeping;
    if (life->alive()) life->act();
  });
}

void Story::calm(sim::Process& process) {
  process.cont();
  process.set_read_rate(UINT64_MAX);
  process.set_descriptor_limit(1'000'000);
}

void Story::peace() {
  stage_.say("-- peace");
  stage_.net.heal_all();
  stage_.net.set_default_path(sim::Path());
  for (std::size_t i = 0; i < lives_.size(); ++i) {
    if (lives_[i] == nullptr) continue;
    calm(lives_[i]->process());
    lives_[i]->starve(0, 0, 0);
    if (!lives_[i]->alive()) continue;
    // What is under way on a slow path would be for minutes, from those who are gone too.
    if (slow_) stage_.net.reset_all(lives_[i]->process());
    for (std::size_t j = 0; j < lives_.size(); ++j) {
      if (j == i || lives_[j] == nullptr || !lives_[j]->alive()) continue;
      stage_.net.set_path(lives_[i]->process(), lives_[j]->process(), sim::Path());
    }
  }
  stage_.deeds = 0;
  if (!run(longest_ + 9s)) return;
  for (std::size_t i = 0; i < lives_.size(); ++i) {
    if (lives_[i] == nullptr || !lives_[i]->alive()) continue;
    bool has_seed = false, is_linked = false;
    for (std::size_t j = 0; j < lives_.size(); ++j) {
      if (i == j || lives_[j] == nullptr || !lives_[j]->alive()) continue;
      const bool seed = std::count(seeds_[i].begin(), seeds_[i].end(), binds_[j]) > 0;
      const bool there = stage_.oracle.sees_up(lives_[i]->index(), stage_.names[j]);
      const bool back = stage_.oracle.sees_up(lives_[j]->index(), stage_.names[i]);
      has_seed |= seed;
      is_linked |= there && back;
      if (seed && global_ && !(there && back)) {
        stage_.oracle.violated(stage_.names[i] + " has " + stage_.names[j] +
                               " as seed, and there is no link in peace");
      }
    }
    if (has_seed && !is_linked) {
      stage_.oracle.violated(stage_.names[i] + " has a seed and no link in peace");
    }
  }
  if (stage_.gentle) check_nothing_lost();
  stage_.say("-- probes");
  const std::uint64_t lost_before = stage_.oracle.gaps;
  stage_.ending = true;
  for (const auto& life : lives_) {
    if (life != nullptr && life->alive()) life->probe(lives_);
  }
  run(3s);
  if (stage_.oracle.gaps != lost_before) stage_.oracle.violated("a message was lost in peace");
}

bool Story::linked(std::size_t a, std::size_t b) const {
  for (const std::size_t i : {a, b}) {
    if (lives_[i] == nullptr || !lives_[i]->alive()) return false;
  }
  return stage_.oracle.sees_up(lives_[a]->index(), stage_.names[b]) &&
         stage_.oracle.sees_up(lives_[b]->index(), stage_.names[a]);
}

// A lost link comes back with the first dial, whether both ends or only one noticed: long before a
// second dial, or before the other end misses a heartbeat.
void Story::reunite() {
  sim::Path path;
  path.delay = 1ms;
  for (int i = 0; i < 12; ++i) {
    const std::size_t a = below(lives_.size());
    const std::size_t b = below(lives_.size());
    if (a == b || !linked(a, b)) continue;
    stage_.totals.add("reunions");
    stage_.say("-- reunion " + stage_.names[a] + " " + stage_.names[b]);
    stage_.net.set_path(lives_[a]->process(), lives_[b]->process(), path);
    fault_between(lives_[a]->process(), lives_[b]->process(), stage_.one_in(2) ? 3 : 5);
    if (!run(kReunion)) return;
    if (!linked(a, b)) {
      stage_.oracle.violated(stage_.names[a] + " and " + stage_.names[b] +
                             " have lost their link and have no other soon");
      return;
    }
    if (!run(1s)) return;
  }
}

// When nobody monitors anything, nobody is monitored.
bool Story::check_watchers() {
  for (const auto& life : lives_) {
    if (life != nullptr && life->alive()) life->unmonitor_all();
  }
  if (!run(2s)) return false;
  for (const auto& life : lives_) {
    if (life == nullptr || !life->alive()) continue;
    const std::uint64_t watchers = life->node().stats().watchers;
    if (watchers != 0) {
      stage_.oracle.violated(life->id() + " thinks that " + std::to_string(watchers) +
                             " of its ports are monitored");
    }
  }
  return stage_.oracle.ok();
}

void Story::end() {
  stage_.say("-- the end");
  if (stage_.one_in(2) && !check_watchers()) return;
  for (const auto& life : lives_) {
    if (life != nullptr && life->alive()) life->kill_all();
  }
  if (!run(5s)) return;
  stage_.oracle.check_settled();
  for (const auto& life : lives_) {
    if (life != nullptr && life->alive()) life->check_empty();
  }
  for (const auto& life : lives_) {
    if (life != nullptr && life->alive()) life->leave();
  }
  if (!run(3s)) return;
  if (stage_.net.counts().descriptors != 0) {
    stage_.oracle.violated("descriptors are left when all nodes have left");
  }
  lives_.clear();
  const sim::Counts counts = stage_.net.counts();
  if (counts.connections != 0) stage_.oracle.violated("connections are left at the end");
  if (counts.descriptors != 0) stage_.oracle.violated("descriptors are left at the end");
}

void Story::raise_curtain() {
  const bool together = kind_ == Kind::crossing || stage_.one_in(2);
  for (std::size_t i = 0; i < lives_.size(); ++i) {
    start(i);
    if (!together) run(milliseconds(below(20)));
  }
  if (!idle_links()) return;
  // Node 0 has learned the others' addresses, and nobody has seeds any more.
  run(2s);
  for (std::size_t i = 1; i < lives_.size(); ++i) {
    if (lives_[i] == nullptr || !lives_[i]->alive()) continue;
    lives_[i]->leave();
    ++left_;
    run(100ms);
    start(i);
    if (lives_[0]->alive() && lives_[i] != nullptr) lives_[0]->greet(*lives_[i]);
    run(100ms);
  }
}

nanoseconds Story::pause() {
  if (idle_links()) return 45ms + std::chrono::microseconds(below(10'000));
  return milliseconds(below(stage_.one_in(10) ? 2'000 : 60));
}

// Without faults no link is lost and everything arrives.
void Story::check_nothing_lost() {
  for (const std::string& sentence : stage_.oracle.missing()) stage_.oracle.violated(sentence);
  for (const auto& life : lives_) {
    if (life == nullptr || !life->alive()) continue;
    const std::uint64_t lost = life->node().stats().links_lost;
    if (lost > left_) {
      stage_.oracle.violated(life->id() + " lost " + std::to_string(lost) +
                             " links, though nothing happened to them");
    }
  }
}

Outcome Story::tell() {
  try {
    draw_kind();
    draw_nodes();
    raise_curtain();
    const std::size_t steps = 60 + below(200);
    for (std::size_t i = 0; i < steps && run(pause()); ++i) {
      for (std::size_t n = below(10); n > 0; --n) deed();
      if (!stage_.gentle && stage_.one_in(3)) fault();
    }
    if (stage_.oracle.ok()) peace();
    if (stage_.oracle.ok() && kind_ == Kind::crossing) reunite();
    if (stage_.oracle.ok()) end();
    lives_.clear();
  } catch (const std::exception& e) {
    stage_.oracle.violated(std::string("an exception: ") + e.what());
  }
  Outcome outcome;
  outcome.violations = stage_.oracle.violations;
  outcome.history = stage_.net.history();
  outcome.events = stage_.net.counts().events;
  outcome.totals = stage_.totals;
  outcome.totals.add("stories");
  outcome.totals.add("events", outcome.events);
  outcome.totals.add("deliveries", stage_.oracle.deliveries);
  outcome.totals.add("remote deliveries", stage_.oracle.remote_deliveries);
  outcome.totals.add("lost messages", stage_.oracle.gaps);
  outcome.totals.add("calls answered", stage_.oracle.calls_ok);
  for (const auto& [reason, count] : stage_.oracle.fired_per_reason) {
    outcome.totals.add("fired: " + reason, count);
  }
  return outcome;
}

Outcome play(std::uint64_t seed, detail::Function<void(const std::string&)> narrate) {
  const std::size_t before = test::living_allocations();
  std::optional<Outcome> told = Story(seed, std::move(narrate)).tell();
  const std::size_t after = test::living_allocations();
  Outcome outcome = *told;
  // What of that is the outcome itself.
  const std::size_t with_both = test::living_allocations();
  told.reset();
  const std::size_t own = with_both - test::living_allocations();
  if (after > before + own) {
    outcome.violations.push_back(std::to_string(after - before - own) +
                                 " allocations were not freed");
  }
  return outcome;
}

}  // namespace aemp::story
