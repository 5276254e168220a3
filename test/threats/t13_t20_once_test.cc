// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// T13: no nonce is used twice. T20: no ephemeral key either, and without random bytes there are no
// links.
#include <algorithm>
#include <cstring>
#include <set>

#ifdef __linux__
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

#include "os/unix_host.h"
#include "session/records.h"
#include "session/secure_handshake.h"
#include "support/noise_cipher_test.h"
#include "threats/child.h"
#include "threats/threat_world.h"

namespace aemp::threat {
namespace {

crypto::NoiseCipher cipher_at(std::uint64_t counter) {
  crypto::NoiseCipher cipher;
  cipher.set_key(crypto::Key(seeded(5)));
  crypto::NoiseCipherTest::set_counter(cipher, counter);
  return cipher;
}

// A record of one byte, as long as there may be one more.
bool put_one(RecordWriter& writer) {
  const std::uint8_t byte = 'x';
  const Slice slice{&byte, 1};
  writer.begin(1);
  const bool fine = writer.put(kRecordData, {&slice, 1}, 1, 0);
  writer.settle();
  return fine;
}

TEST(ThreatT13Nonces, EndBeforeTheyRepeat) {
  BlockPool pool;
  RecordWriter writer(pool, cipher_at(crypto::NoiseCipher::kMostMessages - 3), 0);
  RecordReader reader(pool, cipher_at(crypto::NoiseCipher::kMostMessages - 3));
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(put_one(writer)) << i;
    const Slice record = writer.pending();
    std::memcpy(reader.room().data(), record.data, record.size);
    reader.filled(record.size);
    writer.consume(record.size);
    Record opened;
    std::string error;
    EXPECT_EQ(reader.next(opened, error), RecordReader::Next::record) << error;
  }
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(put_one(writer));
    EXPECT_TRUE(writer.empty()) << "something is to be sent";
  }
}

// The same byte each time: equal nonces with equal keys would show as equal records.
TEST(ThreatT13Nonces, OfAMillionRecordsAreDistinct) {
  constexpr int kRecords = kSanitized ? 100'000 : 1'100'000;  // a key is good for 2^20
  BlockPool pool;
  RecordWriter writer(pool, cipher_at(0), 0);
  std::vector<std::uint64_t> seen;
  seen.reserve(kRecords + 1);
  for (int i = 0; i < kRecords; ++i) {
    ASSERT_TRUE(put_one(writer));
    const Slice records = writer.pending();
    for (std::size_t at = 0; at < records.size;) {
      const std::size_t size = 2u + records.data[at] * 256u + records.data[at + 1];
      std::uint64_t tag;
      std::memcpy(&tag, records.data + at + size - sizeof tag, sizeof tag);
      seen.push_back(tag);
      at += size;
    }
    writer.consume(records.size);
  }
  if (!kSanitized) {
    EXPECT_EQ(seen.size(), kRecords + 1u) << "and a KEYUPDATE";
  }
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(std::adjacent_find(seen.begin(), seen.end()), seen.end());
}

// A child has the keys and counters of its parent's links, and must not use them.
TEST(ThreatT13Nonces, AChildProcessSendsNothing) {
  remote::World world;
  Config b = remote::config("b", {"127.0.0.1:0"});
  b.insecure.reset();
  b.secret = secret_text(1);
  Member bob(world.loop, b);
  b.nodeid = "a";
  b.private_node();
  b.seeds = bob->binds();
  Member ann(world.loop, b);
  ASSERT_TRUE(world.until([&] { return ann.up("b") && bob.up("a"); })) << ann.told();
  const Port sink = bob.sink("got");
  Child child([&] {
    std::string said;
    for (int i = 0; i < 3; ++i) {
      try {
        ann->snd(sink, "from the child");
        world.loop.run_once(0ns);
        said += "ran ";
      } catch (const std::exception& e) {
        said += e.what();
      }
    }
    return said;
  });
  EXPECT_EQ(child.told().find("ran"), std::string::npos) << child.told();
  EXPECT_NE(child.told().find("fork"), std::string::npos) << child.told();
  ann->snd(sink, "from the parent");
  ASSERT_TRUE(world.until([&] { return bob.count("got") + bob.count("down") > 0; }));
  EXPECT_EQ(bob.find("got [\"from the parent\"]"), 1) << bob.told();
}

