// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The same ring as a hand-written discrete-event simulation: a heap of events with a callback each;
// a message is a timer's event at its sender and an event at its receiver.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "laps.h"
#include "roles.h"

namespace bench {
namespace {

constexpr std::uint64_t kDelay = 20'000;  // virtual nanoseconds

class Agenda {
 public:
  void at(std::uint64_t time, std::function<void()> what) {
    heap_.push_back({time, ++made_, std::move(what)});
    std::push_heap(heap_.begin(), heap_.end(), later);
  }

  void run_until(std::uint64_t end) {
    while (!heap_.empty() && heap_.front().time <= end) {
      std::pop_heap(heap_.begin(), heap_.end(), later);
      const Event event = std::move(heap_.back());
      heap_.pop_back();
      now_ = event.time;
      event.what();
    }
    now_ = end;
  }

  std::uint64_t now() const { return now_; }

 private:
  struct Event {
    std::uint64_t time, number;
    std::function<void()> what;
  };
  static bool later(const Event& a, const Event& b) {
    return a.time != b.time ? a.time > b.time : a.number > b.number;
  }

  std::vector<Event> heap_;
  std::uint64_t now_ = 0, made_ = 0;
};

struct Station {
  std::function<void(std::int64_t)> receiver;
  std::uint64_t sent = 0, received = 0;
};

void tick(Agenda& agenda, Station& from, Station& to) {
  const auto number = static_cast<std::int64_t>(++from.sent);
  agenda.at(agenda.now() + kDelay, [&to, number] { to.receiver(number); });
  agenda.at(agenda.now() + static_cast<std::uint64_t>(kSimPause.count()),
            [&agenda, &from, &to] { tick(agenda, from, to); });
}

}  // namespace

Report floor_sim(const Task& task, Talk&) {
  Growth growth;
  Agenda agenda;
  std::vector<std::unique_ptr<Station>> ring;
  for (std::uint64_t i = 0; i < kSimNodes; ++i) {
    ring.push_back(std::make_unique<Station>());
    ring.back()->receiver = [station = ring.back().get()](std::int64_t) { ++station->received; };
  }
  growth.measure(kSimNodes);
  for (std::uint64_t i = 0; i < kSimNodes; ++i) {
    agenda.at(1 + i, [&agenda, from = ring[i].get(), to = ring[(i + 1) % kSimNodes].get()] {
      tick(agenda, *from, *to);
    });
  }
  const auto run = [&](std::uint64_t messages) {
    agenda.run_until(agenda.now() +
                     static_cast<std::uint64_t>(kSimPause.count()) * messages / kSimNodes);
  };
  run(task.warm);
  const std::uint64_t allocs = allocations();
  const std::uint64_t start = now_ns();
  run(task.n);
  Report report = total_report(task, now_ns() - start, allocations() - allocs);
  std::uint64_t received = 0;
  for (const auto& station : ring) received += station->received;
  if (received + kSimNodes < task.warm + task.n) throw std::runtime_error("messages are missing");
  growth.add_to(report);
  return report;
}

}  // namespace bench
