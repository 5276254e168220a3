// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "pool.h"

#include <chrono>
#include <cstdio>
#include <utility>
#include <vector>

#include "worker.h"

using Ports = std::vector<aemp::Port>;

Pool::Pool(aemp::Node& node, const std::string& kind, Done done)
    : node_(node), kind_(kind), done_(std::move(done)) {
  node_.grp_mon(group_of(kind), [this](const Ports&, const Ports& added, const Ports& removed) {
    for (const aemp::Port& worker : removed) part(worker);
    for (const aemp::Port& worker : added) join(worker);
  });
}

void Pool::add(Job job) {
  waiting_.push_back(std::move(job));
  hand_out();
}

void Pool::join(const aemp::Port& worker) {
  workers_.try_emplace(worker);
  ask(worker);
}

// It gets no more jobs. If it has one, that is between it and its cal.
void Pool::part(const aemp::Port& worker) {
  workers_[worker].cancel();
  workers_.erase(worker);
  idle_.erase(worker);
}

void Pool::ask(const aemp::Port& worker) {
  node_.cal(
      worker,
      [this, worker](const aemp::Reply& reply) {
        if (!workers_.contains(worker)) return;
        reply ? ready(worker) : ask_later(worker, reply.reason());
      },
      "ready?");
}

void Pool::ready(const aemp::Port& worker) {
  std::fprintf(stderr, "%s is ready for %s\n", worker.node().c_str(), kind_.c_str());
  aemp::Monitor& monitor = workers_[worker];
  monitor.cancel();
  monitor = node_.mon(worker, [this, worker](aemp::Message reason) {
    idle_.erase(worker);
    ask_later(worker, reason);
  });
  idle_.insert(worker);
  hand_out();
}

// It is in the group still. That may be because nobody knows yet that it is dead, or because it is
// alive, and only the way to it was cut.
void Pool::ask_later(const aemp::Port& worker, const aemp::Message& reason) {
  std::fprintf(stderr, "%s is lost for %s: %s\n", worker.node().c_str(), kind_.c_str(),
               reason.json().c_str());
  node_.after(std::chrono::seconds(1), [this, worker] {
    if (workers_.contains(worker)) ask(worker);
  });
}

void Pool::hand_out() {
  while (!waiting_.empty() && !idle_.empty()) {
    const aemp::Port worker = *idle_.begin();
    const Job job = std::move(waiting_.front());
    idle_.erase(worker);
    waiting_.pop_front();
    give(worker, job);
  }
}

void Pool::give(const aemp::Port& worker, const Job& job) {
  std::fprintf(stderr, "%zu goes to %s\n", job.number, worker.node().c_str());
  const auto answered = [this, worker, job](const aemp::Reply& reply) {
    const auto result = reply.message().get<std::string>(0);
    const auto good = reply.message().get<bool>(1);
    if (result && good) {
      done_(job, *result, *good);
      if (workers_.contains(worker)) idle_.insert(worker);
    } else {  // lost; or it talks nonsense, and gets no more
      std::fprintf(stderr, "%zu waits again\n", job.number);
      waiting_.push_front(job);
    }
    hand_out();
  };
  try {
    node_.cal(worker, answered, "job", job.text);
  } catch (const aemp::Error& e) {  // such a text cannot be sent: it is too long, or no UTF-8
    idle_.insert(worker);
    done_(job, e.what(), false);
  }
}
