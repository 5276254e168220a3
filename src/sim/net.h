// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// SimNet: the descriptors of one simulated process, and which of them may be ready.
#ifndef AEMP_SIM_NET_H
#define AEMP_SIM_NET_H

#include <memory>
#include <optional>
#include <vector>

#include "os/host.h"
#include "sim/socket.h"
#include "sim/world.h"

namespace aemp::sim {

class SimNet final : public Net {
 public:
  // Numbers that real descriptors rarely have; a loop's tables begin at 0.
  static constexpr int kFirst = 1000;

  SimNet(World& world, ProcessCore& process) : world_(world), process_(process) {}

  Result<int> listen(const Address& at) override;
  Result<int> connect(const Address& to) override;
  Result<int> connect_datagrams(const Address& to) override;
  int accept(int listener, Address* peer) override;
  bool shed(int listener) override;
  DescriptorUse descriptors(int) override { return {open_, limit}; }
  IoResult read(int fd, std::span<std::uint8_t> into) override;
  IoResult write(int fd, std::span<const Slice> from) override;
  int error(int fd) override;
  Result<Address> local_address(int fd) override;
  Result<Address> peer_address(int fd) override;
  PeerCred peer_cred(int fd) override;
  void tune(int, bool, Nanos) override {}
  void shutdown_write(int fd) override;
  void close(int fd) override;

  // What takes datagrams from everybody: not of a Net, but of servers made up by tests. `at` is one
  // address, of this machine or loopback.
  Result<int> bind_datagrams(const Address& at);
  // The next that came there.
  std::optional<Datagram> take_datagram(int fd);
  // One from there.
  void send_datagram(int fd, const Address& to, std::vector<std::uint8_t> bytes);

  // What the poller knows of a descriptor.
  struct Descriptor {
    End* end = nullptr;
    std::unique_ptr<Listener> listener = nullptr;
    std::unique_ptr<DatagramSocket> datagrams = nullptr;
    std::uint64_t token = 0;
    std::uint8_t interest = 0;
    bool watched = false;
    bool hot = false;  // in hot_
    bool open() const noexcept {
      return end != nullptr || listener != nullptr || datagrams != nullptr;
    }
  };
  Descriptor* find(int fd);
  std::size_t open_count() const noexcept { return open_; }
  // The descriptor may have become ready.
  void touch(int fd);
  void touch_all();
  // Fills `ready` with what is ready, in random order.
  int collect(std::span<Ready> ready);
  bool any_ready();

  // The process is over. `silently`: the other ends are not told.
  void end_all(bool silently);

  std::size_t limit = 1'000'000;  // of descriptors
  std::uint64_t read_rate = UINT64_MAX;

 private:
  int add(Descriptor made);
  Result<int> add_datagrams(const Address& local, std::optional<Address> remote);
  DatagramSocket* datagrams_of(int fd);
  IoResult read_datagram(DatagramSocket& socket, std::span<std::uint8_t> into);
  IoResult write_datagram(DatagramSocket& socket, std::span<const Slice> from);
  void drop(Descriptor& descriptor, int fd);
  Status check_listen(const Address& at);
  std::uint8_t events_of(const Descriptor& descriptor);
  std::size_t part(std::size_t size, Mood& mood);
  std::uint16_t free_port(const Address& like);
  bool may_read() const;
  std::size_t gulp() const;
  End* end_of(int fd);

  World& world_;
  ProcessCore& process_;
  std::vector<Descriptor> table_;
  std::vector<int> hot_;
  std::size_t open_ = 0;
  Nanos next_read_ = 0;
};

}  // namespace aemp::sim

#endif  // AEMP_SIM_NET_H
