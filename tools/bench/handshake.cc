// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// One link after the other between two nodes on one loop: the time of one is what both ends spend
// on it, from the dialling node's first step until both have the link, the system's share of the
// connection included. What an encrypted link takes more than a plain one is cryptography.
#include <aemp/aemp.h>

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "laps.h"
#include "roles.h"
#include "station.h"
#include "stats.h"

namespace bench {
namespace {

constexpr std::chrono::seconds kPatience{5};

// Whether a node has its only link.
class LinkWatch {
 public:
  explicit LinkWatch(aemp::Node& node)
      : watch_(node.mon_nodes([this](std::string_view, bool up, aemp::Message) { up_ = up; })) {}
  LinkWatch(const LinkWatch&) = delete;
  LinkWatch& operator=(const LinkWatch&) = delete;

  bool up() const { return up_; }

 private:
  bool up_ = false;
  aemp::Registration watch_;
};

class Dialler {
 public:
  explicit Dialler(const Task& task)
      : server_(loop_), server_link_(server_), dial_(config_of(task, End::kClient)) {
    aemp::Config listen = config_of(task, End::kServer);
    listen.binds = {"127.0.0.1:0"};
    server_.configure(listen);
    dial_.private_node();
    dial_.seeds = server_.binds();
  }

  // Nanoseconds that making a link took; it is closed again.
  std::uint64_t link() {
    std::uint64_t took = 0;
    {
      aemp::Node client(loop_);
      const LinkWatch client_link(client);
      const std::uint64_t start = now_ns();
      client.configure(dial_);
      until([&] { return client_link.up() && server_link_.up(); });
      took = now_ns() - start;
    }
    until([&] { return !server_link_.up(); });
    return took;
  }

 private:
  template <class Pred>
  void until(Pred pred) {
    if (!loop_.run_until(pred, kPatience)) throw std::runtime_error("a link hangs");
  }

  aemp::Loop loop_;
  aemp::Node server_;
  LinkWatch server_link_;
  aemp::Config dial_;
};

}  // namespace

Report aemp_handshake(const Task& task, Talk&) {
  Dialler dialler(task);
  for (std::uint64_t i = 0; i < task.warm; ++i) dialler.link();
  std::vector<std::uint64_t> times(task.n);
  std::uint64_t total = 0;
  const std::uint64_t allocs = allocations();
  for (std::uint64_t& time : times) total += time = dialler.link();
  Report report = total_report(task, total, allocations() - allocs);
  const Percentiles of = percentiles(times);
  report.p50_ns = of.p50;
  report.p99_ns = of.p99;
  report.p999_ns = of.p999;
  return report;
}

}  // namespace bench
