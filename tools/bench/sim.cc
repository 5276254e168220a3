// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// A network of 1000 simulated nodes in a ring, each with a link to the next one, to which it sends
// 100 messages a second of virtual time, one by one; and what such a node weighs before that.
#include <aemp/aemp.h>
// A ring of seeds would be a thousand global nodes, each with a link to many.
#include <aemp/no_mesh.h>
#include <aemp/sim.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "laps.h"
#include "roles.h"

namespace bench {
namespace {

using namespace std::chrono_literals;

class Station {
 public:
  Station(aemp::sim::Network& net, std::uint64_t number)
      : process_(net), loop_(process_.loop()), node_(loop_) {
    aemp::Config config;
    config.nodeid = name(number);
    config.binds = {"unix:@" + name(number)};
    config.seeds = {"unix:@" + name((number + 1) % kSimNodes)};
    node_.configure(config);
    port_ = node_.port([this](std::int64_t) { ++received_; });
  }

  void send_to(const Station& next) {
    loop_.timer(kSimPause, kSimPause,
                [this, to = next.port_] { node_.snd(to, static_cast<std::int64_t>(++sent_)); });
  }

  std::uint64_t received() const { return received_; }
  std::size_t links() const { return node_.up_nodes().size(); }

 private:
  static std::string name(std::uint64_t number) { return "n" + std::to_string(number); }

  aemp::sim::Process process_;
  aemp::Loop& loop_;
  aemp::Node node_;
  aemp::Port port_;
  std::uint64_t sent_ = 0, received_ = 0;
};

}  // namespace

Report aemp_sim(const Task& task, Talk&) {
  Growth growth;
  aemp::sim::Network net(1);
  std::vector<std::unique_ptr<Station>> ring;
  for (std::uint64_t i = 0; i < kSimNodes; ++i) {
    ring.push_back(std::make_unique<Station>(net, i));
  }
  net.run_for(20s);
  for (const auto& station : ring) {
    if (station->links() != 2) throw std::runtime_error("the ring is not closed");
  }
  growth.measure(kSimNodes);

  const auto received = [&ring] {
    std::uint64_t sum = 0;
    for (const auto& station : ring) sum += station->received();
    return sum;
  };
  for (std::uint64_t i = 0; i < kSimNodes; ++i) ring[i]->send_to(*ring[(i + 1) % kSimNodes]);
  const auto run = [&](std::uint64_t messages) {
    net.run_for(kSimPause * static_cast<std::int64_t>(messages / kSimNodes));
  };
  run(task.warm);
  const std::uint64_t before = received();
  const std::uint64_t allocs = allocations();
  const std::uint64_t start = now_ns();
  run(task.n);
  Report report = total_report(task, now_ns() - start, allocations() - allocs);
  // What is under way at the one end and at the other differs by less than a message each.
  const std::uint64_t moved = received() - before;
  if (moved + kSimNodes < task.n || moved > task.n + kSimNodes) {
    throw std::runtime_error(std::to_string(moved) + " messages arrived of " +
                             std::to_string(task.n));
  }
  growth.add_to(report);
  return report;
}

}  // namespace bench
