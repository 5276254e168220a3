// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/listener.h"

#include <cerrno>
#include <new>
#include <utility>

namespace aemp {

Status Listener::open(const Address& at) {
  Net& net = reactor_.host().net();
  Result<int> fd = net.listen(at);
  if (!fd) return fd.status();
  fd_ = *fd;  // from here on close() does it
  Result<Reactor::Token> token = reactor_.watch(fd_, kReadable, this);
  if (!token) {
    close();
    return token.status();
  }
  token_ = *token;
  Result<Address> real = net.local_address(fd_);
  address_ = real ? *real : at;
  return Status();
}

void Listener::close() {
  if (fd_ < 0) return;
  reactor_.disarm(*this);
  reactor_.unwatch(token_);
  reactor_.host().net().close(fd_);
  fd_ = -1;
}

void Listener::on_ready(std::uint8_t) {
  Net& net = reactor_.host().net();
  for (int i = 0; i < kPerTurn && fd_ >= 0; ++i) {
    Address from;
    int fd = net.accept(fd_, &from);
    if (fd >= 0) {
      try {
        owner_.on_accepted(*this, fd, from);
      } catch (const std::bad_alloc&) {
        net.close(fd);
        return pause(ENOMEM);
      }
      in_trouble_ = false;
      continue;
    }
    if ((fd == -EMFILE || fd == -ENFILE) && net.shed(fd_)) owner_.on_shed();
    if (fd != -EAGAIN && fd != -EINTR) pause(-fd);
    return;
  }
}

void Listener::pause(int error) {
  reactor_.interest(token_, 0);
  reactor_.arm(*this, reactor_.now() + 100 * kMillisecond);
  if (!std::exchange(in_trouble_, true)) owner_.on_accept_trouble(address_, error);
}

void Listener::on_timer() {
  if (fd_ >= 0) reactor_.interest(token_, kReadable);
}

}  // namespace aemp
