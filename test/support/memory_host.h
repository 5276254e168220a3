// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// MemoryHost: a Host without a system, for tests of what stands on a reactor. Stream sockets are
// pairs of byte queues in this process, time stands still unless somebody waits or passes it on,
// reads and writes can be cut short, delayed and broken. Waiting with nothing ready and no limit
// throws: the test would hang.
#ifndef AEMP_TEST_SUPPORT_MEMORY_HOST_H
#define AEMP_TEST_SUPPORT_MEMORY_HOST_H

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "os/host.h"

namespace aemp::memory {

class MemoryNet final : public Net {
 public:
  std::size_t read_max = SIZE_MAX;   // bytes per read
  std::size_t write_max = SIZE_MAX;  // bytes per write
  std::size_t capacity = 1 << 20;    // bytes that a socket takes ahead of its reader
  PeerCred cred{true, 1000, 1};      // of every unix socket's other end
  std::uint64_t reads = 0, writes = 0;

  // A connected pair of unix sockets.
  std::pair<int, int> pair(const Address& a, const Address& b);
  // A connection that has not come about yet: see finish_connect().
  bool hold_connects = false;
  void finish_connect(int fd, int error);
  // It came about and was reset before anybody looked.
  void lose_connect(int fd) { ends_.at(fd).lost = true; }
  // Bytes may or may not travel to the end `fd`.
  void set_blocked(int fd, bool blocked) { ends_.at(fd).blocked = blocked; }
  // The next reads at `fd` fail with `error` once what is there was read.
  void break_input(int fd, int error) { ends_.at(fd).in_error = error; }
  // Both ends see the end of the stream after what is there now, and can write no more.
  void cut(int fd);
  // Writing at `fd` fails from now on.
  void break_output(int fd) { ends_.at(fd).shut = true; }
  // What is waiting to be read at `fd`.
  std::size_t waiting(int fd) const { return ends_.at(fd).in.size(); }
  bool is_open(int fd) const { return ends_.count(fd) > 0; }
  std::size_t open_count() const { return ends_.size(); }

  std::uint8_t readiness(int fd) const;

  Result<int> listen(const Address& at) override;
  Result<int> connect(const Address& to) override;
  // What stands on streams needs no datagrams: there are none here.
  Result<int> connect_datagrams(const Address& to) override;
  int accept(int listener, Address* peer) override;
  bool shed(int) override { return false; }
  IoResult read(int fd, std::span<std::uint8_t> into) override;
  IoResult write(int fd, std::span<const Slice> from) override;
  int error(int fd) override;
  Result<Address> local_address(int fd) override { return ends_.at(fd).local; }
  Result<Address> peer_address(int fd) override;
  PeerCred peer_cred(int) override { return cred; }
  void tune(int, bool, Nanos) override {}
  void shutdown_write(int fd) override;
  void close(int fd) override;

 private:
  struct End {
    int peer = -1;  // -1: closed, or never there
    std::deque<std::uint8_t> in;
    bool blocked = false;  // what is in `in` cannot be seen
    bool in_eof = false;
    int in_error = 0;
    bool shut = false;
    bool connecting = false;
    bool lost = false;
    int connect_error = 0;
    Address local, remote;
    bool listener = false;
    std::deque<int> waiting;
  };

  int add(End end);

  std::map<int, End> ends_;
  int next_ = 3;
};

class MemoryPoller final : public Poller {
 public:
  MemoryPoller(MemoryNet& net, Nanos& now) : net_(net), now_(now) {}

  std::uint64_t waits = 0;
  std::uint64_t changes = 0;  // watch() and unwatch()
  int muted = -1;             // this descriptor's readiness goes unreported
  int spurious = -1;          // this one is reported writable once, without reason

  Status watch(int fd, std::uint64_t token, std::uint8_t interest, bool* added) override;
  void unwatch(int fd) override;
  int wait(Nanos timeout, std::span<Ready> ready) override;
  void wake() override { woken_ = true; }
  Result<int> descriptor() override { return 0; }
  void arm(Nanos) override {}
  void purge_orphans() override {}
  std::uint8_t interest(int fd) const;  // 0 if not watched

 private:
  struct Watch {
    std::uint64_t token;
    std::uint8_t interest;
  };
  MemoryNet& net_;
  Nanos& now_;
  std::map<int, Watch> watches_;
  bool woken_ = false;
};

class MemoryHost final : public Host,
                         private Clock,
                         private Random,
                         private Env,
                         private Files,
                         private Identity,
                         private Signals,
                         private Console {
 public:
  Nanos time = 1'000 * kSecond;
  MemoryNet sockets;
  MemoryPoller polling{sockets, time};
  std::vector<std::string> lines;  // what was written to stderr

  Poller& poller() override { return polling; }
  Clock& clock() override { return *this; }
  Random& random() override { return *this; }
  Net& net() override { return sockets; }
  Env& env() override { return *this; }
  Files& files() override { return *this; }
  Identity& identity() override { return *this; }
  Signals& signals() override { return *this; }
  Console& console() override { return *this; }

 private:
  Nanos monotonic() override { return time; }
  Nanos wall() override { return time; }
  bool fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(++random_);
    return true;
  }
  std::optional<std::string> get(std::string_view) override { return std::nullopt; }
  Result<std::string> read(const std::string& path, std::uint32_t*) override {
    return Result<std::string>(Errc::system, "no file " + path);
  }
  Status write_atomic(const std::string& path, std::string_view, std::uint32_t) override {
    return Status(Errc::system, "no file " + path);
  }
  Status append(const std::string& path, std::string_view, std::uint32_t) override {
    return Status(Errc::system, "no file " + path);
  }
  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override {
    return Result<std::unique_ptr<FileLock>>(Errc::system, "no file " + path);
  }
  std::string nodename() override { return "memory"; }
  int pid() override { return 1; }
  std::uint32_t uid() override { return 1000; }
  bool forked() const noexcept override { return false; }
  std::vector<Address> interfaces() override { return {}; }
  Status watch(int) override { return {}; }
  void unwatch(int) override {}
  std::uint64_t take() override { return 0; }
  void error_line(std::string_view line) override { lines.emplace_back(line); }

  std::uint64_t random_ = 0;
};

}  // namespace aemp::memory

#endif  // AEMP_TEST_SUPPORT_MEMORY_HOST_H
