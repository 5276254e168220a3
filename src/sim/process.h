// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// ProcessCore: one simulated process, as its loop sees it (a Host) and as the World does.
#ifndef AEMP_SIM_PROCESS_H
#define AEMP_SIM_PROCESS_H

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "os/host.h"
#include "sim/memory.h"
#include "sim/net.h"
#include "sim/world.h"

namespace aemp::sim {

class SimPoller final : public Poller {
 public:
  SimPoller(World& world, ProcessCore& process, SimNet& net)
      : world_(world), process_(process), net_(net) {}

  // Only descriptors of this process, once each: everything else is none.
  Status watch(int fd, std::uint64_t token, std::uint8_t interest, bool* added) override;
  void unwatch(int fd) override;
  void purge_orphans() override {}
  int wait(Nanos timeout, std::span<Ready> ready) override;
  void wake() override;
  Result<int> descriptor() override { return SimNet::kFirst - 1; }
  void arm(Nanos deadline) override;

  bool woken = false;
  Nanos armed = kNever;

 private:
  World& world_;
  ProcessCore& process_;
  SimNet& net_;
};

class ProcessCore final : public Host,
                          private Clock,
                          private Random,
                          private Env,
                          private Files,
                          private Identity,
                          private Signals,
                          private Console {
 public:
  ProcessCore(World& world, std::string_view machine, std::uint32_t uid);
  ~ProcessCore();

  // Host
  Poller& poller() override { return poller_; }
  Clock& clock() override { return *this; }
  Random& random() override { return *this; }
  Net& net() override { return net_; }
  Env& env() override { return *this; }
  Files& files() override { return *this; }
  Identity& identity() override { return *this; }
  Signals& signals() override { return *this; }
  Console& console() override { return *this; }

  // For the World.
  Machine& machine() const noexcept { return machine_; }
  int pid() override { return pid_; }
  std::uint32_t uid() override { return uid_; }
  bool crashed() const noexcept { return crashed_; }
  // The process's own clock: ahead of the world's while it is busy.
  Nanos time() const noexcept;
  Nanos free_at() const noexcept { return busy_until_; }
  bool may_run() const noexcept {
    return loop_ != nullptr && !in_turn_ && !waiting && !stopped_ && !crashed_;
  }
  void turn();
  bool stopped() const noexcept { return stopped_; }
  bool in_turn() const noexcept { return in_turn_; }
  // A turn took this long.
  void spend_turn();
  int collect(std::span<Ready> ready);
  bool take_wake() noexcept { return std::exchange(poller_.woken, false); }
  // That descriptor may be ready.
  void ready(int fd);

  // For the public Process.
  Loop& loop();
  void consume(Nanos span);
  void end(bool silently);
  void set_stopped(bool on);
  void raise(int signo);
  void jump_clock(Nanos by) noexcept { wall_ += by; }
  SimNet& sockets() noexcept { return net_; }
  const std::vector<std::string>& error_lines() const noexcept { return lines_; }

  const std::uint32_t id;
  World& world;
  Memory memory;
  std::map<std::string, std::string, std::less<>> variables;
  bool waiting = false;  // its owner runs its loop, which waits

 private:
  static constexpr int kSignals = 64;

  void after_turn();
  void deliver(int signo);

  Nanos monotonic() override { return time(); }
  Nanos wall() override { return time() + wall_; }
  bool fill(std::span<std::uint8_t> out) override;
  std::optional<std::string> get(std::string_view name) override;
  Result<std::string> read(const std::string& path, std::uint32_t* mode) override;
  Status write_atomic(const std::string& path, std::string_view text, std::uint32_t mode) override;
  Status append(const std::string& path, std::string_view text, std::uint32_t mode) override;
  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;
  std::string nodename() override {
    const SystemCall call;
    return machine_.name;
  }
  bool forked() const noexcept override { return crashed_; }
  std::vector<Address> interfaces() override;
  Status watch(int signo) override;
  void unwatch(int signo) override;
  std::uint64_t take() override { return std::exchange(arrived_, 0); }
  void error_line(std::string_view line) override;

  Machine& machine_;
  SimNet net_;
  SimPoller poller_;
  std::uint32_t uid_;
  int pid_;
  Nanos wall_;
  Nanos busy_until_ = 0;
  bool in_turn_ = false;
  bool stopped_ = false;
  bool crashed_ = false;
  enum class Ending : std::uint8_t { loudly, silently } ending_ = Ending::loudly;
  int watches_[kSignals + 1] = {};
  std::uint64_t arrived_ = 0;
  std::uint64_t pending_ = 0;  // signals, while it is stopped
  std::vector<std::string> lines_;
  std::unique_ptr<Loop> loop_;
};

}  // namespace aemp::sim

#endif  // AEMP_SIM_PROCESS_H
