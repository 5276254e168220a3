// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// kqueue(2) and kevent(2) after their man pages, on epoll, timerfd and eventfd. What differs:
//
//   - the error in fflags is a guess from the state of the socket, since Linux tells a pending
//     error only by taking it away;
//   - a kevent goes with its descriptor only if that is closed by a call of close or dup2 that was
//     linked with --wrap, not in a system call of another kind;
//   - EVFILT_READ on a plain file is ready until the end of the file and is not triggered again;
//   - NOTE_LOWAT and units of timers other than milliseconds are not there.
#include "support/kqueue.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/event.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

extern "C" {
int __real_close(int fd);
int __real_dup2(int from, int to);
int __wrap_close(int fd);
int __wrap_dup2(int from, int to);
}

namespace {

using Kevent = struct kevent;

std::atomic<int> error_without_reader{EPIPE};

// A kernel's memory is not that of the process, which tests count and refuse.
template <class T>
struct KernelMemory {
  using value_type = T;
  KernelMemory() = default;
  template <class U>
  KernelMemory(const KernelMemory<U>&) {}
  T* allocate(std::size_t count) {
    void* const made = std::malloc(count * sizeof(T));
    if (made == nullptr) throw std::bad_alloc();
    return static_cast<T*>(made);
  }
  void deallocate(T* at, std::size_t) { std::free(at); }
  bool operator==(const KernelMemory&) const { return true; }
};

template <class K, class V>
using Map = std::map<K, V, std::less<K>, KernelMemory<std::pair<const K, V>>>;

bool of_descriptor(short filter) { return filter == EVFILT_READ || filter == EVFILT_WRITE; }

template <class T>
T option(int fd, int name, T otherwise) {
  T value{};
  socklen_t size = sizeof value;
  return getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : otherwise;
}

bool connected(int fd) {
  sockaddr_storage name;
  socklen_t size = sizeof name;
  return getpeername(fd, reinterpret_cast<sockaddr*>(&name), &size) == 0;
}

intptr_t count_of(int fd, unsigned long request) {
  int count = 0;
  return ioctl(fd, request, &count) == 0 ? count : 0;
}

struct Knote {
  Kevent event{};  // as added; flags: EV_ONESHOT, EV_CLEAR
  bool enabled = false;
  bool is_socket = false, is_listener = false, is_stream = false, is_file = false;
  int proxy = -1;  // timerfd, or for plain files an eventfd that is always readable

  Knote() = default;
  Knote(const Knote&) = delete;
  Knote& operator=(const Knote&) = delete;
  ~Knote() {
    if (proxy >= 0) __real_close(proxy);
  }
  int fd() const { return static_cast<int>(event.ident); }
  int polled() const { return proxy >= 0 ? proxy : fd(); }
};

// The descriptor that the program has is an epoll set of two: an epoll set has room for one entry
// per descriptor, and there are two filters.
class Kqueue {
 public:
  Kqueue() : outer_(epoll_create1(0)) {
    for (int& set : sets_) {
      set = epoll_create1(EPOLL_CLOEXEC);
      epoll_event event{};
      event.events = EPOLLIN;
      epoll_ctl(outer_, EPOLL_CTL_ADD, set, &event);
    }
  }
  // The outer one belongs to the program.
  ~Kqueue() {
    for (const int set : sets_) __real_close(set);
  }
  Kqueue(const Kqueue&) = delete;
  Kqueue& operator=(const Kqueue&) = delete;

  int outer() const { return outer_; }
  bool valid() const { return outer_ >= 0 && sets_[0] >= 0 && sets_[1] >= 0; }

  int apply(const Kevent& change);
  int collect(Kevent* events, int room);
  void closed(int fd) {
    drop({EVFILT_READ, static_cast<uintptr_t>(fd)});
    drop({EVFILT_WRITE, static_cast<uintptr_t>(fd)});
  }

 private:
  using Key = std::pair<short, uintptr_t>;

  int set_of(const Knote& note) const { return sets_[note.event.filter == EVFILT_WRITE ? 1 : 0]; }
  int prepare(Knote& note) const;
  int start(Key key, const Kevent& change);
  int enable(Knote& note, uint64_t id);
  void disable(Knote& note);
  void drop(Key key);
  static int set_timer(const Knote& note);
  bool fill(const Knote& note, uint32_t ready, Kevent& out) const;
  static void fill_read(const Knote& note, uint32_t ready, Kevent& out);
  static void fill_write(const Knote& note, uint32_t ready, Kevent& out);

