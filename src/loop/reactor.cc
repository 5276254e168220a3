// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "loop/reactor.h"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include "base/reserve.h"

namespace aemp {

namespace {

constexpr std::size_t kEvents = 128;

std::uint64_t pack(Reactor::Token token) {
  return std::uint64_t{token.generation} << 32 | token.slot;
}

// A deferred call lies in its record, or on the heap if it was made while a record was open.
using Job = Reactor::Job;

void run_job(void* payload, std::size_t) {
  Job* stored = static_cast<Job*>(payload);
  Job job = std::move(*stored);
  stored->~Job();
  job();
}
void drop_job(void* payload, std::size_t) { static_cast<Job*>(payload)->~Job(); }
constexpr JobOps kJobInline = {run_job, drop_job};

std::unique_ptr<Job> unwrap(void* payload) {
  Job* job;
  std::memcpy(&job, payload, sizeof job);
  return std::unique_ptr<Job>(job);
}
void run_boxed(void* payload, std::size_t) { (*unwrap(payload))(); }
void drop_boxed(void* payload, std::size_t) { unwrap(payload); }
constexpr JobOps kJobBoxed = {run_boxed, drop_boxed};

}  // namespace

Reactor::Reactor(Host& host) : host_(host), poller_(host.poller()) {
  ready_.resize(kEvents);
  jobs_.on_notify([](void* self) { static_cast<Reactor*>(self)->enqueued(); }, this);
}

Reactor::Reactor(std::unique_ptr<Host> host) : Reactor(*host) { owned_host_ = std::move(host); }

Reactor::~Reactor() {
  if (!forked() && !running_) linger();
  // What is destroyed may queue more; it is dropped in turn.
  do {
    drop_posted();
    jobs_.clear();
    reap_all();
    reap_.take(kept_);
  } while (!jobs_.empty() || !reap_.empty() || any_posted_);
}

Reactor::Slot* Reactor::live(Token token) noexcept {
  if (token.slot >= slots_.size()) return nullptr;
  Slot& slot = slots_[token.slot];
  return slot.handler != nullptr && slot.generation == token.generation ? &slot : nullptr;
}

Result<Reactor::Token> Reactor::watch(int fd, std::uint8_t interest, IoHandler* handler) {
  if (free_slots_.empty()) {
    reserve_for(free_slots_, slots_.size() + 1);
    slots_.emplace_back();
    free_slots_.push_back(static_cast<std::uint32_t>(slots_.size() - 1));
  }
  const std::uint32_t index = free_slots_.back();
  Slot& slot = slots_[index];
  const Token token{index, slot.generation};
  Status watched = poller_.watch(fd, pack(token), interest);
  if (!watched.ok()) return watched;
  try {
    make_owner(fd);
  } catch (...) {
    poller_.unwatch(fd);
    throw;
  }
  free_slots_.pop_back();
  slot.handler = handler;
  slot.broken = false;
  slot.fd = fd;
  slot.interest = interest;
  own(token, fd);
  return token;
}

bool Reactor::owns(Token token, int fd) const noexcept {
  return owners_[static_cast<std::size_t>(fd)] == token.slot + 1;
}

void Reactor::make_owner(int fd) {
  const auto index = static_cast<std::size_t>(fd);
  if (fd >= 0 && index >= owners_.size()) owners_.resize(index + 1);
}

void Reactor::own(Token token, int fd) noexcept {
  owners_[static_cast<std::size_t>(fd)] = token.slot + 1;
}

void Reactor::interest(Token token, std::uint8_t interest) {
  const Slot* slot = live(token);
  if (slot == nullptr || slot->interest == interest || !owns(token, slot->fd)) return;
  if (!rewatch(token, interest, nullptr).ok()) {
    live(token)->broken = any_broken_ = true;
    if (notify_) enqueued();
  }
}

Status Reactor::rewatch(Token token, std::uint8_t interest, bool* added) {
  Slot* slot = live(token);
  if (slot == nullptr) return {};
  slot->interest = interest;
  own(token, slot->fd);
  return poller_.watch(slot->fd, pack(token), interest, added);
}

void Reactor::unwatch(Token token) {
  Slot* slot = live(token);
  if (slot == nullptr) return;
  if (owns(token, slot->fd)) {
    poller_.unwatch(slot->fd);
    owners_[static_cast<std::size_t>(slot->fd)] = 0;
  }
  slot->handler = nullptr;
  slot->freed_in = turns_;
  if (++slot->generation == 0) slot->generation = 1;
  free_slots_.push_back(token.slot);
}

void Reactor::arm(TimerNode& node, Nanos deadline) noexcept {
  if (in_turn_) deadline = std::max(deadline, now_);
  timers_.set(node, deadline);
  if (fd_ >= 0 && !in_turn_ && deadline < armed_) {
    armed_ = deadline;
    poller_.arm(deadline);
  }
}

void Reactor::reap(std::unique_ptr<Reaped> dead) noexcept {
  if (dead == nullptr) return;
  dead->unlink();
  reap_.push_back(*dead.release());
  if (notify_) enqueued();
}

void Reactor::keep(Reaped& object) noexcept {
  if (!object.linked()) kept_.push_back(object);
}

void Reactor::defer(Job job) {
  if (job) enqueue(job);
}

// Takes the job when there is memory for it, not before.
void Reactor::enqueue(Job& job) {
  if (jobs_.is_open()) {
    auto boxed = std::make_unique<Job>();
    Job* at = boxed.get();
    jobs_.push(kJobBoxed, &at, sizeof at);
    *boxed.release() = std::move(job);
  } else {
    ::new (jobs_.place(kJobInline, sizeof(Job))) Job(std::move(job));
  }
}

void Reactor::post(Job job) {
  if (!job) return;
  {
    std::lock_guard lock(post_mutex_);
    posted_.push_back(std::move(job));
  }
  any_posted_.store(true);
  poller_.wake();
}

Status Reactor::watch_signal(int signo) {
  Status watched = host_.signals().watch(signo);
  if (watched.ok()) ++signal_watches_;
  return watched;
}

void Reactor::unwatch_signal(int signo) {
  host_.signals().unwatch(signo);
  --signal_watches_;
}

void Reactor::set_error_hook(detail::Function<void(std::string_view)> hook) {
  error_hook_ = std::move(hook);
}

void Reactor::report_exception() noexcept {
  const auto report = [this](std::string_view what) {
    if (error_hook_) {
      error_hook_(what);
    } else {
      std::string line = "aemp: an exception left a callback: ";
      line.append(what);
      host_.console().error_line(line);
    }
  };
  try {
    try {
      throw;
    } catch (const std::exception& error) {
      report(error.what());
    } catch (...) {
      report("unknown exception");
    }
  } catch (...) {
    // A hook that throws: there is nobody left to tell.
    host_.console().error_line("aemp: an exception left the error hook");
  }
}

}  // namespace aemp
