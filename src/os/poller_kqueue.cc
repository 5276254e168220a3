// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// kqueue(2) as the BSDs and macOS have it in common: EVFILT_READ, EVFILT_WRITE, EVFILT_TIMER with
// relative milliseconds; no EVFILT_USER and no EV_RECEIPT.
#include <fcntl.h>
#include <sys/event.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "base/fill_in.h"
#include "base/reserve.h"
#include "os/platform.h"
#include "os/poller_backend.h"
#include "os/sys.h"

namespace aemp {

namespace {

constexpr std::size_t kBatch = 128;
constexpr std::uintptr_t kTimerIdent = 1;
// Longer times are refused by some systems. Who waits that long is woken once a day.
constexpr Nanos kLongest = 24 * 3600 * kSecond;

Nanos to_milliseconds(Nanos span) {
  return units_of(std::clamp<Nanos>(span, 0, kLongest), kMillisecond);
}

// Whether nothing more comes in, be there something left to read or not. A queue of its own is
// asked: the poller's would answer with all that it has. Without one, a hangup too much is better
// than one too few.
bool input_ended(int fd) noexcept {
  const Fd queue(kqueue());
  struct kevent one {};
  EV_SET(&one, static_cast<std::uintptr_t>(fd), EVFILT_READ, EV_ADD, 0, 0, 0);
  const timespec at_once{};
  const int n = kevent(queue.get(), &one, 1, &one, 1, &at_once);
  return n < 0 || (n == 1 && (one.flags & (EV_EOF | EV_ERROR)) != 0);
}

Status refuse(int fd, int sys_errno) {
  return system_error(sys_errno, fill_in("cannot watch descriptor %", {fd}));
}

// Readable while it holds a byte.
class Flag {
 public:
  bool open() {
    int ends[2];
    if (platform::open_pipe(ends) != 0) return false;
    out_ = Fd(ends[0]);
    in_ = Fd(ends[1]);
    return true;
  }
  bool valid() const noexcept { return out_.valid(); }
  int fd() const noexcept { return out_.get(); }
  void raise() const noexcept {
    const char byte = 1;
    [[maybe_unused]] const auto written = ::write(in_.get(), &byte, 1);
  }
  void lower() const noexcept {
    char bytes[16];
    while (::read(out_.get(), bytes, sizeof bytes) > 0) {
    }
  }

 private:
  Fd out_, in_;
};

class KqueuePoller final : public Poller {
 public:
  explicit KqueuePoller(const ForkGuard& fork) : fork_(fork) {}
  ~KqueuePoller() override {
    // A child does not inherit the queue: the number is free there, or another file's.
    if (fork_.forked()) queue_.release();
  }

  Status open();
  Status watch(int fd, std::uint64_t token, std::uint8_t interest, bool* added) override;
  void unwatch(int fd) override;
  void purge_orphans() override {}  // closing a descriptor ends its events, whoever has duplicates
  int wait(Nanos timeout, std::span<Ready> ready) override;
  void wake() override;
  Result<int> descriptor() override;
  void arm(Nanos deadline) override;

 private:
  // How a filter is registered. edge: for the news that nobody reads any more. mark: disabled; it
  // goes with its file, and so tells whether the number is still the same one's.
  enum class Mode : std::uint8_t { off, level, edge, mark };
  // A descriptor, by its number.
  struct Watched {
    std::uint64_t token = 0;
    Mode read = Mode::off;
    Mode write = Mode::off;
    std::uint64_t turn = 0;  // in which `place` is where it is in the answer
    std::uint32_t place = 0;
    bool is_socket = false;
    bool wants_write = false;
    bool refused = false;  // is in refused_
    bool used() const noexcept { return read != Mode::off || write != Mode::off; }
  };

