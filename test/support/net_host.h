// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// NetHost: real sockets, but a clock that the tests own. Time stands still while anything is
// ready and jumps to the next deadline when nothing is, so that time-outs cost nothing and a run
// is a function of its seed. That is exact for unix sockets, where what was written can be read
// at once; TCP in transit would be overtaken by a jump.
#ifndef AEMP_TEST_SUPPORT_NET_HOST_H
#define AEMP_TEST_SUPPORT_NET_HOST_H

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "os/host.h"
#include "os/unix_host.h"

namespace aemp::remote {

// A small generator, the same everywhere.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  // 0 ... n - 1
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(next() % n); }
  bool one_in(std::size_t n) { return below(n) == 0; }

 private:
  std::uint64_t state_;
};

class NetHost final : public Host,
                      private Clock,
                      private Random,
                      private Poller,
                      private Net,
                      private Console {
 public:
  explicit NetHost(std::uint64_t seed = 1) : dice_(seed), real_(make_unix_host()) {}

  // Time passes while the program is busy.
  void pass(Nanos span) { now_ += span; }
  // Readiness comes in random order and reads return random parts of what is there.
  bool unruly = false;
  // What was written to stderr.
  std::vector<std::string> console_lines;

  Poller& poller() override { return *this; }
  Clock& clock() override { return *this; }
  Random& random() override { return *this; }
  Net& net() override { return *this; }
  Env& env() override { return real_->env(); }
  Files& files() override { return real_->files(); }
  Identity& identity() override { return real_->identity(); }
  Signals& signals() override { return real_->signals(); }
  Console& console() override { return *this; }

 private:
  Nanos monotonic() override { return now_; }
  Nanos wall() override { return now_; }
  bool fill(std::span<std::uint8_t> out) override;
  void error_line(std::string_view line) override { console_lines.emplace_back(line); }

  Status watch(int fd, std::uint64_t token, std::uint8_t interest, bool* added) override {
    return real_->poller().watch(fd, token, interest, added);
  }
  void unwatch(int fd) override { real_->poller().unwatch(fd); }
  void purge_orphans() override { real_->poller().purge_orphans(); }
  int wait(Nanos timeout, std::span<Ready> ready) override;
  void wake() override { real_->poller().wake(); }
  Result<int> descriptor() override { return real_->poller().descriptor(); }
  void arm(Nanos deadline) override { real_->poller().arm(deadline); }

  Result<int> listen(const Address& at) override { return real_->net().listen(at); }
  Result<int> connect(const Address& to) override { return real_->net().connect(to); }
  Result<int> connect_datagrams(const Address& to) override {
    return real_->net().connect_datagrams(to);
  }
  int accept(int listener, Address* peer) override { return real_->net().accept(listener, peer); }
  bool shed(int listener) override { return real_->net().shed(listener); }
  DescriptorUse descriptors(int fd) override { return real_->net().descriptors(fd); }
  int move_down(int fd) override { return real_->net().move_down(fd); }
  IoResult read(int fd, std::span<std::uint8_t> into) override;
  IoResult write(int fd, std::span<const Slice> from) override {
    return real_->net().write(fd, from);
  }
  int error(int fd) override { return real_->net().error(fd); }
  Result<Address> local_address(int fd) override { return real_->net().local_address(fd); }
  Result<Address> peer_address(int fd) override { return real_->net().peer_address(fd); }
  PeerCred peer_cred(int fd) override { return real_->net().peer_cred(fd); }
  void tune(int fd, bool nodelay, Nanos limit) override { real_->net().tune(fd, nodelay, limit); }
  void shutdown_write(int fd) override { real_->net().shutdown_write(fd); }
  void close(int fd) override { real_->net().close(fd); }

  Nanos now_ = 1'000 * kSecond;
  Dice dice_;
  std::unique_ptr<Host> real_;
};

}  // namespace aemp::remote

#endif  // AEMP_TEST_SUPPORT_NET_HOST_H
