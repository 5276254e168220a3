// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// configure() and reload() with a configuration file, on simulated hosts.
#include <aemp/aemp.h>
#include <aemp/keys.h>
#include <aemp/sim.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/settings_text.h"

namespace aemp {
namespace {

using namespace std::chrono_literals;
using test::thrown;
using Texts = std::vector<std::string>;

class FileConfig : public testing::Test {
 protected:
  FileConfig() { process.set_env("HOME", "/home/ruth"); }
  ~FileConfig() override { node.reset(); }

  void file(std::string_view text, std::uint32_t mode = 0600) {
    process.write_file("/home/ruth/.aemp.json", text, mode);
  }
  Node& fresh() {
    node.reset();
    node = std::make_unique<Node>(process.loop());
    node->on_log([this](int level, std::string_view line) {
      if (level <= 2) log.emplace_back(line);
    });
    return *node;
  }
  // What configure() throws.
  std::string configure() {
    fresh();
    return thrown([&] { node->configure(config); });
  }
  std::string id() {
    const std::string said = configure();
    return said.empty() ? node->id() : said;
  }

  sim::Network net{1};
  sim::Process process{net, "host"};
  std::unique_ptr<Node> node;
  Config config;
  Texts log;
};

TEST_F(FileConfig, WithoutAFileHoldsWhatIsGiven) {
  config.nodeid = "given";
  EXPECT_EQ(id(), "given");
  config.nodeid.reset();
  EXPECT_TRUE(id().starts_with("anon/"));
  process.set_env("HOME", "");
  EXPECT_TRUE(id().starts_with("anon/"));
}

TEST_F(FileConfig, SaysWhereToListenAndMore) {
  file(R"({"nodeid": "filed", "binds": ["unix:@x"], "max_message": 2048,
           "profile": {"host": {"binds": ["unix:@y"]}}})");
  config.nodeid = "given";
  config.binds = {"unix:@z"};
  EXPECT_EQ(id(), "filed");
  EXPECT_EQ(node->binds(), Texts{"unix:@y"});
  const Port port = node->port();
  EXPECT_TRUE(thrown([&] { node->snd(port, std::string(2100, 'x')); }).starts_with("too_big"));
  config.force = true;
  EXPECT_EQ(id(), "given");
  EXPECT_EQ(node->binds(), Texts{"unix:@z"});
  config.force = false;
  config.norc = true;
  EXPECT_EQ(id(), "given");
  EXPECT_EQ(node->binds(), Texts{"unix:@z"});
}

TEST_F(FileConfig, WithoutANodeIdTheProfileNamesTheNode) {
  file(R"({"binds": [], "profile": {"db": {}, "host": {}, "named": {"nodeid": "other"}}})");
  EXPECT_EQ(id(), "host");
  config.profile = "db";
  EXPECT_EQ(id(), "db");
  config.profile = "named";
  EXPECT_EQ(id(), "other");
  config.profile = "db";
  config.nodeid = "given";
  EXPECT_EQ(id(), "given");
  config.nodeid.reset();
  config.norc = true;
  EXPECT_EQ(id(), "db");
  file(R"({"binds": []})");
  config = Config();
  EXPECT_TRUE(id().starts_with("anon/"));
}

TEST_F(FileConfig, AProfileThatIsNamedMustExist) {
  config.profile = "db";
  EXPECT_EQ(id(),
            "bad_config: profile \"db\": there is no configuration file /home/ruth/.aemp.json");
  file("{}");
  EXPECT_EQ(id(),
            "bad_config: there is no profile \"db\" (with the configuration file "
            "/home/ruth/.aemp.json)");
  process.set_env("HOME", "");
  EXPECT_TRUE(id().starts_with("bad_config: profile \"db\": there is no configuration file"));
}

TEST_F(FileConfig, WhatIsWrongIsSaidBeforeAnythingIsBound) {
  const auto refused = [&](std::string_view text, std::uint32_t mode = 0600) {
    file(text, mode);
    const std::string said = configure();
    EXPECT_TRUE(node->binds().empty());
    // The node can still be configured.
    Config other;
    other.norc = true;
    other.private_node();
    EXPECT_EQ(thrown([&] { node->configure(other); }), "");
    return said;
  };
  config.binds = {"unix:@z"};
  EXPECT_EQ(refused("{\n  \"seedz\": []}"),
            "bad_config: /home/ruth/.aemp.json:2:3: unknown key \"seedz\": did you mean 'seeds'?");
  const std::string secret = std::string("\"secret\": \"") + test::kSecretText + "\"";
  EXPECT_NE(refused("{" + secret + "}", 0644).find("chmod 600"), std::string::npos);
  EXPECT_EQ(refused("{" + secret + ", \"insecure\": true}"),
            "bad_config: insecure beside a secret or a key: expected one of them (with the "
            "configuration file /home/ruth/.aemp.json)");
  EXPECT_NE(refused(R"({"services": ["gone"]})").find("services: function \"gone\""),
            std::string::npos);
  EXPECT_TRUE(refused(R"({"nodeid": "%n%n%n/", "profile": {"host": {"parent": "x"}}})")
                  .find("there is no profile \"x\"") != std::string::npos);
}

TEST_F(FileConfig, ServicesAreCalledOnceTheNodeIsConfigured) {
  Texts called;
  file(
      R"({"binds": [], "services": ["plain", ["pool", 4, "x"], ["pool", "misfit"], "thrower", "plain"]})");
  Node& n = fresh();
  n.define("plain", [&] { called.push_back("plain on " + n.id()); });
  n.define("pool",
           [&](int size, std::string name) { called.push_back(name + std::to_string(size)); });
  n.define("thrower", [] { throw std::runtime_error("no"); });
  config.nodeid = "ruth";
  n.configure(config);
  EXPECT_EQ(called, Texts());
  net.run_for(1s);
  EXPECT_EQ(called, (Texts{"plain on ruth", "x4", "plain on ruth"}));
  EXPECT_EQ(log.size(), 2u) << "what does not fit, and what throws, is logged";
}

TEST_F(FileConfig, ServicesAreNotCalledWhereConfiguringFails) {
  int called = 0;
  Node& n = fresh();
  n.define("f", [&] { ++called; });
  config.services = {"f"};
  config.binds = {"192.0.2.1:0"};
  EXPECT_NE(thrown([&] { n.configure(config); }), "");
  config.private_node();
  n.configure(config);
  net.run_for(1s);
  EXPECT_EQ(called, 1);
}

TEST_F(FileConfig, ServicesThatAreNoCallsAreRefused) {
  for (const char* service : {"[", "[]", "[7]", "[\"gone\",1]", "", "\xff", "info", "[[\"f\"]]"}) {
    config.services = {service};
    const std::string said = configure();
    EXPECT_TRUE(said.starts_with("bad_config: services: ") || said.starts_with("bad_text: "))
        << service << said;
  }
}

TEST_F(FileConfig, AServiceMayEndTheNode) {
  int called = 0;
  Node& n = fresh();
  n.define("first", [&] {
    ++called;
    node.reset();
  });
  n.define("second", [&] { ++called; });
  config.services = {"first", "second"};
  config.private_node();
  n.configure(config);
  net.run_for(3s);
  EXPECT_EQ(called, 1);
}

TEST_F(FileConfig, ReloadReadsItAgain) {
  const std::string own = generate_key(), friends = generate_key();
  const auto allow = [&](const std::string& ids) {
    file(R"({"key": ")" + own + R"(", "binds": ["127.0.0.1:4040"], "allow": [")" +
         public_key(friends) + " " + ids + "\"]}");
  };
  allow("friend");
  config.nodeid = "ruth";
  ASSERT_EQ(configure(), "");
  sim::Process other(net, "host");
  Node guest(other.loop());
  Config c;
  c.nodeid = "friend";
  c.key = friends;
  c.allow = {public_key(own) + " *"};
  c.private_node();
  c.seeds = {"127.0.0.1:4040"};
  guest.configure(c);
  ASSERT_TRUE(net.run_until([&] { return node->node_is_up("friend").value_or(false); }, 10s));
  allow("stranger");
  node->reload(config);
  EXPECT_TRUE(net.run_until([&] { return !node->node_is_up("friend").value_or(true); }, 10s));
}

