// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// kqueue(2) made of epoll(7) and timerfd(2). The queue's descriptor is an epoll set of two others:
// one whose events are told for as long as they last, one for EV_CLEAR, edge-triggered.
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/event.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "os/sys.h"

namespace aemp::kq {
namespace {

using Key = std::pair<std::uintptr_t, short>;  // ident, filter

struct Knote {
  unsigned short flags = 0;  // EV_CLEAR, EV_ONESHOT
  bool enabled = true;
  void* udata = nullptr;
  dev_t device = 0;  // of the file that the descriptor was
  ino_t inode = 0;
  Fd timer;
};

constexpr std::uint64_t kTimerBit = std::uint64_t{1} << 32;

std::uint32_t bits_of(short filter) {
  return filter == EVFILT_READ ? EPOLLIN | EPOLLRDHUP : EPOLLOUT;
}

class Queue {
 public:
  explicit Queue(int fd) : fd_(fd), pid_(getpid()) {}

  bool open() {
    for (Fd* set : {&level_, &edge_}) {
      *set = Fd(epoll_create1(EPOLL_CLOEXEC));
      if (!set->valid() || control(fd_, EPOLL_CTL_ADD, set->get(), 0, EPOLLIN) != 0) return false;
    }
    return true;
  }
  // False when its descriptor was closed. A child process has none.
  bool alive() const {
    return pid_ == getpid() && control(fd_, EPOLL_CTL_MOD, level_.get(), 0, EPOLLIN) == 0;
  }
  int change(const struct kevent& change);
  int collect(struct kevent* events, int room);

 private:
  static int control(int set, int op, int fd, std::uint64_t data, std::uint32_t bits) {
    epoll_event event{};
    event.events = bits;
    event.data.u64 = data;
    return epoll_ctl(set, op, fd, &event) == 0 ? 0 : errno;
  }
  int add(const Key& key, const struct kevent& change);
  int add_timer(std::uintptr_t ident, Knote& knote, const struct kevent& change);
  void remove(const Key& key);
  void forget_closed(std::uintptr_t ident);
  int apply(std::uintptr_t ident);
  void renew(Fd& set);
  int collect(Fd& set, bool edge, struct kevent* events, int room);
  int tell(const Key& key, std::uint32_t bits, struct kevent* event);