using Keys = std::set<std::array<std::uint8_t, 32>>;

// Public ephemeral keys as dialling nodes of this process show them, and private ones as they are
// drawn: the second cost no curve.
std::string ephemerals(Host& host, int shown, int drawn) {
  const CredentialsRef credentials(new Credentials(
      [] {
        std::vector<crypto::Key> psks;
        psks.emplace_back(seeded(1));
        return psks;
      }(),
      std::nullopt, {}, "threats"));
  std::string all;
  for (int i = 0; i < shown; ++i) {
    SecureHandshake dialler(Handshake::Role::initiator, {}, credentials, host.random());
    Bytes message;
    dialler.take_output(message);
    all.append(message.begin() + 8, message.begin() + 40);
  }
  for (int i = 0; i < drawn; ++i) {
    std::array<std::uint8_t, 32> key{};
    if (!host.random().fill(key)) return "no random bytes";
    all.append(key.begin(), key.end());
  }
  return all;
}

TEST(ThreatT20Random, EphemeralKeysAreDistinctInChildrenToo) {
  constexpr int kShown = 1000, kDrawn = 49'000;
  const std::unique_ptr<Host> host = make_unix_host();
  std::string all = ephemerals(*host, 1, 1);
  Child child([&] { return ephemerals(*host, kShown, kDrawn); });
  all += ephemerals(*host, kShown, kDrawn);
  all += child.told();
  Keys keys;
  for (std::size_t at = 0; at + 32 <= all.size(); at += 32) {
    std::array<std::uint8_t, 32> key;
    std::memcpy(key.data(), all.data() + at, key.size());
    keys.insert(key);
  }
  EXPECT_EQ(keys.size(), 2 * (kShown + kDrawn) + 2u);
  EXPECT_EQ(keys.count({}), 0u);
}

#ifdef __linux__

// From now on getrandom(2) fails in this process.
bool forbid_getrandom() {
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),  // the number of the call
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getrandom, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{sizeof code / sizeof *code, code};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

TEST(ThreatT20Random, WithoutRandomBytesThereAreNoLinksAndTheProcessLives) {
  Child child([] {
    Loop loop;
    Config c = remote::config("b", {"127.0.0.1:0"});
    c.insecure.reset();
    c.secret = secret_text(1);
    Member bob(loop, c);
    c.nodeid = "a";
    c.private_node();
    c.seeds = bob->binds();
    Member ann(loop, c);
    if (!forbid_getrandom()) return std::string("SKIP");
    std::string said;
    const auto refused = [&] { return lines_with(ann, "the system has no random bytes") > 1; };
    if (!loop.run_until(refused, 60s)) said += "no line; " + ann.told();
    if (ann.up("b") || bob.up("a")) said += "a link; ";
    int got = 0;
    const Port port = ann->port([&](Message) { ++got; });
    ann->snd(port, "alive");
    if (!loop.run_until([&] { return got == 1; }, 60s)) said += "dead; ";
    try {
      Loop other;
      Node late(other);
      late.configure(c);
      said += "another node began; ";
    } catch (const Error& e) {
      said += e.what();
    }
    return said;
  });
  if (child.told() == "SKIP") GTEST_SKIP() << "no seccomp filters here";
  EXPECT_TRUE(child.told().starts_with("no random numbers")) << child.told();
  EXPECT_TRUE(WIFEXITED(child.status())) << child.status();
}

#endif

}  // namespace
}  // namespace aemp::threat
