// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "os/signals.h"

#include <sched.h>
#include <signal.h>

#include <atomic>
#include <cerrno>
#include <mutex>
#include <string>

#include "base/fill_in.h"
#include "os/sys.h"

namespace aemp {

namespace {

constexpr int kMaxSignal = 64;

}  // namespace

// Never freed, since a handler may be looking at it.
struct SignalRecord {
  std::atomic<std::uint64_t> watched{0};  // bit signo - 1
  std::atomic<std::uint64_t> arrived{0};
  std::atomic<Poller*> poller{nullptr};  // null: free for reuse
  int counts[kMaxSignal + 1] = {};
  SignalRecord* next = nullptr;
};

namespace {

std::atomic<SignalRecord*> records{nullptr};
std::atomic<int> handlers_running{0};

// The rest is protected by `mutex`.
std::mutex mutex;
int watches[kMaxSignal + 1];
struct sigaction previous[kMaxSignal + 1];

constexpr std::uint64_t bit(int signo) { return std::uint64_t{1} << (signo - 1); }

void handle(int signo) {
  const int saved = errno;
  handlers_running.fetch_add(1);
  for (SignalRecord* record = records.load(); record != nullptr; record = record->next) {
    if ((record->watched.load() & bit(signo)) == 0) continue;
    record->arrived.fetch_or(bit(signo));
    if (Poller* poller = record->poller.load()) poller->wake();
  }
  handlers_running.fetch_sub(1);
  errno = saved;
}

SignalRecord* take_record(Poller& poller) {
  SignalRecord* record = records.load();
  while (record != nullptr && record->poller.load() != nullptr) record = record->next;
  if (record == nullptr) {
    record = new SignalRecord;
    record->next = records.load();
    records.store(record);
  }
  record->arrived.store(0);
  record->poller.store(&poller);
  return record;
}

int install(int signo) {
  struct sigaction action {};
  action.sa_handler = handle;
  action.sa_flags = SA_RESTART | SA_ONSTACK;
  sigfillset(&action.sa_mask);
  return sigaction(signo, &action, &previous[signo]) == 0 ? 0 : errno;
}

// Somebody who put a handler over ours keeps it.
void uninstall(int signo) {
  struct sigaction now {};
  if (sigaction(signo, nullptr, &now) != 0 || now.sa_handler != handle) return;
  sigaction(signo, &previous[signo], nullptr);
}

void end_watch(SignalRecord& record, int signo) {
  if (--record.counts[signo] > 0) return;
  record.watched.fetch_and(~bit(signo));
  record.arrived.fetch_and(~bit(signo));
  if (--watches[signo] == 0) uninstall(signo);
}

}  // namespace

Status UnixSignals::watch(int signo) {
  const auto refuse = [signo](int sys_errno) {
    return system_error(sys_errno, fill_in("cannot watch signal %", {signo}));
  };
  if (signo < 1 || signo > kMaxSignal) return refuse(EINVAL);
  if (fork_.forked()) return {};
  std::lock_guard lock(mutex);
  if (watches[signo] == 0) {
    if (const int failed = install(signo)) return refuse(failed);
  }
  if (record_ == nullptr) record_ = take_record(poller_);
  if (record_->counts[signo]++ == 0) {
    ++watches[signo];
    record_->watched.fetch_or(bit(signo));
  }
  return {};
}

void UnixSignals::unwatch(int signo) {
  if (fork_.forked() || record_ == nullptr || record_->counts[signo] == 0) return;
  std::lock_guard lock(mutex);
  end_watch(*record_, signo);
}

std::uint64_t UnixSignals::take() {
  return record_ != nullptr && record_->arrived.load() != 0 ? record_->arrived.exchange(0) : 0;
}

UnixSignals::~UnixSignals() {
  // In a forked child, whoever held the lock or ran the handler does not exist.
  if (record_ == nullptr || fork_.forked()) return;
  std::lock_guard lock(mutex);
  for (int signo = 1; signo <= kMaxSignal; ++signo) {
    if (record_->counts[signo] == 0) continue;
    record_->counts[signo] = 1;
    end_watch(*record_, signo);
  }
  // A handler in another thread may still be about to wake the poller.
  while (handlers_running.load() != 0) sched_yield();
  record_->poller.store(nullptr);
}

}  // namespace aemp
