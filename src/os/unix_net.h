// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Net over the kernel's sockets.
#ifndef AEMP_OS_UNIX_NET_H
#define AEMP_OS_UNIX_NET_H

#include <vector>

#include "os/fork_guard.h"
#include "os/host.h"
#include "os/sys.h"
#include "os/unix_path.h"

namespace aemp {

class UnixNet final : public Net {
 public:
  // `fork` must outlive this.
  explicit UnixNet(const ForkGuard& fork) : fork_(fork) {}
  // Removes the files of listeners that were not closed.
  ~UnixNet() override;

  Result<int> listen(const Address& at) override;
  Result<int> connect(const Address& to) override;
  Result<int> connect_datagrams(const Address& to) override;
  int accept(int listener, Address* peer) override;
  bool shed(int listener) override;
  DescriptorUse descriptors(int fd) override;
  int move_down(int fd) override;
  IoResult read(int fd, std::span<std::uint8_t> into) override;
  IoResult write(int fd, std::span<const Slice> from) override;
  int error(int fd) override;
  Result<Address> local_address(int fd) override;
  Result<Address> peer_address(int fd) override;
  PeerCred peer_cred(int fd) override;
  void tune(int fd, bool nodelay, Nanos user_timeout) override;
  void shutdown_write(int fd) override;
  void close(int fd) override;

 private:
  struct PathListener {
    int fd;
    UnixPath file;
  };
  void reserve_spare();
  Result<int> connect(const Address& to, int type);

  const ForkGuard& fork_;
  Fd spare_;
  std::vector<PathListener> path_listeners_;
};

}  // namespace aemp

#endif  // AEMP_OS_UNIX_NET_H
