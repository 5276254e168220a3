// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// PrivateNet: a network namespace of this process and those that it starts from then on, whose
// loopback interface can lose packets and lead nowhere. Links without encryption exist over
// loopback only, so that one namespace with many addresses (127.0.0.x) is all that is needed. It
// goes with the last of its processes.
#ifndef AEMP_TEST_CHAOS_PRIVATE_NET_H
#define AEMP_TEST_CHAOS_PRIVATE_NET_H

#include <cstdint>
#include <string>

namespace aemp::chaos {

class PrivateNet {
 public:
  // Moves this process into a new namespace and tries everything once.
  PrivateNet();

  // Empty: all of it works. Otherwise why not; then nothing below does anything.
  const std::string& missing() const { return missing_; }
  bool usable() const { return missing_.empty(); }

  // Everything that goes through the interface shares little bandwidth and a short queue, and what
  // does not fit is lost. Off: tells how many packets were.
  bool lose_packets();
  std::uint64_t lose_no_packets();
  // What is sent to or from that address vanishes, without an error.
  bool black_hole(const std::string& address, bool on);

 private:
  std::string enter();

  std::string missing_;
};

}  // namespace aemp::chaos

#endif  // AEMP_TEST_CHAOS_PRIVATE_NET_H
