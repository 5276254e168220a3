// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Between Address and the kernel's socket addresses.
#ifndef AEMP_OS_SOCKADDR_H
#define AEMP_OS_SOCKADDR_H

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/address.h"
#include "base/status.h"

namespace aemp {

struct SockAddr {
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
    sockaddr_un local;
  };
  socklen_t size = 0;

  SockAddr() : local{} {}
  // Only of an address that is supported: a longer path is cut.
  explicit SockAddr(const Address& address);
  // For calls that fill it in.
  socklen_t* room() {
    size = sizeof local;
    return &size;
  }
  Address address() const;
};

// Whether this system has such addresses: not all have abstract names, or room for kMaxUnixPath
// bytes of a path.
Status check_supported(const Address& address);

}  // namespace aemp

#endif  // AEMP_OS_SOCKADDR_H
