// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What a resolver is to do, resolv.conf(5). Pure.
#ifndef AEMP_LOOP_RESOLV_CONF_H
#define AEMP_LOOP_RESOLV_CONF_H

#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/nanos.h"

namespace aemp {

inline constexpr const char* kResolvConfPath = "/etc/resolv.conf";

struct ResolvConf {
  std::vector<Address> servers;     // one to three, to be asked in this order
  std::vector<std::string> search;  // domains that may be added to a name, at most six
  unsigned dots = 1;                // a name with so many is tried as it is first; 0...15
  Nanos timeout = 5 * kSecond;      // for one server; 1...30 s
  unsigned attempts = 2;            // rounds over all servers; 1...5

  // What to ask for, in this order.
  std::vector<std::string> candidates(std::string_view name) const;
};

// Of the keywords: nameserver, search, domain and the options ndots, timeout and attempts. What is
// not understood is passed over. No server: the one of this machine, 127.0.0.1.
ResolvConf parse_resolv_conf(std::string_view file);

}  // namespace aemp

#endif  // AEMP_LOOP_RESOLV_CONF_H
