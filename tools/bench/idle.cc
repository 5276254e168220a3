// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What an idle link weighs, with all that a node keeps of the node at its other end: one process
// listens, many nodes of another dial it, one after the other, and say one message each. The first
// of them pay for what all links have in common.
#include <aemp/aemp.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "laps.h"
#include "roles.h"
#include "station.h"
#include "talk.h"

namespace bench {
namespace {

// After the last message: time for what a link keeps a little longer than it needs it.
constexpr std::chrono::milliseconds kRest{300};

}  // namespace

Report aemp_idle_listener(const Task& task, Talk& talk) {
  aemp::Loop loop;
  aemp::Node node(loop);
  aemp::Config config = config_of(task, End::kServer);
  config.binds = {"127.0.0.1:0"};
  node.configure(config);
  std::uint64_t links = 0;
  std::optional<Growth> growth;
  std::uint64_t allocs = 0;
  std::uint64_t start = 0;
  aemp::Timer rest;
  Report report;
  const auto measure = [&](const aemp::Port& welcome) {
    if (!growth) {
      growth.emplace();
      allocs = allocations();
      start = now_ns();
      return node.snd(welcome);
    }
    report = total_report(task, now_ns() - start, allocations() - allocs);
    growth->measure(task.n);
    growth->add_to(report);
    if (node.stats().links_up != links) throw std::runtime_error("a link is missing");
    node.snd(welcome);
    loop.stop();
  };
  const aemp::Port hall = node.port([&](aemp::Port welcome) {
    ++links;
    if (links != task.warm && links != task.warm + task.n) return node.snd(welcome);
    rest = loop.timer(kRest, [&, welcome] { measure(welcome); });
  });
  talk.say(node.binds().at(0));
  talk.say(hall.str());
  loop.run();
  return report;
}

Report aemp_idle_dialers(const Task& task, Talk& talk) {
  aemp::Loop loop;
  aemp::Config config = config_of(task, End::kClient);
  config.private_node();
  config.seeds = {talk.hear()};
  const std::optional<aemp::Port> hall = aemp::Port::parse(talk.hear());
  if (!hall) throw std::runtime_error("the listener announced a malformed port");
  std::vector<std::unique_ptr<aemp::Node>> nodes;
  // Each dials when the one before is welcome, so that there is never a crowd at the door.
  const auto dial = [&](const auto& next) -> void {
    config.nodeid = "aemp-bench/client/" + std::to_string(nodes.size());
    aemp::Node& node = *nodes.emplace_back(std::make_unique<aemp::Node>(loop));
    node.configure(config);
    const aemp::Port welcome = node.port([&] {
      if (nodes.size() < task.warm + task.n) {
        next(next);
      } else {
        loop.stop();
      }
    });
    node.snd(*hall, welcome);
  };
  dial(dial);
  loop.run();
  Report report;
  report.allocs = 0;
  return report;
}

}  // namespace bench
