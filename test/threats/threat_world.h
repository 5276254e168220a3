// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What the threat tests share: two whole nodes, ann who dials and bob who listens, on a simulated
// network in which mallory stands between them.
#ifndef AEMP_TEST_THREATS_THREAT_WORLD_H
#define AEMP_TEST_THREATS_THREAT_WORLD_H

#include <aemp/aemp.h>
#include <aemp/sim.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "config/key_text.h"
#include "session/credentials.h"
#include "support/byte_relay.h"
#include "support/cluster.h"
#include "wire/format.h"

namespace aemp::threat {

using namespace std::chrono_literals;
using remote::Member;
using test::ByteRelay;
using test::Piece;
using test::Way;
using Line = ByteRelay::Line;
using Bytes = std::vector<std::uint8_t>;

// Links that are up within so long came up by themselves; a handshake may take 5 s.
inline constexpr auto kHandshake = 5s;
inline constexpr auto kSoon = 60s;

// Secrets and keys that are the same in every run.
inline std::array<std::uint8_t, 32> seeded(std::uint8_t seed) {
  std::array<std::uint8_t, 32> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(seed * 37 + i * 101 + 11);
  }
  return bytes;
}
inline std::string secret_text(std::uint8_t seed) {
  return key_text(KeyKind::secret, seeded(seed));
}

// Somebody with a static key.
struct Person {
  explicit Person(std::uint8_t seed)
      : bytes(seeded(seed)), key(key_text(KeyKind::private_key, bytes)) {}
  std::string allowed_as(const std::string& nodes) const { return public_key(key) + " " + nodes; }
  crypto::KeyPair pair() const { return crypto::KeyPair(crypto::Key(bytes)); }

  std::array<std::uint8_t, 32> bytes;
  std::string key;
};
inline const Person kAnn(10), kBob(20), kCarl(30), kStranger(40);

inline bool has_secret(int suite) { return suite != kSuiteKeys; }
inline bool has_keys(int suite) { return suite != kSuiteSecret; }

// A node's part in a network of this suite.
inline Config config_of(int suite, const std::string& id, const Person& person,
                        std::vector<std::string> allowed) {
  Config c;
  c.nodeid = id;
  c.cluster = "threats";
  c.monitor_timeout = 1s;  // and with it the longest pause between two dials
  if (has_secret(suite)) c.secret = secret_text(1);
  if (has_keys(suite)) {
    c.key = person.key;
    c.allow = std::move(allowed);
  }
  return c;
}
inline Config ann_config(int suite) {
  Config c = config_of(suite, "ann", kAnn, {kBob.allowed_as("bob"), kCarl.allowed_as("carl")});
  c.private_node();
  return c;
}
inline Config bob_config(int suite) {
  Config c = config_of(suite, "bob", kBob, {kAnn.allowed_as("ann"), kCarl.allowed_as("carl")});
  c.binds = {{"127.0.0.1:4040"}};
  return c;
}

// The network without ann: tests that attack bob alone bring their own.
class World {
 public:
  explicit World(std::uint64_t seed = 1) : net(seed) {
    // Bytes that come in any pieces are the business of other tests.
    net.unruly(false);
  }
  template <class Pred>
  bool until(Pred&& pred, sim::Nanoseconds limit = kSoon) {
    return net.run_until(pred, limit);
  }
  void pass(sim::Nanoseconds span) { net.run_for(span); }
  std::unique_ptr<ByteRelay> relay_to(const std::string& target,
                                      const std::string& listen = "127.0.0.1:5000") {
    return std::make_unique<ByteRelay>(mallory.loop().reactor(), listen, target);
  }

  sim::Network net;
  sim::Process mallory{net}, for_ann{net}, for_bob{net};
};

// Ann dials bob, and can reach him only through the relay.
class Pair : public World {
 public:
  explicit Pair(int suite) : Pair(ann_config(suite), bob_config(suite)) {}
  Pair(Config of_ann, const Config& of_bob, std::uint64_t seed = 1)
      : World(seed),
        bob(for_bob.loop(), of_bob),
        relay(relay_to((bob->binds())[0])),
        ann(for_ann.loop(), with_seed(std::move(of_ann), relay->address())) {
    net.cut(for_ann, for_bob);
  }
  bool meet(sim::Nanoseconds limit = kSoon) {
    return until([&] { return ann.up("bob") && bob.up("ann"); }, limit);
  }
  bool nobody_up() const { return ann.story.empty() && bob.story.empty(); }
  std::string told() const { return ann.told() + bob.told(); }

  Member bob;
  std::unique_ptr<ByteRelay> relay;
  Member ann;

 private:
  static Config with_seed(Config c, const std::string& seed) {
    c.seeds = {{seed}};
    return c;
  }
};

// The tests that hold in each suite.
class EachSuite : public testing::TestWithParam<int> {
 protected:
  int suite() const { return GetParam(); }
};
inline std::string suite_name(const testing::TestParamInfo<int>& info) {
  return info.param == 1 ? "secret" : info.param == 2 ? "keys" : "both";
}
#define AEMP_IN_SUITES(Test, ...) \
  INSTANTIATE_TEST_SUITE_P(Suites, Test, testing::Values(__VA_ARGS__), suite_name)
#define AEMP_IN_EACH_SUITE(Test) AEMP_IN_SUITES(Test, 1, 2, 3)

// Lines of a log that hold the text.
inline std::size_t lines_with(const Member& member, std::string_view text) {
  const auto& lines = member.log.lines;
  return static_cast<std::size_t>(std::count_if(lines.begin(), lines.end(), [&](const auto& line) {
    return line.text.find(text) != std::string::npos;
  }));
}

}  // namespace aemp::threat

#endif  // AEMP_TEST_THREATS_THREAT_WORLD_H
