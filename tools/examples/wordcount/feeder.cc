// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "feeder.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "worker.h"

using Clock = std::chrono::steady_clock;

Feeder::Feeder(aemp::Loop& loop, aemp::Node& node, LineReader& reader, Settings settings)
    : loop_(loop), node_(node), reader_(reader), settings_(settings) {}

void Feeder::add_worker(const std::string& nodeid, Process* process) {
  Worker& worker = workers_.emplace_back();  // a deque: the reference stays valid
  worker.nodeid = nodeid;
  worker.process = process;
}

std::uint64_t Feeder::run() {
  const auto begun = Clock::now();
  for (Worker& worker : workers_) start(worker);
  if (open_ > 0 && error_.empty()) loop_.run();
  for (Worker& worker : workers_) {
    if (!worker.lost) node_.kil(worker.counter);
  }
  if (!error_.empty()) throw std::runtime_error(error_);
  report(std::chrono::duration<double>(Clock::now() - begun).count());
  if (settings_.kill_one && !kill_counts_) {
    throw std::runtime_error(killed_ == nullptr
                                 ? "--kill-one: the files have too few lines, nobody was killed"
                                 : "--kill-one: the killed worker had no line, or held none");
  }
  return words_;
}

void Feeder::fail(const std::string& why) {
  if (error_.empty()) error_ = why;
  loop_.stop();
}

// Nothing here waits: the port can be used at once, before its node is even connected, and all that
// is sent to it arrives behind the call that creates it.
void Feeder::start(Worker& worker) {
  worker.answers = node_.port(
      [this, &worker](std::uint64_t number, std::uint64_t words) { take(worker, number, words); });
  worker.counter = node_.spawn(worker.nodeid, kCounter, worker.answers, settings_.any_byte);
  node_.mon(worker.counter, [this, &worker](aemp::Message reason) { lose(worker, reason); });
  feed(worker);
}

// Fills the worker's window. True if it was sent anything.
bool Feeder::feed(Worker& worker) {
  bool fed = false;
  for (Task task; worker.unanswered.size() < kWindow && next_task(task); fed = true) {
    task.sent = Clock::now();
    node_.snd(worker.counter, task.number, task.line.inside, task.line.view());
    worker.unanswered.push_back(std::move(task));
  }
  return fed;
}

// The backlog goes before new lines. False: there is nothing to do, now.
bool Feeder::next_task(Task& task) {
  if (!backlog_.empty()) {
    task = std::move(backlog_.front());
    backlog_.pop_front();
    return true;
  }
  try {
    all_read_ = all_read_ || !reader_.next(task.line);
  } catch (const std::exception& e) {
    all_read_ = true;
    fail(e.what());
  }
  if (all_read_) return false;
  task.number = lines_++;
  ++open_;
  return true;
}

void Feeder::take(Worker& worker, std::uint64_t number, std::uint64_t words) {
  if (worker.unanswered.empty() || worker.unanswered.front().number != number) {
    return fail(worker.nodeid + " answered a line that it was not asked");
  }
  const auto round_trip = Clock::now() - worker.unanswered.front().sent;
  round_trips_us_.push_back(static_cast<std::uint32_t>(round_trip / std::chrono::microseconds(1)));
  worker.unanswered.pop_front();
  ++worker.answered;
  words_ += words;
  --open_;
  const bool fed = feed(worker);
  if (all_read_ && open_ == 0) loop_.stop();
  // What was sent in this callback leaves after it: the killed worker cannot have answered it.
  if (settings_.kill_one && killed_ == nullptr && fed && reader_.past_half()) kill(worker);
}

void Feeder::kill(Worker& worker) {
  std::fprintf(stderr, "killing %s, process %ld, after %.1f MB\n", worker.nodeid.c_str(),
               static_cast<long>(worker.process->pid()), reader_.megabytes_read());
  killed_ = &worker;
  worker.process->kill();
}

// What the worker answered before it was lost has been taken by now: a monitor fires behind all
// messages that came through. What is still unanswered never will be.
void Feeder::lose(Worker& worker, const aemp::Message& reason) {
  std::fprintf(
      stderr,
      "lost %s: %s\n  it had answered %zu lines and held %zu unanswered, to be done again\n",
      worker.nodeid.c_str(), reason.json().c_str(), worker.answered, worker.unanswered.size());
  if (&worker == killed_) kill_counts_ = worker.answered > 0 && !worker.unanswered.empty();
  worker.lost = true;
  node_.kil(worker.answers);
  std::move(worker.unanswered.begin(), worker.unanswered.end(), std::back_inserter(backlog_));
  worker.unanswered.clear();
  bool any = false;
  for (Worker& other : workers_) {
    if (other.lost) continue;
    any = true;
    feed(other);
  }
  if (!any) fail("no worker is left");
}

void Feeder::report(double seconds) {
  for (const Worker& worker : workers_) {
    std::fprintf(stderr, "%s answered %zu lines\n", worker.nodeid.c_str(), worker.answered);
  }
  std::fprintf(stderr, "%zu lines, %.1f MB in %.2f s: %.0f lines/s, %.1f MB/s\n", lines_,
               reader_.megabytes_read(), seconds, static_cast<double>(lines_) / seconds,
               reader_.megabytes_read() / seconds);
  if (round_trips_us_.empty()) return;
  std::sort(round_trips_us_.begin(), round_trips_us_.end());
  const std::size_t n = round_trips_us_.size();
  std::fprintf(stderr, "round trip p50 %u us, p99 %u us, up to %zu lines under way to a worker\n",
               round_trips_us_[n / 2], round_trips_us_[n - 1 - n / 100], kWindow);
}