  const int error_without_reader_ = error_without_reader;
  int outer_;
  std::array<int, 2> sets_{-1, -1};
  Map<Key, uint64_t> ids_;
  Map<uint64_t, Knote> notes_;
  uint64_t last_id_ = 0;
  std::size_t first_set_ = 0;
};

int Kqueue::apply(const Kevent& change) {
  if (!of_descriptor(change.filter) && change.filter != EVFILT_TIMER) return EINVAL;
  if (of_descriptor(change.filter) &&
      (change.ident > INT_MAX || fcntl(static_cast<int>(change.ident), F_GETFD) < 0)) {
    return EBADF;
  }
  const Key key{change.filter, change.ident};
  auto it = ids_.find(key);
  if (it == ids_.end()) {
    if ((change.flags & EV_ADD) == 0) return ENOENT;
    if (const int failed = start(key, change)) return failed;
    it = ids_.find(key);
  }
  Knote& note = notes_[it->second];
  if ((change.flags & EV_DELETE) != 0) {
    drop(key);
    return 0;
  }
  if ((change.flags & EV_ADD) != 0) {
    note.event.udata = change.udata;
    note.event.fflags = change.fflags;
    note.event.data = change.data;
    if (change.filter == EVFILT_TIMER) {
      if (const int failed = set_timer(note)) return failed;
    }
  }
  if ((change.flags & EV_DISABLE) != 0) {
    disable(note);
    return 0;
  }
  return (change.flags & (EV_ADD | EV_ENABLE)) != 0 ? enable(note, it->second) : 0;
}

// What is known of the descriptor, once and for all.
int Kqueue::prepare(Knote& note) const {
  if (note.event.filter == EVFILT_TIMER) {
    note.proxy = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    return note.proxy >= 0 ? 0 : errno;
  }
  struct stat info {};
  if (fstat(note.fd(), &info) != 0) return errno;
  note.is_file = S_ISREG(info.st_mode) || S_ISDIR(info.st_mode);
  note.is_socket = S_ISSOCK(info.st_mode);
  if (note.is_file) {
    note.proxy = eventfd(1, EFD_CLOEXEC);
    return note.proxy >= 0 ? 0 : errno;
  }
  if (note.is_socket) {
    note.is_listener = option(note.fd(), SO_ACCEPTCONN, 0) != 0;
    note.is_stream = option(note.fd(), SO_TYPE, 0) == SOCK_STREAM;
  } else if (note.event.filter == EVFILT_WRITE && S_ISFIFO(info.st_mode)) {
    pollfd entry{note.fd(), POLLOUT, 0};
    const bool broken = poll(&entry, 1, 0) == 1 && (entry.revents & POLLERR) != 0;
    if (broken) return error_without_reader_;
  }
  return 0;
}

int Kqueue::start(Key key, const Kevent& change) {
  const uint64_t id = ++last_id_;
  Knote& note = notes_[id];
  note.event = change;
  note.event.flags = change.flags & (EV_ONESHOT | EV_CLEAR);
  try {
    ids_.emplace(key, id);
  } catch (...) {
    notes_.erase(id);
    throw;
  }
  int failed = prepare(note);
  // Shows at once whether it can be watched, also if it begins disabled.
  if (failed == 0) failed = enable(note, id);
  if (failed != 0) drop(key);
  return failed;
}

int Kqueue::enable(Knote& note, uint64_t id) {
  if (note.enabled) return 0;
  epoll_event event{};
  event.events = note.event.filter == EVFILT_WRITE && note.proxy < 0 ? EPOLLOUT : EPOLLIN;
  if (note.event.filter == EVFILT_READ && note.proxy < 0) event.events |= EPOLLRDHUP;
  if ((note.event.flags & EV_CLEAR) != 0) event.events |= EPOLLET;
  event.data.u64 = id;
  int rc = epoll_ctl(set_of(note), EPOLL_CTL_ADD, note.polled(), &event);
  if (rc != 0 && errno == EEXIST) {
    rc = epoll_ctl(set_of(note), EPOLL_CTL_MOD, note.polled(), &event);
  }
  if (rc != 0) return errno == EPERM ? EINVAL : errno;
  note.enabled = true;
  return 0;
}

void Kqueue::disable(Knote& note) {
  if (std::exchange(note.enabled, false)) {
    epoll_ctl(set_of(note), EPOLL_CTL_DEL, note.polled(), nullptr);
  }
}

void Kqueue::drop(Key key) {
  const auto it = ids_.find(key);
  if (it == ids_.end()) return;
  disable(notes_[it->second]);
  notes_.erase(it->second);
  ids_.erase(it);
}

int Kqueue::set_timer(const Knote& note) {
  if (note.event.data < 0) return EINVAL;
  const intptr_t ms = std::max<intptr_t>(note.event.data, 1);
  itimerspec when{};
  when.it_value.tv_sec = ms / 1000;
  when.it_value.tv_nsec = ms % 1000 * 1'000'000;
  if ((note.event.flags & EV_ONESHOT) == 0) when.it_interval = when.it_value;
  return timerfd_settime(note.proxy, 0, &when, nullptr) == 0 ? 0 : errno;
}

int Kqueue::collect(Kevent* events, int room) {
  int count = 0;
  // In turns, so that neither filter starves the other where there is little room.
  first_set_ = 1 - first_set_;
  std::array<epoll_event, 256> ready;
  room = std::min(room, static_cast<int>(ready.size()));
  for (const std::size_t which : {first_set_, 1 - first_set_}) {
    if (count == room) break;
    const int n = epoll_wait(sets_[which], ready.data(), room - count, 0);
    for (int i = 0; i < n; ++i) {
      const epoll_event& found = ready[static_cast<std::size_t>(i)];
      const auto it = notes_.find(std::uint64_t{found.data.u64});  // a copy: that is packed
      if (it == notes_.end() || !fill(it->second, found.events, events[count])) continue;
      const Knote& note = it->second;
      ++count;
      if ((note.event.flags & EV_ONESHOT) != 0) drop({note.event.filter, note.event.ident});
    }
  }
  return count;
}

// False if there is nothing to report after all.
bool Kqueue::fill(const Knote& note, uint32_t ready, Kevent& out) const {
  out = note.event;
  out.fflags = 0;
  out.data = 0;
  if (note.event.filter == EVFILT_TIMER) {
    uint64_t expired = 0;
    if (read(note.proxy, &expired, sizeof expired) != sizeof expired) return false;
    out.flags |= EV_CLEAR;
    out.data = static_cast<intptr_t>(expired);
    return true;
  }
  if (note.is_file) {
    if (note.event.filter == EVFILT_WRITE) return true;
    struct stat info {};
    if (fstat(note.fd(), &info) != 0) return false;
    out.data = info.st_size - lseek(note.fd(), 0, SEEK_CUR);
    return out.data != 0;
  }
  if ((ready & EPOLLERR) != 0) {
    out.flags |= EV_EOF;
    if (note.is_socket) out.fflags = connected(note.fd()) ? ECONNRESET : ECONNREFUSED;
  }
  if (note.event.filter == EVFILT_READ) {
    fill_read(note, ready, out);
  } else {
    fill_write(note, ready, out);
  }
  return true;
}

void Kqueue::fill_read(const Knote& note, uint32_t ready, Kevent& out) {
  if ((ready & (EPOLLRDHUP | EPOLLHUP)) != 0) out.flags |= EV_EOF;
  out.data = note.is_listener ? 1 : count_of(note.fd(), FIONREAD);
}

void Kqueue::fill_write(const Knote& note, uint32_t ready, Kevent& out) {
  if ((ready & EPOLLHUP) != 0) out.flags |= EV_EOF;
  if ((out.flags & EV_EOF) != 0) return;
  if (!note.is_socket) {
    out.data = fcntl(note.fd(), F_GETPIPE_SZ) - count_of(note.fd(), FIONREAD);
    return;
  }
  // A socket that was shut down for writing is at its end as well.
  if (note.is_stream && send(note.fd(), "", 0, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno == EPIPE) {
    out.flags |= EV_EOF;
    return;
  }
  out.data = option(note.fd(), SO_SNDBUF, 0) - count_of(note.fd(), SIOCOUTQ);
}

using Table = Map<int, std::shared_ptr<Kqueue>>;

std::mutex mutex;

// Never destroyed: what closes descriptors may run late.
Table& table() {
  static Table* made = std::construct_at(KernelMemory<Table>().allocate(1));
  return *made;
}

std::shared_ptr<Kqueue> find(int fd) {
  const auto it = table().find(fd);
  return it == table().end() ? nullptr : it->second;
}

// fd is about to be closed.
void forget(int fd) {
  table().erase(fd);
  for (const auto& [outer, queue] : table()) queue->closed(fd);
}

// A child does not inherit queues.
void after_fork_in_child() {
  for (const auto& [outer, queue] : table()) __real_close(outer);
  table().clear();
  mutex.unlock();
}

void watch_forks() {
  static const int once =
      pthread_atfork([] { mutex.lock(); }, [] { mutex.unlock(); }, after_fork_in_child);
  static_cast<void>(once);
}

int64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * INT64_C(1'000'000'000) + now.tv_nsec;
}

// The kernel throws nothing.
template <class F>
int without_memory(F&& change) {
  try {
    return change();
  } catch (const std::bad_alloc&) {
    return ENOMEM;
  }
}

// Places errors, and receipts. Returns how many, or -1 and errno.
int make_changes(Kqueue& queue, const Kevent* changes, int change_count, Kevent* events, int room) {
  int placed = 0;
  for (int i = 0; i < change_count; ++i) {
    const int failed = without_memory([&] { return queue.apply(changes[i]); });
    if (failed == 0 && (changes[i].flags & EV_RECEIPT) == 0) continue;
    if (placed < room) {
      Kevent& answer = events[placed++] = changes[i];
      answer.flags = EV_ERROR;
      answer.data = failed;
    } else if (failed != 0) {
      errno = failed;
      return -1;
    }
  }
  return placed;
}

int wait_for_events(int kq, Kevent* events, int room, const timespec* timeout) {
  const int64_t end = timeout != nullptr
                          ? now_ns() + timeout->tv_sec * INT64_C(1'000'000'000) + timeout->tv_nsec
                          : INT64_MAX;
  for (;;) {
    {
      const std::lock_guard lock(mutex);
      const std::shared_ptr<Kqueue> queue = find(kq);
      if (queue == nullptr) {
        errno = EBADF;
        return -1;
      }
      const int count = queue->collect(events, room);
      if (count > 0) return count;
    }
    const int64_t left = timeout != nullptr ? std::max<int64_t>(end - now_ns(), 0) : 0;
    if (timeout != nullptr && left == 0) return 0;
    const timespec span{left / 1'000'000'000, left % 1'000'000'000};
    pollfd entry{kq, POLLIN, 0};
    if (ppoll(&entry, 1, timeout != nullptr ? &span : nullptr, nullptr) < 0) return -1;
  }
}

}  // namespace

int aemp::test::set_error_without_reader(int sys_errno) {
  return error_without_reader.exchange(sys_errno);
}

extern "C" {

int kqueue(void) {
  watch_forks();
  const std::lock_guard lock(mutex);
  int outer = -1;
  const int failed = without_memory([&] {
    const auto made = std::allocate_shared<Kqueue>(KernelMemory<Kqueue>());
    outer = made->outer();
    if (!made->valid()) return EMFILE;
    table()[outer] = made;
    return 0;
  });
  if (failed == 0) return outer;
  if (outer >= 0) __real_close(outer);
  errno = failed;
  return -1;
}

int kevent(int kq, const struct kevent* changes, int change_count, struct kevent* events,
           int event_count, const struct timespec* timeout) {
  if (change_count < 0 || event_count < 0 ||
      (timeout != nullptr && (timeout->tv_sec < 0 || timeout->tv_sec > 100'000'000 ||
                              timeout->tv_nsec < 0 || timeout->tv_nsec >= 1'000'000'000))) {
    errno = EINVAL;
    return -1;
  }
  {
    const std::lock_guard lock(mutex);
    const std::shared_ptr<Kqueue> queue = find(kq);
    if (queue == nullptr) {
      errno = EBADF;
      return -1;
    }
    const int placed = make_changes(*queue, changes, change_count, events, event_count);
    if (placed != 0 || event_count == 0) return placed;
  }
  return wait_for_events(kq, events, event_count, timeout);
}

int __wrap_close(int fd) {
  {
    const std::lock_guard lock(mutex);
    forget(fd);
  }
  return __real_close(fd);
}

int __wrap_dup2(int from, int to) {
  if (from != to && fcntl(from, F_GETFD) >= 0) {
    const std::lock_guard lock(mutex);
    forget(to);
  }
  return __real_dup2(from, to);
}

}  // extern "C"
