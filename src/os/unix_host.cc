// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "os/unix_host.h"

#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "os/env.h"
#include "os/files.h"
#include "os/fork_guard.h"
#include "os/identity.h"
#include "os/platform.h"
#include "os/poller_backend.h"
#include "os/signals.h"
#include "os/sys.h"
#include "os/unix_net.h"

namespace aemp {

namespace {

class UnixClock final : public Clock {
 public:
  Nanos monotonic() override { return read_clock(CLOCK_MONOTONIC); }
  Nanos wall() override { return read_clock(CLOCK_REALTIME); }
};

class UnixRandom final : public Random {
 public:
  bool fill(std::span<std::uint8_t> out) override { return platform::fill_random(out); }
};

class UnixConsole final : public Console {
 public:
  void error_line(std::string_view line) override {
    char newline = '\n';
    const iovec parts[2] = {{const_cast<char*>(line.data()), line.size()}, {&newline, 1}};
    [[maybe_unused]] const ssize_t n = writev(STDERR_FILENO, parts, 2);
  }
};

class UnixHost final : public Host {
 public:
  UnixHost()
      : poller_(make_poller(fork_).take()),
        net_(fork_),
        identity_(fork_),
        signals_(*poller_, fork_) {}

  Poller& poller() override { return *poller_; }
  Clock& clock() override { return clock_; }
  Random& random() override { return random_; }
  Net& net() override { return net_; }
  Env& env() override { return env_; }
  Files& files() override { return files_; }
  Identity& identity() override { return identity_; }
  Signals& signals() override { return signals_; }
  Console& console() override { return console_; }

 private:
  ForkGuard fork_;
  std::unique_ptr<Poller> poller_;
  UnixClock clock_;
  UnixRandom random_;
  UnixNet net_;
  UnixEnv env_;
  UnixFiles files_;
  UnixIdentity identity_;
  UnixSignals signals_;
  UnixConsole console_;
};

}  // namespace

std::unique_ptr<Host> make_unix_host() { return std::make_unique<UnixHost>(); }

}  // namespace aemp
