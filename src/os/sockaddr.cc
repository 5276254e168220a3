// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "os/sockaddr.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>

#include "base/fill_in.h"
#include "os/platform.h"

namespace aemp {

static_assert(sizeof(sockaddr_un) >= sizeof(sockaddr_in6));

namespace {

constexpr std::size_t kPathRoom = std::min(kMaxUnixPath, sizeof(sockaddr_un::sun_path) - 1);

}  // namespace

Status check_supported(const Address& address) {
  if (address.path.size() > kPathRoom) {
    return Status(Errc::bad_config,
                  fill_in("the path of % has more than % bytes, which this system does not allow",
                          {address.str(), kPathRoom}));
  }
  if (address.is_abstract() && !platform::has_abstract_sockets()) {
    return Status(Errc::bad_config,
                  fill_in("this system has no abstract names of unix sockets: %; use a path",
                          {address.str()}));
  }
  return {};
}

SockAddr::SockAddr(const Address& address) : local{} {
  switch (address.family) {
    case Address::Family::tcp4:
      v4.sin_family = AF_INET;
      v4.sin_port = htons(address.port);
      std::memcpy(&v4.sin_addr, address.ip.data(), 4);
      size = sizeof v4;
      return;
    case Address::Family::tcp6:
      v6.sin6_family = AF_INET6;
      v6.sin6_port = htons(address.port);
      std::memcpy(&v6.sin6_addr, address.ip.data(), 16);
      size = sizeof v6;
      return;
    case Address::Family::relay:  // no socket has one
      break;
    case Address::Family::local:
      local.sun_family = AF_UNIX;
      const std::size_t length = std::min(address.path.size(), kPathRoom);
      std::memcpy(local.sun_path, address.path.data(), length);
      // Abstract names are counted and start with NUL; paths end with one.
      if (address.is_abstract()) local.sun_path[0] = '\0';
      size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length +
                                    (address.is_abstract() ? 0 : 1));
      return;
  }
}

Address SockAddr::address() const {
  Address made;
  if (size >= sizeof v4 && any.sa_family == AF_INET) {
    made.port = ntohs(v4.sin_port);
    std::memcpy(made.ip.data(), &v4.sin_addr, 4);
  } else if (size >= sizeof v6 && any.sa_family == AF_INET6) {
    made.family = Address::Family::tcp6;
    made.port = ntohs(v6.sin6_port);
    std::memcpy(made.ip.data(), &v6.sin6_addr, 16);
  } else {
    made.family = Address::Family::local;
    constexpr std::size_t kHead = offsetof(sockaddr_un, sun_path);
    if (size <= kHead) return made;
    const std::size_t room = std::min<std::size_t>(size - kHead, sizeof local.sun_path);
    if (local.sun_path[0] == '\0') {
      made.path.assign(local.sun_path, room);
      made.path[0] = '@';
    } else {
      made.path.assign(local.sun_path, strnlen(local.sun_path, room));
    }
  }
  return made;
}

}  // namespace aemp
