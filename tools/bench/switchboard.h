// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What a program would write by hand instead of ports in one process: a table of receivers, a table
// of monitors and a queue of messages, from the standard library's parts. One thread; nothing
// throws but for want of memory.
#ifndef AEMP_BENCH_SWITCHBOARD_H
#define AEMP_BENCH_SWITCHBOARD_H

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace bench {

class Switchboard {
 public:
  using Id = std::uint64_t;
  struct Body {
    std::uint64_t first = 0;
    std::uint64_t second = 0;
  };
  using Receiver = std::function<void(const Body&)>;
  using Callback = std::function<void(Id)>;

  Id open(Receiver receiver) {
    receivers_.emplace(++last_, std::move(receiver));
    return last_;
  }

  std::size_t size() const { return receivers_.size(); }

  // Queued; dropped in silence if the receiver is gone by then.
  void send(Id to, const Body& body) { queue_.push_back({to, body}); }

  void monitor(Id id, Callback callback) { monitors_[id].push_back(std::move(callback)); }

  // At once; its monitors are called by run().
  void kill(Id id) {
    receivers_.erase(id);
    if (auto monitors = monitors_.extract(id)) fired_.push_back(std::move(monitors));
  }

  // Until nothing is queued.
  void run() {
    for (; !queue_.empty(); queue_.pop_front()) {
      const Message& message = queue_.front();
      const auto found = receivers_.find(message.to);
      if (found != receivers_.end()) found->second(message.body);
    }
    for (std::size_t i = 0; i < fired_.size(); ++i) {
      const auto monitors = std::move(fired_[i]);  // a callback may kill, and fired_ grow
      for (const Callback& callback : monitors.mapped()) callback(monitors.key());
    }
    fired_.clear();
  }

 private:
  using Monitors = std::unordered_map<Id, std::vector<Callback>>;
  struct Message {
    Id to;
    Body body;
  };

  std::unordered_map<Id, Receiver> receivers_;
  Monitors monitors_;
  std::deque<Message> queue_;
  std::vector<Monitors::node_type> fired_;
  Id last_ = 0;
};

}  // namespace bench

#endif  // AEMP_BENCH_SWITCHBOARD_H