  int fd_;
  pid_t pid_;
  Fd level_, edge_;
  std::map<Key, Knote> knotes_;
  bool writes_first_ = false;
};

// Puts what is wanted of a descriptor into both sets.
int Queue::apply(std::uintptr_t ident) {
  std::uint32_t bits[2] = {0, 0};
  for (const short filter : {short{EVFILT_READ}, short{EVFILT_WRITE}}) {
    const auto it = knotes_.find({ident, filter});
    if (it == knotes_.end() || !it->second.enabled) continue;
    bits[(it->second.flags & EV_CLEAR) != 0] |= bits_of(filter);
  }
  const int fd = static_cast<int>(ident);
  for (int edge = 0; edge < 2; ++edge) {
    const int set = (edge != 0 ? edge_ : level_).get();
    if (bits[edge] == 0) {
      control(set, EPOLL_CTL_DEL, fd, 0, 0);
      continue;
    }
    const std::uint32_t wanted = bits[edge] | (edge != 0 ? std::uint32_t{EPOLLET} : 0u);
    int failed = control(set, EPOLL_CTL_MOD, fd, ident, wanted);
    if (failed == ENOENT) failed = control(set, EPOLL_CTL_ADD, fd, ident, wanted);
    if (failed != 0) return failed;
  }
  return 0;
}

// A set keeps what a duplicate of a closed descriptor has, and has no way to remove it.
void Queue::renew(Fd& set) {
  Fd fresh(epoll_create1(EPOLL_CLOEXEC));
  if (!fresh.valid() || dup3(fresh.get(), set.get(), O_CLOEXEC) < 0) return;
  if (control(fd_, EPOLL_CTL_ADD, set.get(), 0, EPOLLIN) != 0) return;
  for (const auto& [key, knote] : knotes_) {
    if (key.second != EVFILT_TIMER) {
      apply(key.first);
    } else if (&set == &level_) {
      control(set.get(), EPOLL_CTL_ADD, knote.timer.get(), kTimerBit | key.first, EPOLLIN);
    }
  }
}

// A descriptor takes its knotes with it.
void Queue::forget_closed(std::uintptr_t ident) {
  struct stat info {};
  const bool open = fstat(static_cast<int>(ident), &info) == 0;
  for (const short filter : {short{EVFILT_READ}, short{EVFILT_WRITE}}) {
    const auto it = knotes_.find({ident, filter});
    if (it == knotes_.end()) continue;
    if (open && it->second.device == info.st_dev && it->second.inode == info.st_ino) continue;
    knotes_.erase(it);
  }
}

int Queue::add_timer(std::uintptr_t ident, Knote& knote, const struct kevent& change) {
  if (change.data < 0) return EINVAL;
  knote.flags |= EV_CLEAR;
  knote.timer = Fd(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!knote.timer.valid()) return errno;
  itimerspec when{};
  when.it_value.tv_sec = change.data / 1000;
  when.it_value.tv_nsec = change.data % 1000 * 1'000'000;
  if (change.data == 0) when.it_value.tv_nsec = 1;
  if ((change.flags & EV_ONESHOT) == 0) when.it_interval = when.it_value;
  if (timerfd_settime(knote.timer.get(), 0, &when, nullptr) != 0) return errno;
  return control(level_.get(), EPOLL_CTL_ADD, knote.timer.get(), kTimerBit | ident, EPOLLIN);
}

int Queue::add(const Key& key, const struct kevent& change) {
  const auto [it, is_new] = knotes_.try_emplace(key);
  Knote& knote = it->second;
  knote.udata = change.udata;
  int failed = 0;
  if (key.second == EVFILT_TIMER) {
    knote.flags = change.flags & (EV_CLEAR | EV_ONESHOT);
    failed = add_timer(key.first, knote, change);
  } else if (is_new) {
    knote.flags = change.flags & (EV_CLEAR | EV_ONESHOT);
    struct stat info {};
    if (fstat(static_cast<int>(key.first), &info) != 0) failed = errno;
    knote.device = info.st_dev;
    knote.inode = info.st_ino;
  }
  if ((change.flags & EV_DISABLE) != 0) knote.enabled = false;
  if ((change.flags & EV_ENABLE) != 0 || is_new) knote.enabled = (change.flags & EV_DISABLE) == 0;
  if (failed == 0 && key.second != EVFILT_TIMER) failed = apply(key.first);
  if (failed != 0) remove(key);
  return failed;
}

void Queue::remove(const Key& key) {
  knotes_.erase(key);  // a timer is closed and leaves the set by that
  if (key.second != EVFILT_TIMER) apply(key.first);
}

int Queue::change(const struct kevent& change) {
  const Key key{change.ident, change.filter};
  if (change.filter == EVFILT_READ || change.filter == EVFILT_WRITE) {
    if (change.ident > INT_MAX || fcntl(static_cast<int>(change.ident), F_GETFD) < 0) return EBADF;
    forget_closed(change.ident);
  } else if (change.filter != EVFILT_TIMER) {
    return EINVAL;
  }
  if ((change.flags & EV_DELETE) != 0) {
    if (!knotes_.contains(key)) return ENOENT;
    remove(key);
    return 0;
  }
  if ((change.flags & EV_ADD) != 0) return add(key, change);
  const auto it = knotes_.find(key);
  if (it == knotes_.end()) return ENOENT;
  it->second.udata = change.udata;
  if ((change.flags & EV_ENABLE) != 0) it->second.enabled = true;
  if ((change.flags & EV_DISABLE) != 0) it->second.enabled = false;
  return key.second == EVFILT_TIMER ? 0 : apply(key.first);
}

// 1 if there is something to tell of the filter.
int Queue::tell(const Key& key, std::uint32_t bits, struct kevent* event) {
  const auto it = knotes_.find(key);
  if (it == knotes_.end() || !it->second.enabled) return 0;
  const bool reads = key.second == EVFILT_READ;
  if (key.second != EVFILT_TIMER) {
    const std::uint32_t all = (reads ? EPOLLIN | EPOLLRDHUP : EPOLLOUT) | EPOLLHUP | EPOLLERR;
    if ((bits & all) == 0) return 0;
  }
  *event = {};
  event->ident = key.first;
  event->filter = key.second;
  event->flags = it->second.flags;
  event->udata = it->second.udata;
  if (key.second == EVFILT_TIMER) {
    std::uint64_t times = 0;
    if (::read(it->second.timer.get(), &times, sizeof times) != sizeof times) return 0;
    event->data = static_cast<std::intptr_t>(times);
  } else {
    int size = 0;
    ioctl(static_cast<int>(key.first), reads ? FIONREAD : TIOCOUTQ, &size);
    event->data = size;
    const std::uint32_t end = reads ? EPOLLHUP | EPOLLRDHUP | EPOLLERR : EPOLLHUP | EPOLLERR;
    if ((bits & end) != 0) event->flags |= EV_EOF;
    if ((bits & EPOLLERR) != 0 && (bits & EPOLLHUP) != 0) event->fflags = ECONNRESET;
  }
  if ((it->second.flags & EV_ONESHOT) != 0) remove(key);
  return 1;
}

int Queue::collect(Fd& set, bool edge, struct kevent* events, int room) {
  epoll_event found[64];
  if (room < 1) return 0;
  // A descriptor may have two events.
  const int n = epoll_wait(set.get(), found, std::clamp(room / 2, 1, 64), 0);
  int count = 0;
  bool orphans = false;
  for (int i = 0; i < n && count < room; ++i) {
    const std::uint64_t data = found[i].data.u64;
    if ((data & kTimerBit) != 0) {
      count += tell({data & ~kTimerBit, EVFILT_TIMER}, found[i].events, events + count);
      continue;
    }
    forget_closed(data);
    orphans |= !knotes_.contains({data, EVFILT_READ}) && !knotes_.contains({data, EVFILT_WRITE});
    // With room for one the other one comes first next time.
    writes_first_ = !writes_first_;
    for (int half = 0; half < 2; ++half) {
      const short filter = (half == 0) == writes_first_ ? EVFILT_WRITE : EVFILT_READ;
      const auto it = knotes_.find({data, filter});
      if (it == knotes_.end() || ((it->second.flags & EV_CLEAR) != 0) != edge) continue;
      if (count < room) count += tell({data, filter}, found[i].events, events + count);
    }
  }
  if (orphans) renew(set);
  return count;
}

int Queue::collect(struct kevent* events, int room) {
  const int count = collect(edge_, true, events, room);
  return count + collect(level_, false, events + count, room - count);
}

std::mutex mutex;
std::map<int, std::shared_ptr<Queue>> queues;

std::shared_ptr<Queue> find(int fd) {
  const std::lock_guard lock(mutex);
  const auto it = queues.find(fd);
  if (it == queues.end()) return nullptr;
  if (it->second->alive()) return it->second;
  queues.erase(it);
  return nullptr;
}

int milliseconds(const timespec& span) {
  const long long ms = span.tv_sec * 1000LL + (span.tv_nsec + 999'999) / 1'000'000;
  return static_cast<int>(std::min<long long>(ms, INT_MAX));
}

}  // namespace
}  // namespace aemp::kq

using namespace aemp::kq;

int kqueue() {
  const int fd = epoll_create1(0);
  if (fd < 0) return -1;
  auto queue = std::make_shared<Queue>(fd);
  if (!queue->open()) {
    const int failed = errno;
    close(fd);
    errno = failed;
    return -1;
  }
  const std::lock_guard lock(mutex);
  std::erase_if(queues, [](const auto& entry) { return !entry.second->alive(); });
  queues[fd] = std::move(queue);
  return fd;
}

int kevent(int fd, const struct kevent* changes, int change_count, struct kevent* events,
           int event_count, const timespec* timeout) {
  const auto fail = [](int error) {
    errno = error;
    return -1;
  };
  const std::shared_ptr<Queue> queue = find(fd);
  if (queue == nullptr) return fail(EBADF);
  if (change_count < 0 || event_count < 0) return fail(EINVAL);
  if (timeout != nullptr &&
      (timeout->tv_sec < 0 || timeout->tv_nsec < 0 || timeout->tv_nsec >= 1'000'000'000)) {
    return fail(EINVAL);
  }
  int count = 0;
  for (int i = 0; i < change_count; ++i) {
    const int failed = queue->change(changes[i]);
    if (failed == 0 && (changes[i].flags & EV_RECEIPT) == 0) continue;
    if (count == event_count) {
      if (failed == 0) continue;
      return fail(failed);
    }
    events[count] = changes[i];
    events[count].flags = EV_ERROR;
    events[count++].data = failed;
  }
  if (count > 0 || event_count == 0) return count;
  // What a set had to say may be of no interest by now: then the wait goes on.
  for (;;) {
    count = queue->collect(events, event_count);
    if (count > 0) return count;
    epoll_event ready[2];
    const int n = epoll_wait(fd, ready, 2, timeout == nullptr ? -1 : milliseconds(*timeout));
    if (n < 0) return -1;
    if (n == 0) return 0;
    count = queue->collect(events, event_count);
    if (count > 0) return count;
    if (timeout != nullptr) return 0;
  }
}
