// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// configure(): names, values, what it refuses.
#include <aemp/aemp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "support/node_fixture.h"

namespace aemp {
namespace {

using namespace std::chrono_literals;
using test::contains;
using test::error_of;
using test::error_text;
using test::Texts;

class ApiConfig : public testing::Test {
 protected:
  ApiConfig() {
    config.norc = true;
    config.private_node();
  }
  // The error of configuring a fresh node, its sentence in `sentence`.
  std::string refused() {
    Node n(loop);
    test::NodeLog log(n);
    sentence = error_text([&] { n.configure(config); });
    if (sentence.empty()) return std::string();
    EXPECT_TRUE(n.binds().empty());
    return error_of([&] { n.configure(config); });
  }

  Loop loop;
  Config config;
  std::string sentence;
};

TEST_F(ApiConfig, WithoutItANodeIsCalledAnonAndRandom) {
  Node a(loop), b(loop);
  EXPECT_TRUE(a.id().starts_with("anon/")) << a.id();
  EXPECT_GT(a.id().size(), 20u);
  EXPECT_NE(a.id(), b.id());
  EXPECT_TRUE(Port::parse(a.id()).has_value());
}

TEST_F(ApiConfig, TakesTheNodeId) {
  Node n(loop);
  config.nodeid = "eg_receiver";
  n.configure(config);
  EXPECT_EQ(n.id(), "eg_receiver");
  EXPECT_EQ(n.node_port().str(), "eg_receiver#");
  EXPECT_TRUE(n.binds().empty());
  const Port p = n.port();
  EXPECT_EQ(p.node(), "eg_receiver");
  EXPECT_TRUE(n.is_local(p));
  EXPECT_EQ(n.known_nodes(), (Texts{"eg_receiver"}));
}

TEST_F(ApiConfig, ExpandsPercentNPercentUAndATrailingSlash) {
  char name[256] = "";
  ASSERT_EQ(gethostname(name, sizeof name), 0);
  const auto id_of = [&](const char* text) {
    Node n(loop);
    config.nodeid = text;
    n.configure(config);
    return n.id();
  };
  EXPECT_EQ(id_of("x-%n-y"), "x-" + std::string(name) + "-y");
  const std::string u = id_of("u%u");
  EXPECT_GT(u.size(), 12u);
  EXPECT_NE(u, id_of("u%u"));
  EXPECT_TRUE(id_of("anon/").starts_with("anon/"));
  EXPECT_GT(id_of("any/thing/").size(), 20u);
  EXPECT_NE(id_of("a/"), id_of("a/"));
  EXPECT_EQ(id_of("100%"), "100%");
  EXPECT_EQ(id_of("%x"), "%x");
}

TEST_F(ApiConfig, RefusesMalformedNodeIds) {
  const std::string almost(250, 'n');
  for (const std::string& id :
       {std::string(""), std::string("a b"), std::string("a#b"), std::string("\xc3\xa4"),
        std::string(256, 'n'), std::string("a\n"), almost + "/"}) {
    config.nodeid = id;
    EXPECT_EQ(refused(), "bad_name") << id;
  }
  config.nodeid = std::string(255, 'n');
  EXPECT_EQ(refused(), "");
}

TEST_F(ApiConfig, OnlyOnceAndBeforeTheFirstPort) {
  Node a(loop), b(loop), c(loop), d(loop);
  a.configure(config);
  EXPECT_EQ(error_of([&] { a.configure(config); }), "already_configured");
  b.port();
  EXPECT_EQ(error_of([&] { b.configure(config); }), "already_configured");
  c.spawn(c.id(), "f");
  EXPECT_EQ(error_of([&] { c.configure(config); }), "already_configured");
  test::NodeLog log_c(c), log_d(d);
  d.cal(
      d.node_port(), [](const Reply&) {}, "time");
  EXPECT_EQ(error_of([&] { d.configure(config); }), "already_configured");
  test::settle(loop);
}

TEST_F(ApiConfig, NotAfterLeaving) {
  for (const bool before : {false, true}) {
    Node n(loop);
    if (before) n.configure(config);
    n.leave();
    EXPECT_EQ(error_of([&] { n.configure(config); }), "node_left");
    EXPECT_TRUE(contains(error_text([&] { n.configure(config); }), n.id()));
  }
}

TEST_F(ApiConfig, MayBeTriedAgainAfterAnError) {
  Node n(loop);
  config.nodeid = "no good";
  EXPECT_EQ(error_of([&] { n.configure(config); }), "bad_name");
  EXPECT_TRUE(n.id().starts_with("anon/"));
  config.nodeid = "good";
  n.configure(config);
  EXPECT_EQ(n.id(), "good");
}

TEST_F(ApiConfig, DefinesAndRegistrationsMayComeBefore) {
  Node n(loop);
  test::NodeLog log(n);
  int ran = 0;
  n.define("f", [&] { ++ran; });
  config.nodeid = "later";
  n.configure(config);
  n.snd_to_func("later", "f");
  n.snd_to_func("later", "g");
  test::settle(loop);
  EXPECT_EQ(ran, 1);
  EXPECT_EQ(log.count(2), 1);
}

TEST_F(ApiConfig, RefusesValuesOutOfRangeAndNamesThem) {
  const auto expect = [&](const char* key) {
    EXPECT_EQ(refused(), "bad_config") << key;
    EXPECT_TRUE(contains(sentence, key)) << sentence;
    config = Config();
    config.norc = true;
    config.private_node();
  };
  config.max_message = 1023;
  expect("max_message");
  config.max_message = (1ull << 30) + 1;
  expect("max_message");
  config.queue_limit = (32u << 20) - 1;
  expect("queue_limit");
  config.max_message = 1u << 20;
  config.queue_limit = (2u << 20) - 1;
  expect("queue_limit");
  config.heartbeat_timeout = 29ms;
  expect("heartbeat_timeout");
  config.heartbeat_timeout = -1s;
  expect("heartbeat_timeout");
  config.monitor_timeout = 0s;
  expect("monitor_timeout");
  config.connect_interval = -1ms;
  expect("connect_interval");
  config.link_idle = 0ms;
  expect("link_idle");
  config.log_level = 10;
  expect("log_level");
  config.log_level = -1;
  expect("log_level");
  config.drained_below = 0;
  expect("drained_below");
  config.drained_below = 2000;
  config.congested_above = 1000;
  expect("congested_above");
}

TEST_F(ApiConfig, TakesTheExtremesOfTheRanges) {
  config.max_message = 1024;
  config.queue_limit = 2048;
  config.congested_above = 1;
  config.drained_below = 1;
  config.heartbeat_timeout = 30ms;
  config.log_level = 0;
  EXPECT_EQ(refused(), "") << sentence;
  config.max_message = 1u << 30;
  config.queue_limit = 2ull << 30;
  config.log_level = 9;
  config.nodelay = false;
  config.secure = true;
  EXPECT_EQ(refused(), "") << sentence;
}

TEST_F(ApiConfig, ALargerMaxMessageRaisesTheDefaultQueueLimit) {
  config.max_message = 100u << 20;
  EXPECT_EQ(refused(), "") << sentence;
}

TEST_F(ApiConfig, RefusesSecretsAndAddressesThatNeedThem) {
  config.secret = "abc";
  EXPECT_EQ(refused(), "bad_config");
  EXPECT_TRUE(contains(sentence, "secret")) << sentence;
  config.insecure = true;
  EXPECT_EQ(refused(), "bad_config");
  EXPECT_TRUE(contains(sentence, "insecure beside")) << sentence;
  config.secret.reset();
  config.insecure.reset();
  for (const char* bind : {"127.0.0.1:0", "[::1]:0", "127.0.0.1"}) {
    config.binds = {{bind}};
    EXPECT_EQ(refused(), "bad_config") << bind;
    EXPECT_TRUE(contains(sentence, "gensecret")) << sentence;
  }
  config.insecure = true;
  for (const char* bind : {"192.0.2.1:0", "*", "*:0", "0.0.0.0:1", "[2001:db8::1]:0"}) {
    config.binds = {{bind}};
    EXPECT_EQ(refused(), "bad_config") << bind;
    EXPECT_TRUE(contains(sentence, bind)) << sentence;
    EXPECT_TRUE(contains(sentence, "gensecret")) << sentence;
  }
  config.private_node();
  config.insecure.reset();
  for (const char* seed : {"127.0.0.1:4040", "192.0.2.1", "*"}) {
    config.seeds = {{seed}};
    EXPECT_EQ(refused(), "bad_config") << seed;
    EXPECT_TRUE(contains(sentence, "seeds")) << sentence;
  }
}

TEST_F(ApiConfig, RefusesMalformedAddresses) {
  config.insecure = true;
  for (const char* text : {"", ":", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1", "[::1", "::1",
                           "unix:", "unix:@", "300.1.1.1:1", "127.0.0.1:1:2"}) {
    config.binds = {{text}};
    EXPECT_EQ(refused(), "bad_config") << text;
    EXPECT_TRUE(contains(sentence, "binds")) << sentence;
    config.private_node();
    config.seeds = {{text}};
    EXPECT_EQ(refused(), "bad_config") << text;
    config.seeds.reset();
  }
}

TEST_F(ApiConfig, InsecureWithoutBindsListensOnLoopback) {
  Node n(loop);
  Config c;
  c.norc = true;
  c.insecure = true;
  n.configure(c);
  ASSERT_EQ(n.binds().size(), 1u);
  EXPECT_TRUE(n.binds()[0].starts_with("127.0.0.1:")) << n.binds()[0];
  EXPECT_NE(n.binds()[0], "127.0.0.1:0");
}

TEST_F(ApiConfig, NoBindsAndNoSecretListensNowhereAndSaysSo) {
  Node n(loop);
  test::NodeLog log(n);
  Config c;
  c.norc = true;
  n.configure(c);
  test::settle(loop);
  EXPECT_TRUE(n.binds().empty());
  EXPECT_EQ(log.count(1, "listens nowhere"), 1) << log.all();
}

TEST_F(ApiConfig, BindsTellsDynamicPorts) {
  Node n(loop);
  config.insecure = true;
  config.binds = {{"127.0.0.1:0", "127.0.0.1"}};
  n.configure(config);
  ASSERT_EQ(n.binds().size(), 2u);
  EXPECT_NE(n.binds()[0], n.binds()[1]);
  for (const std::string& bind : n.binds()) {
    EXPECT_TRUE(bind.starts_with("127.0.0.1:"));
    EXPECT_FALSE(bind.ends_with(":0"));
  }
  n.leave();
  EXPECT_TRUE(n.binds().empty());
}

TEST_F(ApiConfig, AnAddressInUseBindsNothing) {
  Node first(loop), second(loop);
  config.insecure = true;
  config.binds = {{"127.0.0.1:0"}};
  first.configure(config);
  config.binds = {{"127.0.0.1:0", first.binds()[0]}};
  EXPECT_EQ(error_of([&] { second.configure(config); }), "address_in_use");
  EXPECT_TRUE(contains(error_text([&] { second.configure(config); }), first.binds()[0]));
  EXPECT_TRUE(second.binds().empty());
  config.binds = {{"127.0.0.1:0"}};
  second.configure(config);
  EXPECT_EQ(second.binds().size(), 1u);
}

}  // namespace
}  // namespace aemp