// Refused memory at any point: an error, nothing bound, and it works the next time.
TEST_F(FileConfig, MemoryMayBeRefusedAtAnyPoint) {
  file(test::kEveryKey);
  std::uint64_t nth = 0;
  for (;; ++nth) {
    Node& n = fresh();
    for (const char* name : {"plain", "pool", "[odd"}) n.define(name, [] {});
    config = Config();
    config.force = true;
    config.binds = {"unix:@z"};
    config.secure = false;
    config.seeds = Texts();
    config.advertise = Texts();
    config.max_message = 16u << 20;
    config.secret_also = Texts();
    config.congested_above = 1u << 20;
    const std::uint64_t before = process.refused_allocations();
    process.fail_allocations(nth, 1);
    bool refused = false;
    try {
      process.inside([&] { n.configure(config); });
    } catch (const std::bad_alloc&) {
      refused = true;
    }
    process.fail_allocations(0, 0);
    if (refused) {
      EXPECT_TRUE(n.binds().empty()) << nth;
      process.inside([&] { n.configure(config); });
    }
    EXPECT_EQ(n.binds(), Texts{"unix:@z"}) << nth;
    if (process.refused_allocations() == before) break;
  }
  EXPECT_GT(nth, 100u);
}

}  // namespace
}  // namespace aemp
