// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What a resolver is to do, resolv.conf(5). Pure.
#ifndef AEMP_LOOP_RESOLV_CONF_H
#define AEMP_LOOP_RESOLV_CONF_H

#include <cstddef>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/few.h"
#include "base/nanos.h"

namespace aemp {

inline constexpr const char* kResolvConfPath = "/etc/resolv.conf";

struct ResolvConf {
  Few<Ip, 3> servers;               // at least one, to be asked in this order
  Few<std::string_view, 6> search;  // domains that may be added to a name; views of the file
  unsigned dots = 1;                // a name with so many is tried as it is first; 0...15
  Nanos timeout = 5 * kSecond;      // for one server; 1...30 s
  unsigned attempts = 2;            // rounds over all servers; 1...5

  // The next name to ask for; `i` is 0 at first and counts. False: there is none.
  bool next_name(std::string_view name, std::size_t& i, std::string& out) const;
};

// Of the keywords: nameserver, search, domain and the options ndots, timeout and attempts. What is
// not understood is passed over. No server: the one of this machine, 127.0.0.1. The file must live
// as long as what is returned.
ResolvConf parse_resolv_conf(std::string_view file);

}  // namespace aemp

#endif  // AEMP_LOOP_RESOLV_CONF_H
