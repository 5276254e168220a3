// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Links with secrets and keys between whole nodes, over loopback TCP.
#include <aemp/aemp.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/cluster.h"

namespace aemp::remote {
namespace {

Config with_secret(std::string id, const std::string& secret, std::vector<std::string> seeds = {}) {
  Config c = config(std::move(id), {"127.0.0.1:0"}, std::move(seeds));
  c.insecure.reset();
  c.secret = secret;
  return c;
}

class SecureLink : public testing::Test {
 protected:
  bool meet(Member& a, Member& b, std::chrono::nanoseconds limit = 300s) {
    return world.until([&] { return a.up(b->id()) && b.up(a->id()); }, limit);
  }
  void expect_talk(Member& a, Member& b) {
    const Port sink = b.sink("got");
    std::string large(300'000, 'L');
    for (int i = 0; i < 100; ++i) a->snd(sink, i);
    a->snd(sink, large);
    a->snd(sink, "last");
    ASSERT_TRUE(world.until([&] { return b.find("got [\"last\"]") >= 0; })) << b.told();
    EXPECT_EQ(b.count("got "), 102u);
    std::size_t at = 0;
    for (int i = 0; i < 100; ++i) {
      const auto found = b.find("got [" + std::to_string(i) + "]", at);
      ASSERT_GE(found, 0) << i;
      at = static_cast<std::size_t>(found);
    }
    EXPECT_GE(b.find("got [\"LLL"), 0);
  }

  World world;
  const std::string secret = generate_secret();
};

TEST_F(SecureLink, TwoNodesWithOneSecretTalk) {
  Member b(world.loop, with_secret("b", secret));
  Member a(world.loop, with_secret("a", secret, b->binds()));
  ASSERT_TRUE(meet(a, b)) << a.told() << b.told();
  expect_talk(a, b);
  expect_talk(b, a);
  a.leave();
  ASSERT_TRUE(world.until([&] { return !b.up("a"); }));
  EXPECT_GE(b.find("down a [\"transport_error\",\"a\",\"left the network\"]"), 0) << b.told();
}

TEST_F(SecureLink, APassphraseWillDo) {
  Member b(world.loop, with_secret("b", "correct horse battery staple"));
  Member a(world.loop, with_secret("a", "correct horse battery staple", b->binds()));
  ASSERT_TRUE(meet(a, b)) << a.told() << b.told();
  EXPECT_EQ(a.log.count(2, "a secret is a passphrase"), 1u) << a.log.all();
}

TEST_F(SecureLink, APassphraseIsWarnedOfWhereverItStands) {
  Member generated(world.loop, with_secret("a", secret));
  settle(world.loop);
  EXPECT_EQ(generated.log.count(2, "passphrase"), 0u) << generated.log.all();
  Config also = with_secret("a", secret);
  also.secret_also = {generate_secret(), "correct horse battery staple"};
  generated->reload(also);
  ASSERT_TRUE(world.until([&] { return generated.log.count(2, "a secret is a passphrase") == 1; }));
}

// T1
TEST_F(SecureLink, AWrongSecretOrClusterGetsNoLink) {
  Member b(world.loop, with_secret("b", secret));
  for (const bool other_cluster : {false, true}) {
    Config wrong = with_secret("a", other_cluster ? secret : generate_secret(), b->binds());
    if (other_cluster) wrong.cluster = "another";
    Member a(world.loop, wrong);
    ASSERT_TRUE(world.until([&] { return a.log.count(7, "is its secret") > 0; })) << a.log.all();
    EXPECT_FALSE(a.up("b"));
    EXPECT_FALSE(b.up("a"));
  }
  EXPECT_EQ(b.count("up"), 0u);
  EXPECT_GE(b.log.count(7, "does not know the secret"), 2u) << b.log.all();
}

TEST_F(SecureLink, SecretsCanBeChangedWithoutABreak) {
  const std::string next = generate_secret();
  Config both = with_secret("b", secret);
  both.secret_also = {{next}};
  Member b(world.loop, both);
  Member a(world.loop, with_secret("a", secret, b->binds()));
  Member c(world.loop, with_secret("c", next, b->binds()));
  ASSERT_TRUE(meet(a, b)) << a.told();
  ASSERT_TRUE(meet(c, b)) << c.told();
}

struct Identity {
  std::string key = generate_key();
  std::string line(const std::string& ids) const { return public_key(key) + " " + ids; }
};

TEST_F(SecureLink, KeysWithAndWithoutSecret) {
  const Identity of_a, of_b;
  for (const bool with : {false, true}) {
    Config cb = with_secret("b", secret), ca = with_secret("a", secret);
    if (!with) cb.secret.reset(), ca.secret.reset();
    cb.key = of_b.key;
    cb.allow = {{of_a.line("a")}};
    ca.key = of_a.key;
    ca.allow = {{of_b.line("x,b")}};
    Member b(world.loop, cb);
    ca.seeds = b->binds();
    Member a(world.loop, ca);
    ASSERT_TRUE(meet(a, b)) << a.log.all() << b.log.all();
    expect_talk(a, b);
  }
}

// T9
TEST_F(SecureLink, AKeyIsGoodForItsNodesOnly) {
  const Identity of_a, of_b, of_c;
  Config cb = with_secret("b", secret), ca = with_secret("a", secret);
  cb.secret.reset(), ca.secret.reset();
  cb.key = of_b.key;
  cb.allow = {{of_a.line("somebody-else"), of_c.line("*")}};
  ca.key = of_a.key;
  ca.allow = {{of_b.line("*")}};
  Member b(world.loop, cb);
  ca.seeds = b->binds();
  Member a(world.loop, ca);
  ASSERT_TRUE(world.until([&] { return a.log.count(7, "may not be node a") > 0; })) << a.log.all();
  EXPECT_FALSE(b.up("a"));
  EXPECT_GE(b.log.count(7, "may not be node a"), 1u) << b.log.all();
}

// T23
TEST_F(SecureLink, ARevokedKeyIsOutAtOnce) {
  const Identity of_a, of_b, of_c;
  Config cb = with_secret("b", secret), ca = with_secret("a", secret);
  cb.key = of_b.key;
  cb.allow = {{of_a.line("a"), of_c.line("c")}};
  ca.key = of_a.key;
  ca.allow = {{of_b.line("b")}};
  Member b(world.loop, cb);
  ca.seeds = b->binds();
  Member a(world.loop, ca);
  ASSERT_TRUE(meet(a, b)) << a.log.all();
  b->reload(cb);  // nothing has changed
  world.pass(100ms);
  EXPECT_TRUE(b.up("a"));
  Config now = cb;
  now.allow = {{of_c.line("c")}};
  b->reload(now);
  ASSERT_TRUE(world.until([&] { return !b.up("a") && !a.up("b"); }, 1s)) << b.told();
  world.pass(2s);
  EXPECT_FALSE(b.up("a"));
}

TEST_F(SecureLink, ARevokedKeyIsOutInTheMiddleOfItsHandshakeToo) {
  const Identity of_a, of_b, of_c;
  Config cb = with_secret("b", secret), ca = with_secret("a", secret);
  cb.key = of_b.key;
  cb.allow = {{of_a.line("a"), of_c.line("c")}};
  ca.key = of_a.key;
  ca.allow = {{of_b.line("b")}};
  Member b(world.loop, cb);
  ca.seeds = b->binds();
  Member a(world.loop, ca);
  ASSERT_TRUE(world.until([&] { return b->stats().half_open > 0; }));
  ASSERT_FALSE(b.up("a"));
  Config now = cb;
  now.allow = {{of_c.line("c")}};
  b->reload(now);
  ASSERT_TRUE(world.until([&] { return b->stats().half_open == 0; }));
  EXPECT_EQ(b.count("up a"), 0u) << b.told();
}

TEST_F(SecureLink, ReloadRefusesWhatItCannotDo) {
  const auto error = [](Member& m, const Config& c) {
    try {
      m->reload(c);
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  Member b(world.loop, with_secret("b", secret));
  EXPECT_NE(error(b, Config()), "");
  Config short_one;
  short_one.secret = "short";
  EXPECT_NE(error(b, short_one), "");
  Member plain(world.loop, config("p", {unix_name()}));
  EXPECT_NE(error(plain, with_secret("p", secret)), "");
  EXPECT_EQ(error(plain, Config()), "");
}

TEST_F(SecureLink, UnixSocketsStayPlainBesideTcp) {
  const std::string path = unix_name();
  Config cb = with_secret("b", secret);
  cb.binds = {{"127.0.0.1:0", path}};
  Member b(world.loop, cb);
  Config ca = with_secret("a", secret);
  ca.private_node();
  ca.secret.reset();
  ca.seeds = {{path}};
  Member a(world.loop, ca);
  ASSERT_TRUE(meet(a, b)) << a.log.all();
  expect_talk(a, b);
}

TEST_F(SecureLink, BareFramesWhereBothEndsAskForThemOnLoopback) {
  for (int i = 0; i < 4; ++i) {
    Config cb = with_secret("b", secret);
    cb.encrypt = (i & 1) == 0;
    Member b(world.loop, cb);
    Config ca = with_secret("a", secret, b->binds());
    ca.encrypt = (i & 2) == 0;
    Member a(world.loop, ca);
    ASSERT_TRUE(meet(a, b)) << i << a.log.all();
    expect_talk(a, b);
  }
}

TEST_F(SecureLink, ASecretAndNoneDoNotMix) {
  Config cb = config("b", {"127.0.0.1:0"});
  cb.insecure = true;
  Member b(world.loop, cb);
  Member a(world.loop, with_secret("a", secret, b->binds()));
  ASSERT_TRUE(world.until([&] { return a.log.count(7, "refuses handshake suite") > 0; }))
      << a.log.all();
  EXPECT_FALSE(a.up("b"));
  Config cc = config("c", {}, {});
  cc.insecure = true;
  cc.seeds = a->binds();
  Member c(world.loop, cc);
  ASSERT_TRUE(world.until([&] { return c.log.count(7, "refuses handshake suite") > 0; }))
      << c.log.all();
}

TEST_F(SecureLink, WithoutBindsItListensOnEveryAddress) {
  Config c = with_secret("n", secret);
  c.binds.reset();
  Member n(world.loop, c);
  EXPECT_FALSE(n->binds().empty());
  for (const std::string& bind : n->binds()) EXPECT_EQ(bind.find('*'), std::string::npos) << bind;
}

std::string refusal(const Config& c) {
  Loop loop;
  Node node(loop);
  try {
    node.configure(c);
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::bad_config) << e.what();
    return e.what();
  }
  return {};
}

TEST_F(SecureLink, BadSecretsAndKeysAreRefusedAndNotRepeated) {
  const auto says = [&](const std::function<void(Config&)>& change, std::string_view what) {
    Config c = with_secret("n", secret);
    change(c);
    const std::string text = refusal(c);
    EXPECT_NE(text.find(what), std::string::npos) << text << ", expected " << what;
    EXPECT_EQ(text.find("hunter2"), std::string::npos) << text;
  };
  const Identity own;
  says([](Config& c) { c.secret = "hunter2"; }, "secret: a passphrase of 7");
  says([&](Config& c) { c.secret->back() = c.secret->back() == 'A' ? 'B' : 'A'; },
       "wrong or missing");
  for (const char* before : {" ", "\"", "secret = ", "\xef\xbb\xbf"}) {
    says([&](Config& c) { c.secret = before + secret; }, "wrong or missing");
  }
  says([&](Config& c) { c.secret = own.key; }, "not a key");
  says([&](Config& c) { c.secret.reset(), c.secret_also = {{secret}}; }, "secret_also");
  says([&](Config& c) { c.secret_also.emplace(4, secret); }, "secret_also[3]: one too many");
  says([&](Config& c) { c.key = "hunter2"; }, "key: expected");
  says([&](Config& c) { c.key = own.key; }, "allow: expected the public keys of other nodes");
  says([&](Config& c) { c.allow = {{own.line("*")}}; }, "a key of this node");
  says([&](Config& c) { c.key = own.key, c.allow = {{"nonsense *"}}; }, "allow[0]: expected");
  says([&](Config& c) { c.key = own.key, c.allow = {{public_key(own.key)}}; }, "or *");
  for (const char* ids : {"a,,b", ",a", "a, b", "a b", "web[0-9]", "web-{1,2}", "a#b"}) {
    says([&](Config& c) { c.key = own.key, c.allow = {{own.line(ids)}}; }, "commas");
  }
  says([&](Config& c) { c.cluster = std::string(65, 'c'); }, "cluster: 65 bytes");
  says([&](Config& c) { c.insecure = true; }, "insecure beside");
}

// The sentence begins with the entry: the tool makes file and line of it.
TEST_F(SecureLink, TheEntryOfAListThatIsWrongIsNamed) {
  const Identity own;
  const auto says = [&](const std::function<void(Config&)>& change, const std::string& entry) {
    Config c = with_secret("n", secret);
    c.key = own.key;
    c.allow = {{own.line("*")}};
    change(c);
    const std::string text = refusal(c);
    EXPECT_TRUE(text.starts_with(entry + ": ")) << text << ", expected " << entry;
    EXPECT_EQ(text.find("hunter2"), std::string::npos) << text;
  };
  for (const char* bad : {"hunter2", "aemp-s1.hunter2", "aemp-k1.hunter2"}) {
    says([&](Config& c) { c.secret = bad; }, "secret");
    says([&](Config& c) { c.secret_also = {{bad, secret, secret}}; }, "secret_also[0]");
    says([&](Config& c) { c.secret_also = {{secret, secret, bad}}; }, "secret_also[2]");
    says([&](Config& c) { c.key = bad; }, "key");
  }
  const std::string public_text = public_key(own.key);
  for (const std::string& bad :
       {std::string("hunter2 *"), std::string("aemp-p1.short *"), "x" + own.line("*"), public_text,
        own.line("a,,b"), own.line("a b")}) {
    says([&](Config& c) { c.allow = {{bad, own.line("*")}}; }, "allow[0]");
    says([&](Config& c) { c.allow = {{own.line("*"), own.line("a"), bad}}; }, "allow[2]");
  }
}

// A file in the place of another.
TEST_F(SecureLink, ASecretInTheAllowListIsNotRepeated) {
  const Identity own;
  for (const std::string& line :
       {secret, own.key, " " + own.key, own.key + " a", "key " + own.key,
        std::string("correct horse battery staple"), "aemp-p1. " + own.key, "aemp-p1." + secret}) {
    Config c = with_secret("n", secret);
    c.key = own.key;
    c.allow = {{line}};
    const std::string text = refusal(c);
    EXPECT_NE(text.find("expected a public key"), std::string::npos) << text;
    for (const std::string& part :
         {secret.substr(8, 12), own.key.substr(8, 12), line.substr(0, 9)}) {
      EXPECT_EQ(text.find(part), std::string::npos) << text;
    }
  }
}

TEST(Keys, AreNewEachTimeAndHaveFingerprints) {
  EXPECT_NE(generate_secret(), generate_secret());
  const std::string key = generate_key();
  EXPECT_EQ(key_fingerprint(key), key_fingerprint(public_key(key)));
  EXPECT_EQ(key_fingerprint(key).size(), 8u);
  EXPECT_EQ(key_fingerprint(generate_secret()).size(), 8u);
  EXPECT_THROW(key_fingerprint("nonsense"), Error);
  EXPECT_THROW(public_key(public_key(key)), Error);
}

}  // namespace
}  // namespace aemp::remote
