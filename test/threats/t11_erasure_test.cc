// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// T11: what is stolen later opens nothing that went before: no ephemeral key, no chaining key and
// no key of earlier records is anywhere in this process's memory.
#include "crypto/hkdf.h"
#include "crypto/x25519.h"
#include "threats/memory_scan.h"
#include "threats/threat_world.h"

namespace aemp::threat {
namespace {

using Bytes32 = std::array<std::uint8_t, 32>;

// A host that notes, hidden, the random keys that it gives.
class NotingHost final : public Host, private Random {
 public:
  NotingHost(Host& real, std::string name) : real_(real), name_(std::move(name)) {}
  std::vector<Hidden> given;

  Poller& poller() override { return real_.poller(); }
  Clock& clock() override { return real_.clock(); }
  Random& random() override { return *this; }
  Net& net() override { return real_.net(); }
  Env& env() override { return real_.env(); }
  Files& files() override { return real_.files(); }
  Identity& identity() override { return real_.identity(); }
  Signals& signals() override { return real_.signals(); }
  Console& console() override { return real_.console(); }

 private:
  bool fill(std::span<std::uint8_t> out) override {
    const bool fine = real_.random().fill(out);
    if (out.size() == 32) given.emplace_back(name_ + "'s ephemeral key", out);
    return fine;
  }
  Host& real_;
  std::string name_;
};

std::string found_of(const std::vector<Hidden>& keys) {
  std::string found;
  for (const Hidden& key : keys) {
    for (const Mapping& mapping : mappings_with(key)) found += key.name + " in " + mapping.text;
  }
  return found;
}

// What was secret in a handshake between these two, by the patterns' token lists alone.
class Schedule {
 public:
  Schedule(int suite, const Hidden& ann, const Hidden& bob) : suite_(suite) {
    const crypto::KeyPair e_ann(ann.shown()), e_bob(bob.shown());
    start();
    if (has_secret(suite)) mix_psk();
    if (has_secret(suite)) mix("after message 1's key", e_ann.public_key);
    if (has_secret(suite)) mix("after message 2's key", e_bob.public_key);
    share("ee", e_ann, e_bob);
    if (has_keys(suite)) {
      share("es", e_ann, kBob.pair());
      share("se", e_bob, kAnn.pair());
    }
    crypto::Key there, back;
    crypto::hkdf2(ck_.bytes(), {}, there.bytes(), back.bytes());
    records.emplace_back("ann's first record key", there.bytes());
    records.emplace_back("bob's first record key", back.bytes());
    ck_ = crypto::Key();  // or the scan finds it here
  }
  std::vector<Hidden> secrets;  // of the handshake
  std::vector<Hidden> records;  // keys

 private:
  void start() {
    const std::string name = "Noise_" +
                             std::string(suite_ == 1   ? "NNpsk0"
                                         : suite_ == 2 ? "XX"
                                                       : "XXpsk0") +
                             "_25519_ChaChaPoly_SHA256";
    Bytes32 hash{};
    if (name.size() <= hash.size()) {
      std::copy(name.begin(), name.end(), hash.begin());
    } else {
      crypto::sha256({reinterpret_cast<const std::uint8_t*>(name.data()), name.size()}, hash);
    }
    ck_ = crypto::Key(hash);
  }
  void mix_psk() {
    crypto::Key mixed, key;
    const crypto::Key psk = Credentials::psk(seeded(1), "threats");
    crypto::hkdf3(ck_.bytes(), psk.bytes(), ck_.bytes(), mixed.bytes(), key.bytes());
  }
  void mix(const std::string& name, std::span<const std::uint8_t> input) {
    crypto::Key key;
    crypto::hkdf2(ck_.bytes(), input, ck_.bytes(), key.bytes());
    secrets.emplace_back("the chaining key " + name, ck_.bytes());
    secrets.emplace_back("the key " + name, key.bytes());
  }
  void share(const std::string& name, const crypto::KeyPair& a, const crypto::KeyPair& b) {
    crypto::Key shared;
    (void)crypto::x25519(shared.bytes(), a.private_key.bytes(), b.public_key);
    secrets.emplace_back("what " + name + " shares", shared.bytes());
    mix("after " + name, shared.bytes());
  }

  int suite_;
  crypto::Key ck_;
};

class ThreatT11Erasure : public EachSuite {};
AEMP_IN_EACH_SUITE(ThreatT11Erasure);

TEST_P(ThreatT11Erasure, NothingOfAHandshakeOrAnOldKeyIsLeft) {
  World world;
  NotingHost of_ann(world.for_ann.host(), "ann"), of_bob(world.for_bob.host(), "bob");
  Loop ann_loop(of_ann), bob_loop(of_bob);
  Config b = bob_config(suite()), a = ann_config(suite());
  a.link_idle = b.link_idle = 2h;
  Member bob(bob_loop, b);
  a.seeds = bob->binds();
  Member ann(ann_loop, a);
  // The network runs neither of these loops: while one waits the other does not.
  const auto both = [&](auto pred) {
    for (int i = 0; i < 100'000 && !pred(); ++i) {
      ann_loop.run_once(100ms);
      bob_loop.run_once(100ms);
    }
    return pred();
  };
  ASSERT_TRUE(both([&] { return ann.up("bob") && bob.up("ann"); })) << ann.told() << bob.told();
  ASSERT_EQ(of_ann.given.size(), 1u);
  ASSERT_EQ(of_bob.given.size(), 1u);
  const Schedule schedule(suite(), of_ann.given[0], of_bob.given[0]);
  EXPECT_EQ(found_of(of_ann.given), "");
  EXPECT_EQ(found_of(of_bob.given), "");
  EXPECT_EQ(found_of(schedule.secrets), "");
  // The keys in use are there: the schedule is the right one, and the scan finds what there is.
  for (const Hidden& key : schedule.records) EXPECT_FALSE(mappings_with(key).empty()) << key.name;

  const auto end = world.net.now() + 601s;
  ASSERT_TRUE(both([&] { return world.net.now() > end; }));
  const Port at_bob = bob.sink("got"), at_ann = ann.sink("got");
  ann->snd(at_bob, 1);
  bob->snd(at_ann, 1);
  ASSERT_TRUE(both([&] { return ann.count("got") + bob.count("got") == 2; }));
  EXPECT_EQ(ann.count("down"), 0u) << ann.told();
  EXPECT_EQ(found_of(schedule.records), "") << "after KEYUPDATE";
}

TEST(ThreatT11Scan, FindsACopyWhereverItIs) {
  std::array<std::uint8_t, 32> key = seeded(200);
  const Hidden hidden("planted", key);
  crypto::wipe(key);
  EXPECT_TRUE(mappings_with(hidden).empty());
  // Not at the start of anything, and across the border of two blocks of the scan.
  std::vector<std::uint8_t> heap(300'000);
  for (const std::size_t at : {1u, 65'536u - 16u, 131'072u, 299'968u}) {
    for (std::size_t i = 0; i < 32; ++i) {
      heap[at + i] = static_cast<std::uint8_t>(~hidden.complement[i]);
    }
    EXPECT_EQ(mappings_with(hidden).size(), 1u) << at;
    std::fill(heap.begin(), heap.end(), std::uint8_t{0});
    asm volatile("" : : "r"(heap.data()) : "memory");
  }
  EXPECT_TRUE(mappings_with(hidden).empty());
}

}  // namespace
}  // namespace aemp::threat
