// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Two private nodes and the global node that relays between them.
#ifndef AEMP_TEST_MESH_TRIO_H
#define AEMP_TEST_MESH_TRIO_H

#include <string>
#include <string_view>

#include "mesh/village.h"

namespace aemp::village {

inline PeerStats peer(Resident& of, std::string_view id) {
  for (const PeerStats& p : of.node->stats().peers) {
    if (p.node == id) return p;
  }
  return {};
}

// a and b are private, and attached to seed.
struct Trio {
  explicit Trio(std::uint64_t seed_of_all = 1) : v(seed_of_all) {}
  bool meet() { return v.reaches(a, b) && v.reaches(b, a); }
  std::string told() { return a.told() + "---\n" + b.told() + "---\n" + seed.told(); }

  Village v;
  Resident& seed = v.settle("seed", {});
  Resident& a = v.settle_private("a", {v.address(1)});
  Resident& b = v.settle_private("b", {v.address(1)});
};

// a sends numbers to b, from 0 again after each time that its monitor says that some may be lost.
struct Flood {
  explicit Flood(Trio& t) : t(t) {
    port = t.b.node->port([this](int epoch, int n, std::string_view) {
      if (epoch != last_epoch) {
        EXPECT_GT(epoch, last_epoch);
        EXPECT_EQ(n, 0) << "epoch " << epoch;
        ++epochs_heard;
      } else {
        EXPECT_EQ(n, last + 1) << "epoch " << epoch;
      }
      last_epoch = epoch;
      last = n;
    });
    watch();
  }
  void watch() {
    t.a.node->mon(port, [this](Message) {
      ++epoch;
      next = 0;
      watch();
    });
  }
  void send(int count) {
    for (int i = 0; i < count; ++i)
      t.a.node->snd(port, epoch, next++, i % 20 == 0 ? body : std::string());
  }

  Trio& t;
  const std::string body = std::string(100'000, 'x');
  Port port;
  int epoch = 0, next = 0;
  int last_epoch = -1, last = -1, epochs_heard = 0;
};

}  // namespace aemp::village

#endif  // AEMP_TEST_MESH_TRIO_H
