// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// One-way messages of one bytes argument, as many as the node takes before it says it is congested,
// and on when it has drained. The receiver adds up their bytes; a message without bytes asks for
// the sums.
#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "laps.h"
#include "roles.h"
#include "station.h"

namespace bench {
namespace {

class Producer {
 public:
  Producer(aemp::Node& node, std::size_t size) : node_(node), payload_(size) {}

  void start(const aemp::Port& to, std::uint64_t n) {
    to_ = to;
    n_ = left_ = n;
    pump();
  }

  void check(std::uint64_t messages, std::uint64_t bytes) const {
    if (messages != n_ || bytes != n_ * payload_.size()) {
      throw std::runtime_error("the receiver's sums are wrong");
    }
  }

 private:
  void pump() {
    while (left_ != 0) {
      if (node_.congested(to_)) {
        node_.on_drain(to_, [this] { pump(); });
        return;
      }
      const std::uint64_t burst = std::min(left_, kBurstBytes / payload_.size() + 1);
      for (std::uint64_t i = 0; i < burst; ++i) node_.snd(to_, payload_);
      left_ -= burst;
    }
    node_.snd(to_, Bytes());
  }

  static constexpr std::uint64_t kBurstBytes = 16 * 1024;  // between two looks at congested()

  aemp::Node& node_;
  std::vector<std::byte> payload_;
  aemp::Port to_;
  std::uint64_t n_ = 0;
  std::uint64_t left_ = 0;
};

}  // namespace

Report aemp_flood_server(const Task& task, Talk& talk) {
  Station station(task);
  aemp::Node& node = station.node();
  aemp::Port answer;
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::uint64_t before = 0;
  bool warm = false;
  Report report;
  const aemp::Port sink = node.port([&](Bytes payload) {
    bytes += payload.size();
    if (!payload.empty()) {
      ++messages;
      return;
    }
    node.snd(answer, messages, bytes);
    messages = bytes = 0;
    if (warm) {
      report.allocs = static_cast<double>(allocations() - before);
      station.finish();
    }
    warm = true;
    before = allocations();
  });
  const aemp::Port control = node.port([&](aemp::Port sums, aemp::Port ready) {
    answer = sums;
    station.watch(answer);
    node.snd(ready, sink);
  });
  station.announce(talk, control);
  station.serve();
  return report;
}

Report aemp_flood_client(const Task& task, Talk& talk) {
  Station station(task, talk);
  aemp::Node& node = station.node();
  Producer producer(node, task.size);
  aemp::Port sink;
  std::uint64_t before = 0;
  std::uint64_t start = 0;
  Report report;
  const aemp::Port answer = node.port([&](std::uint64_t messages, std::uint64_t bytes) {
    const std::uint64_t end = now_ns();
    producer.check(messages, bytes);
    if (start != 0) {
      report = total_report(task, end - start, allocations() - before);
      station.finish();
      return;
    }
    before = allocations();
    start = now_ns();
    producer.start(sink, task.n);
  });
  const aemp::Port ready = node.port([&](aemp::Port to) {
    sink = to;
    producer.start(sink, task.warm);
  });
  station.watch(station.server());
  station.watch(answer);  // its receiver throws when the sums are wrong
  node.snd(station.server(), answer, ready);
  station.run();
  return report;
}

}  // namespace bench
