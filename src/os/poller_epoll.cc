// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <string>
#include <vector>

#include "base/fill_in.h"
#include "os/poller_backend.h"
#include "os/sys.h"

namespace aemp {

namespace {

constexpr std::uint64_t kTimerToken = 1;
constexpr std::size_t kBatch = 128;

std::uint32_t epoll_bits(std::uint8_t interest) {
  // A hangup is reported unasked. Edge-triggered, it does not keep the loop from sleeping while
  // nobody reads.
  if (interest == 0) return EPOLLET;
  return ((interest & kReadable) != 0 ? EPOLLIN : 0u) |
         ((interest & kWritable) != 0 ? EPOLLOUT : 0u);
}

std::uint8_t ready_bits(std::uint32_t events) {
  const int bits =
      ((events & EPOLLIN) != 0 ? kReadable : 0) | ((events & EPOLLOUT) != 0 ? kWritable : 0) |
      ((events & EPOLLHUP) != 0 ? kHangup : 0) | ((events & EPOLLERR) != 0 ? kError : 0);
  return static_cast<std::uint8_t>(bits);
}

int to_milliseconds(Nanos timeout) {
  if (timeout < 0) return -1;
  return static_cast<int>(std::min<Nanos>(units_of(timeout, kMillisecond), INT_MAX));
}

Status refuse(int fd, int sys_errno) {
  return system_error(sys_errno, fill_in("cannot watch descriptor %", {fd}));
}

class EpollPoller final : public Poller {
 public:
  explicit EpollPoller(const ForkGuard& fork) : fork_(fork) {}

  Status open();
  Status watch(int fd, std::uint64_t token, std::uint8_t interest, bool* added) override;
  void unwatch(int fd) override;
  void purge_orphans() override;
  int wait(Nanos timeout, std::span<Ready> ready) override;
  void wake() override;
  Result<int> descriptor() override;
  void arm(Nanos deadline) override;

 private:
  // What a descriptor was last watched for, by its number.
  struct Watched {
    std::uint64_t token = 0;
    std::uint8_t interest = 0;
    bool used = false;
  };

  static int control(int epoll, int op, int fd, std::uint64_t token, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = token;
    return epoll_ctl(epoll, op, fd, &event);
  }
  void drain_wakes();

  const ForkGuard& fork_;
  Fd epoll_;
  Fd event_;
  Fd timer_;
  std::atomic<bool> wake_pending_{false};
  std::vector<Watched> watched_;
};

Status EpollPoller::open() {
  epoll_ = Fd(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll_.valid()) return system_error(errno, "cannot create an epoll descriptor");
  event_ = Fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event_.valid()) return system_error(errno, "cannot create an eventfd");
  if (control(epoll_.get(), EPOLL_CTL_ADD, event_.get(), kWakeToken, EPOLLIN) != 0) {
    return system_error(errno, "cannot watch an eventfd");
  }
  return {};
}

Status EpollPoller::watch(int fd, std::uint64_t token, std::uint8_t interest, bool* added) {
  if (fork_.forked()) return {};
  const auto index = static_cast<std::size_t>(fd);
  if (index >= watched_.size()) {
    if (!is_open(fd)) return refuse(fd, EBADF);
    watched_.resize(index + 1);
  }
  Watched& watched = watched_[index];
  const std::uint32_t bits = epoll_bits(interest);
  bool adds = !watched.used;
  int rc = control(epoll_.get(), adds ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, token, bits);
  if (rc != 0 && errno == (adds ? EEXIST : ENOENT)) {
    adds = !adds;
    rc = control(epoll_.get(), adds ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, token, bits);
  }
  if (rc != 0) {
    const int failed = errno;
    watched.used = false;
    return refuse(fd, failed);
  }
  watched = {token, interest, true};
  if (added != nullptr) *added = adds;
  return {};
}

void EpollPoller::unwatch(int fd) {
  const auto index = static_cast<std::size_t>(fd);
  if (fork_.forked() || fd < 0 || index >= watched_.size() || !watched_[index].used) return;
  watched_[index].used = false;
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

void EpollPoller::purge_orphans() {
  // A foreign loop may hold the descriptor in an epoll set of its own, which would lose it in
  // silence. Better busy than deaf.
  if (fork_.forked() || timer_.valid()) return;
  Fd fresh(epoll_create1(EPOLL_CLOEXEC));
  if (!fresh.valid()) return;
  if (control(fresh.get(), EPOLL_CTL_ADD, event_.get(), kWakeToken, EPOLLIN) != 0) return;
  for (std::size_t fd = 0; fd < watched_.size(); ++fd) {
    const Watched& watched = watched_[fd];
    if (!watched.used) continue;
    const std::uint32_t bits = epoll_bits(watched.interest);
    const int rc = control(fresh.get(), EPOLL_CTL_ADD, static_cast<int>(fd), watched.token, bits);
    if (rc != 0 && errno != EBADF) return;
  }
  epoll_ = std::move(fresh);
}

int EpollPoller::wait(Nanos timeout, std::span<Ready> ready) {
  if (fork_.forked()) return 0;
  epoll_event events[kBatch];
  const int max = static_cast<int>(std::min(ready.size(), kBatch));
  const int n = epoll_wait(epoll_.get(), events, max, to_milliseconds(timeout));
  if (n < 0) return errno == EINTR ? 0 : -errno;
  int count = 0;
  for (int i = 0; i < n; ++i) {
    const std::uint64_t token = events[i].data.u64;
    if (token == kTimerToken) continue;
    if (token == kWakeToken) drain_wakes();
    const std::uint8_t bits = token == kWakeToken ? std::uint8_t{0} : ready_bits(events[i].events);
    ready[static_cast<std::size_t>(count++)] = {token, bits};
  }
  return count;
}

void EpollPoller::wake() {
  if (fork_.forked() || wake_pending_.exchange(true)) return;
  const int saved = errno;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(event_.get(), &one, sizeof one);
  errno = saved;
}

void EpollPoller::drain_wakes() {
  std::uint64_t count;
  [[maybe_unused]] const auto got = ::read(event_.get(), &count, sizeof count);
  // After the read: what was announced before it is looked for after this wait.
  wake_pending_.store(false);
}

Result<int> EpollPoller::descriptor() {
  if (!timer_.valid() && !fork_.forked()) {
    Fd timer(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
    if (!timer.valid()) return system_error(errno, "cannot create a timerfd");
    if (control(epoll_.get(), EPOLL_CTL_ADD, timer.get(), kTimerToken, EPOLLIN) != 0) {
      return system_error(errno, "cannot watch a timerfd");
    }
    timer_ = std::move(timer);
  }
  return epoll_.get();
}

void EpollPoller::arm(Nanos deadline) {
  if (!timer_.valid() || fork_.forked()) return;
  itimerspec when{};
  if (deadline != kNever) {
    // All zero would disarm.
    deadline = std::max<Nanos>(deadline, 1);
    when.it_value.tv_sec = static_cast<time_t>(deadline / kSecond);
    when.it_value.tv_nsec = static_cast<long>(deadline % kSecond);
  }
  timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
}

}  // namespace

Result<std::unique_ptr<Poller>> make_poller(const ForkGuard& fork) {
  auto poller = std::make_unique<EpollPoller>(fork);
  Status opened = poller->open();
  if (!opened.ok()) return opened;
  return std::unique_ptr<Poller>(std::move(poller));
}

}  // namespace aemp
