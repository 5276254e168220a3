// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "os/identity.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstring>

#include "os/sockaddr.h"

namespace aemp {

std::string UnixIdentity::nodename() {
  utsname name{};
  return uname(&name) == 0 ? name.nodename : "localhost";
}

int UnixIdentity::pid() { return getpid(); }

std::uint32_t UnixIdentity::uid() { return geteuid(); }

std::vector<Address> UnixIdentity::interfaces() {
  std::vector<Address> found;
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return found;
  for (const ifaddrs* at = list; at != nullptr; at = at->ifa_next) {
    if (at->ifa_addr == nullptr || (at->ifa_flags & IFF_UP) == 0) continue;
    SockAddr name;
    if (at->ifa_addr->sa_family == AF_INET) {
      name.size = sizeof name.v4;
    } else if (at->ifa_addr->sa_family == AF_INET6) {
      name.size = sizeof name.v6;
    } else {
      continue;
    }
    std::memcpy(&name.any, at->ifa_addr, name.size);
    Address address = name.address();
    address.port = 0;
    found.push_back(address);
  }
  freeifaddrs(list);
  return found;
}

}  // namespace aemp
