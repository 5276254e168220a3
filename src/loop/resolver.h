// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Lookup: from a host's name to its addresses, without blocking:
//
//   a numeric address; the file of hosts; else, for each name that the search list makes of it and
//   until one has addresses:  attempts x servers x (A and AAAA side by side)
//
// When one family's addresses have come, the other's are waited for another 50 ms. What a server
// says of a name counts, whatever the others would; those that say nothing, or that they cannot
// tell, are passed over. When none can tell, names further on in the search list are not asked for:
// they may be another host's. Nothing is remembered: the files and the servers are asked each time.
#ifndef AEMP_LOOP_RESOLVER_H
#define AEMP_LOOP_RESOLVER_H

#include <memory>
#include <string_view>

#include "base/address.h"
#include "loop/reactor.h"

namespace aemp {

class LookupOwner {
 public:
  // Once, from the loop, never from inside Lookup's constructor. `why` is empty, or a sentence that
  // says which server said what; then nothing was found. May destroy the Lookup.
  virtual void on_looked_up(std::string_view why) noexcept = 0;

 protected:
  ~LookupOwner() = default;
};

class Lookup {
 public:
  // No lookup begins a question later than this, and none takes much longer.
  static constexpr Nanos kMostTime = 60 * kSecond;

  // `name`: a host's, or a numeric address. Throws std::bad_alloc.
  Lookup(Reactor& reactor, std::string_view name, LookupOwner& owner);
  // Before it was told: it will not be.
  ~Lookup();
  // Once it was told: the addresses in the order in which to try them, of IPv6 and IPv4 in turn
  // (RFC 8305, section 4).
  const IpList& found() const noexcept;
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;

 private:
  class Work;
  Reactor& reactor_;
  std::unique_ptr<Work> work_;
};

}  // namespace aemp

#endif  // AEMP_LOOP_RESOLVER_H