  // One change; 0 or errno.
  int change(std::uintptr_t ident, short filter, unsigned flags, Nanos data = 0) const noexcept;
  int set(int fd, short filter, Mode& now, Mode wanted) const noexcept;
  bool is_same(int fd, const Watched& watched) const noexcept;
  Status examine(int fd, Watched& watched) const;
  static std::uint8_t ready_bits(const struct kevent& event, const Watched& watched) noexcept;
  void add(Watched& watched, std::uint8_t bits, std::span<Ready> ready,
           std::uint32_t& count) const noexcept;
  void add_refused(std::span<Ready> ready, std::uint32_t& count) noexcept;
  void forget_refusal(int fd, Watched& watched) noexcept;
  void start_timer() noexcept;
  void show_due() const noexcept;
  void drain_wakes() noexcept;

  const ForkGuard& fork_;
  Fd queue_;
  Flag wakes_;
  std::atomic<bool> wake_pending_{false};
  // Opened by descriptor(): raised from arm()'s time until the next arm(), and while refused_ has
  // something to report.
  Flag due_;
  Nanos deadline_ = kNever;
  bool timer_runs_ = false;
  std::uint64_t turn_ = 0;
  std::vector<Watched> watched_;
  // Descriptors that could not be registered for writing because nobody reads any more, as long as
  // that is to be reported: once without interest, else by each wait.
  std::vector<int> refused_;
};

int KqueuePoller::change(std::uintptr_t ident, short filter, unsigned flags,
                         Nanos data) const noexcept {
  struct kevent one {};
  EV_SET(&one, ident, filter, static_cast<unsigned short>(flags), 0,
         static_cast<decltype(one.data)>(data), 0);
  for (;;) {
    // With no room for an answer the error of the change is that of the call.
    if (kevent(queue_.get(), &one, 1, nullptr, 0, nullptr) >= 0) return 0;
    if (errno != EINTR) return errno;
  }
}

// An event keeps EV_CLEAR for as long as it is registered.
int KqueuePoller::set(int fd, short filter, Mode& now, Mode wanted) const noexcept {
  if (now == wanted) return 0;
  const auto ident = static_cast<std::uintptr_t>(fd);
  if (now != Mode::off) {
    const int failed = change(ident, filter, EV_DELETE);
    if (failed != 0 && failed != ENOENT) return failed;
    now = Mode::off;
  }
  if (wanted == Mode::off) return 0;
  const unsigned how = wanted == Mode::edge ? EV_CLEAR : wanted == Mode::mark ? EV_DISABLE : 0;
  const int failed = change(ident, filter, EV_ADD | how);
  if (failed == 0) now = wanted;
  return failed;
}

Status KqueuePoller::open() {
  queue_ = Fd(kqueue());
  if (!queue_.valid()) return system_error(errno, "cannot create a kqueue descriptor");
  // A child process inherits none, but a program executed without a fork would.
  fcntl(queue_.get(), F_SETFD, FD_CLOEXEC);
  if (!wakes_.open()) return system_error(errno, "cannot create a pipe");
  const int failed = change(static_cast<std::uintptr_t>(wakes_.fd()), EVFILT_READ, EV_ADD);
  return failed == 0 ? Status() : system_error(failed, "cannot watch a pipe");
}

// Events vanish with the descriptor that they are of: then there is nothing to set as it is.
bool KqueuePoller::is_same(int fd, const Watched& watched) const noexcept {
  const short filter = watched.read != Mode::off ? EVFILT_READ : EVFILT_WRITE;
  const unsigned as_it_is = watched.read == Mode::mark ? EV_DISABLE : EV_ENABLE;
  return change(static_cast<std::uintptr_t>(fd), filter, as_it_is) == 0;
}

// A file that was not watched before.
Status KqueuePoller::examine(int fd, Watched& watched) const {
  watched.read = watched.write = Mode::off;
  struct stat info {};
  if (fstat(fd, &info) != 0) return refuse(fd, errno);
  // What can always be read and written is no matter for a poller: epoll refuses it likewise.
  if (S_ISREG(info.st_mode) || S_ISDIR(info.st_mode)) return refuse(fd, EPERM);
  watched.is_socket = S_ISSOCK(info.st_mode);
  return {};
}

Status KqueuePoller::watch(int fd, std::uint64_t token, std::uint8_t interest, bool* added) {
  if (fork_.forked()) return {};
  const auto index = static_cast<std::size_t>(fd);
  if (index >= watched_.size()) {
    if (!is_open(fd)) return refuse(fd, EBADF);
    watched_.resize(index + 1);
  }
  reserve_one(refused_);
  Watched& watched = watched_[index];
  const bool adds = !watched.used() || !is_same(fd, watched);
  forget_refusal(fd, watched);
  if (adds) {
    Status examined = examine(fd, watched);
    if (!examined.ok()) return examined;
  }
  const Mode read = (interest & kReadable) != 0 ? Mode::level : Mode::off;
  const Mode write = (interest & kWritable) != 0 ? Mode::level
                     : interest == 0             ? Mode::edge
                                                 : Mode::off;
  // What is wanted comes first: between two events of one descriptor it is never unknown.
  int failed = read != Mode::off ? set(fd, EVFILT_READ, watched.read, read) : 0;
  if (failed == 0) failed = set(fd, EVFILT_WRITE, watched.write, write);
  // If a pipe has no reader, FreeBSD and macOS say so, instead of an event; so does NetBSD, which
  // calls an open descriptor a bad one then.
  if (failed == EPIPE || (failed == EBADF && is_open(fd))) {
    refused_.push_back(fd);
    watched.refused = true;
    show_due();
    failed = set(fd, EVFILT_READ, watched.read, read == Mode::off ? Mode::mark : read);
  } else if (failed == 0) {
    failed = set(fd, EVFILT_READ, watched.read, read);
  }
  if (failed != 0) {
    unwatch(fd);
    return refuse(fd, failed);
  }
  watched.token = token;
  watched.wants_write = (interest & kWritable) != 0;
  if (added != nullptr) *added = adds;
  return {};
}

void KqueuePoller::unwatch(int fd) {
  const auto index = static_cast<std::size_t>(fd);
  if (fork_.forked() || fd < 0 || index >= watched_.size()) return;
  Watched& watched = watched_[index];
  set(fd, EVFILT_READ, watched.read, Mode::off);
  set(fd, EVFILT_WRITE, watched.write, Mode::off);
  watched.read = watched.write = Mode::off;
  forget_refusal(fd, watched);
}

void KqueuePoller::forget_refusal(int fd, Watched& watched) noexcept {
  if (!std::exchange(watched.refused, false)) return;
  std::erase(refused_, fd);
  show_due();
}

// The end of what comes in is read like what came before it. That of what goes out may be the
// program's own shutdown(2) of a socket: only both are a hangup.
std::uint8_t KqueuePoller::ready_bits(const struct kevent& event, const Watched& watched) noexcept {
  const bool ended = (event.flags & EV_EOF) != 0;
  unsigned bits = 0;
  if (event.filter == EVFILT_READ) bits = kReadable;
  if (event.filter == EVFILT_WRITE) {
    const bool over = ended && (!watched.is_socket || input_ended(static_cast<int>(event.ident)));
    bits = (watched.wants_write ? kWritable : 0u) | (over ? kHangup : 0u);
  }
  if ((ended && event.fflags != 0) || (event.flags & EV_ERROR) != 0) bits |= kError;
  return static_cast<std::uint8_t>(bits);
}

int KqueuePoller::wait(Nanos timeout, std::span<Ready> ready) {
  if (fork_.forked()) return 0;
  struct kevent events[kBatch];
  const int max = static_cast<int>(std::min(ready.size(), kBatch));
  timespec limit{};
  if (!refused_.empty()) timeout = 0;
  if (timeout >= 0) {
    const Nanos ms = to_milliseconds(timeout);
    limit.tv_sec = static_cast<time_t>(ms / 1000);
    limit.tv_nsec = static_cast<long>(ms % 1000 * kMillisecond);
  }
  const int n = kevent(queue_.get(), nullptr, 0, events, max, timeout >= 0 ? &limit : nullptr);
  if (n < 0) return errno == EINTR ? 0 : -errno;
  ++turn_;
  std::uint32_t count = 0;
  for (int i = 0; i < n; ++i) {
    const struct kevent& event = events[i];
    if (event.filter == EVFILT_TIMER) {
      if (timer_runs_) start_timer();
      continue;
    }
    const auto fd = static_cast<std::size_t>(event.ident);
    if (static_cast<int>(fd) == wakes_.fd()) {
      drain_wakes();
      ready[count++] = {kWakeToken, 0};
      continue;
    }
    if (fd >= watched_.size() || !watched_[fd].used()) continue;
    Watched& watched = watched_[fd];
    const std::uint8_t bits = ready_bits(event, watched);
    if (bits != 0) add(watched, bits, ready, count);
  }
  add_refused(ready, count);
  return static_cast<int>(count);
}

// One answer for each descriptor.
void KqueuePoller::add(Watched& watched, std::uint8_t bits, std::span<Ready> ready,
                       std::uint32_t& count) const noexcept {
  if (watched.turn != turn_) {
    watched.turn = turn_;
    watched.place = count;
    ready[count++] = {watched.token, 0};
  }
  ready[watched.place].events |= bits;
}

void KqueuePoller::add_refused(std::span<Ready> ready, std::uint32_t& count) noexcept {
  const std::size_t before = refused_.size();
  std::erase_if(refused_, [&](int fd) {
    Watched& watched = watched_[static_cast<std::size_t>(fd)];
    if (count == ready.size() && watched.turn != turn_) return false;
    add(watched, watched.wants_write ? kHangup | kWritable : kHangup, ready, count);
    watched.refused = watched.wants_write;
    return !watched.refused;
  });
  if (refused_.size() != before) show_due();
}

void KqueuePoller::wake() {
  if (fork_.forked() || wake_pending_.exchange(true)) return;
  const int saved = errno;
  wakes_.raise();
  errno = saved;
}

void KqueuePoller::drain_wakes() noexcept {
  wakes_.lower();
  // After the read: what was announced before it is looked for after this wait.
  wake_pending_.store(false);
}

Result<int> KqueuePoller::descriptor() {
  if (!due_.valid() && !fork_.forked()) {
    Flag due;
    if (!due.open()) return system_error(errno, "cannot create a pipe");
    const int failed = change(static_cast<std::uintptr_t>(due.fd()), EVFILT_READ, EV_ADD);
    if (failed != 0) return system_error(failed, "cannot watch a pipe");
    due_ = std::move(due);
    show_due();
  }
  return queue_.get();
}

void KqueuePoller::arm(Nanos deadline) {
  if (!due_.valid() || fork_.forked()) return;
  if (timer_runs_) change(kTimerIdent, EVFILT_TIMER, EV_DELETE);
  timer_runs_ = false;
  deadline_ = deadline;
  start_timer();
}

// Late rather than never: without a timer the descriptor is readable at once.
void KqueuePoller::start_timer() noexcept {
  const Nanos left = deadline_ == kNever ? 0 : deadline_ - read_clock(CLOCK_MONOTONIC);
  timer_runs_ = left > 0 &&
                change(kTimerIdent, EVFILT_TIMER, EV_ADD | EV_ONESHOT, to_milliseconds(left)) == 0;
  show_due();
}

void KqueuePoller::show_due() const noexcept {
  if (!due_.valid()) return;
  due_.lower();
  if (!refused_.empty() || (deadline_ != kNever && !timer_runs_)) due_.raise();
}

}  // namespace

Result<std::unique_ptr<Poller>> make_poller(const ForkGuard& fork) {
  auto poller = std::make_unique<KqueuePoller>(fork);
  Status opened = poller->open();
  if (!opened.ok()) return opened;
  return std::unique_ptr<Poller>(std::move(poller));
}

}  // namespace aemp
