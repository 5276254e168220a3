// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// A host without a system: time passes only by waiting, readiness is what the test says.
#ifndef AEMP_TEST_LOOP_FAKE_HOST_H
#define AEMP_TEST_LOOP_FAKE_HOST_H

#include <cerrno>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "os/host.h"

namespace aemp {

class FakeClock final : public Clock {
 public:
  Nanos monotonic() override {
    ++reads;
    return now;
  }
  Nanos wall() override { return now; }

  Nanos now = kSecond;
  int reads = 0;
};

class FakePoller final : public Poller {
 public:
  explicit FakePoller(FakeClock& clock) : clock_(clock) {}

  Status watch(int fd, std::uint64_t token, std::uint8_t interest, bool* added) override {
    ++changes;
    if (fail_watch != 0) return Status(Errc::system, "no", fail_watch);
    if (added != nullptr) *added = watched.find(fd) == watched.end();
    watched[fd] = {token, interest};
    return {};
  }
  void unwatch(int fd) override {
    ++changes;
    watched.erase(fd);
  }
  void purge_orphans() override { ++purges; }

  // Answers with what was queued by make_ready, else lets `timeout` pass.
  int wait(Nanos timeout, std::span<Ready> out) override {
    timeouts.push_back(timeout);
    if (fail_wait != 0) return -fail_wait;
    if (woken) out[0] = {kWakeToken, 0};
    if (std::exchange(woken, false)) return 1;
    int count = 0;
    for (; !ready.empty() && static_cast<std::size_t>(count) < out.size(); ++count) {
      out[static_cast<std::size_t>(count)] = ready.front();
      ready.pop_front();
    }
    if (count == 0) clock_.now += timeout > 0 ? timeout : wait_cost;
    return count;
  }
  void wake() override { woken = true; }
  Result<int> descriptor() override { return 77; }
  void arm(Nanos deadline) override { armed.push_back(deadline); }

  void make_ready(int fd, std::uint8_t events) { ready.push_back({watched.at(fd).first, events}); }

  std::map<int, std::pair<std::uint64_t, std::uint8_t>> watched;
  std::deque<Ready> ready;
  std::vector<Nanos> timeouts;
  std::vector<Nanos> armed;
  bool woken = false;
  int changes = 0;
  int purges = 0;
  int fail_watch = 0;
  int fail_wait = 0;
  Nanos wait_cost = 0;

 private:
  FakeClock& clock_;
};

class FakeIdentity final : public Identity {
 public:
  std::string nodename() override { return "fake"; }
  int pid() override { return 1; }
  std::uint32_t uid() override { return 0; }
  bool forked() const noexcept override { return is_forked; }
  std::vector<Address> interfaces() override { return {}; }

  bool is_forked = false;
};

class FakeSignals final : public Signals {
 public:
  Status watch(int signo) override {
    ++watches[signo];
    return {};
  }
  void unwatch(int signo) override { --watches[signo]; }
  std::uint64_t take() override { return std::exchange(arrived, 0); }

  std::map<int, int> watches;
  std::uint64_t arrived = 0;
};

class FakeConsole final : public Console {
 public:
  void error_line(std::string_view line) override { lines.emplace_back(line); }
  std::vector<std::string> lines;
};

// Those parts of a host that the loop never asks for are not there.
class FakeHost final : public Host {
 public:
  Poller& poller() override { return fake_poller; }
  Clock& clock() override { return fake_clock; }
  Identity& identity() override { return fake_identity; }
  Signals& signals() override { return fake_signals; }
  Console& console() override { return fake_console; }
  Random& random() override { return missing<Random>(); }
  Net& net() override { return missing<Net>(); }
  Env& env() override { return missing<Env>(); }
  Files& files() override { return missing<Files>(); }

  FakeClock fake_clock;
  FakePoller fake_poller{fake_clock};
  FakeIdentity fake_identity;
  FakeSignals fake_signals;
  FakeConsole fake_console;

 private:
  template <class T>
  T& missing() {
    throw Error(Errc::system, "the fake host has no such part");
  }
};

}  // namespace aemp

#endif  // AEMP_TEST_LOOP_FAKE_HOST_H
