// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Keys by name, their values as people type them, and what holds of several layers.
#include "config/config_keys.h"

#include <aemp/profile.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/text.h"
#include "config/settings_text.h"
#include "node/settings.h"

namespace aemp {
namespace {

using namespace std::chrono_literals;
using test::thrown;
using Texts = std::vector<std::string>;

std::string refused(std::string_view key, std::string_view text) {
  return thrown([&] {
    Config config;
    set_key(config, key, text);
  });
}

std::string json_of(std::string_view key, std::string_view text) {
  Config config;
  set_key(config, key, text);
  return key_json(config, key);
}

TEST(ConfigKeys, TakeWhatPeopleType) {
  EXPECT_EQ(json_of("nodeid", "ruth"), "\"ruth\"");
  EXPECT_EQ(json_of("seeds", "a:1,[::1]:4040"), R"(["a:1", "[::1]:4040"])");
  EXPECT_EQ(json_of("seeds", "[::1]:4040"), R"(["[::1]:4040"])");
  EXPECT_EQ(json_of("seeds", R"([ "unix:/a,b" ])"), R"(["unix:/a,b"])");
  EXPECT_EQ(json_of("seeds", "[ ]"), "[]");
  EXPECT_EQ(json_of("seeds", ""), "[]");
  EXPECT_EQ(json_of("services", "f,g"), R"(["f", "g"])");
  EXPECT_EQ(json_of("services", R"(["f", ["g", 1.50], ["h"]])"), R"(["f", ["g",1.5], "h"])");
  EXPECT_EQ(json_of("secure", "true"), "true");
  EXPECT_EQ(json_of("log_level", "7"), "7");
  EXPECT_EQ(json_of("link_idle", "0.25"), "0.25");
  EXPECT_EQ(json_of("link_idle", "2e1"), "20");
  EXPECT_EQ(json_of("link_idle", "0.1000"), "0.1");
  EXPECT_EQ(json_of("queue_limit", "4096"), "4096");
  EXPECT_EQ(json_of("limits.half_open", "5"), "5");
  EXPECT_EQ(json_of("cluster", ""), "\"\"");
}

TEST(ConfigKeys, LimitsAreAnObjectWhoseRestStays) {
  Config config;
  set_key(config, "limits", R"({"half_open": 5, "block_time": 0.5})");
  set_key(config, "limits", R"({"half_open": 6})");
  EXPECT_EQ(config.limits.half_open, 6u);
  EXPECT_EQ(config.limits.block_time, 500ms);
  EXPECT_TRUE(has_key(config, "limits"));
  EXPECT_FALSE(has_key(config, "limits.accept_rate"));
  const std::string bad = R"({"half_open": 7, "block_time": 0})";
  EXPECT_NE(thrown([&] { set_key(config, "limits", bad); }), "");
  EXPECT_EQ(config.limits.half_open, 6u) << "a part of what is wrong was taken";
  const std::string no_key = thrown([&] { (void)key_json(config, "limits"); });
  EXPECT_NE(no_key.find("not a key by itself"), std::string::npos) << no_key;
  clear_key(config, "limits.half_open");
  EXPECT_EQ(config.limits.half_open, std::nullopt);
  clear_key(config, "limits");
  EXPECT_FALSE(has_key(config, "limits"));
}

TEST(ConfigKeys, RefuseTheRest) {
  constexpr struct {
    const char* key;
    const char* text;
    const char* said;
  } kCases[] = {
      {"seed", "a", "unknown key \"seed\": did you mean 'seeds'?"},
      {"parent", "a", "\"parent\": not a key by itself"},
      {"norc", "true", "unknown key"},
      {"nodeid", "", "nodeid: \"\": expected 1 to 255 characters"},
      {"nodeid", "a\xff", "nodeid: expected UTF-8"},
      {"seeds", "a,,b", "seeds: expected something on each side of a comma"},
      {"seeds", "a,", "seeds: expected something on each side of a comma"},
      {"seeds", ",", "seeds: expected something on each side of a comma"},
      {"seeds", "a:x", "seeds: "},
      {"seeds", "[\"a\", 1]", "seeds:1:7: seeds: expected text"},
      {"seeds", "[\"a\"", "seeds:1:5: expected ',' or ']'"},
      {"seeds", "[\"a\"] x", "seeds:1:7: expected the end of the text"},
      {"services", "f,[g", "services: expected an array of services"},
      {"services", "[f]", "services:1:2: services: expected the name of a function"},
      {"secure", "yes", "secure: \"yes\": expected true or false"},
      {"log_level", "high", "log_level: \"high\": expected a whole number"},
      {"log_level", "-1", "log_level: \"-1\": expected a whole number"},
      {"log_level", "10", "log_level: 10: expected 0 to 9"},
      {"link_idle", "1s", "link_idle: \"1s\": expected a number of seconds"},
      {"link_idle", "", "link_idle: \"\": expected a number of seconds"},
      {"link_idle", "inf", "link_idle: \"inf\": expected a number of seconds"},
      {"link_idle", "-1", "link_idle: \"-1\": expected a number of seconds"},
      {"link_idle", "1e999", "link_idle: \"1e999\": expected a number of seconds"},
      {"link_idle", "0", "link_idle: 0: expected 0.001 to 1000000000 seconds"},
      {"link_idle", "1000000000.1", "link_idle: 1000000000.1: expected 0.001 to"},
      {"queue_limit", "99999999999999999999",
       "queue_limit: \"99999999999999999999\": expected a whole number"},
      {"queue_limit", "18446744073709551615", "queue_limit: 9223372036854775807: expected 2048 to"},
      {"limits", "7", "limits:1:1: limits: expected an object"},
      {"limits", "{\"x\":1}", "limits:1:2: unknown key \"x\""},
      {"secret", "short", "secret: a passphrase of 5 characters"},
      {"key", "short", "key: expected a private key"},
      {"allow", "short", "allow: expected a public key"},
  };
  for (const auto& c : kCases) {
    const std::string said = refused(c.key, c.text);
    EXPECT_TRUE(said.starts_with("bad_config: ")) << c.key << said;
    EXPECT_NE(said.find(c.said), said.npos) << c.key << ": " << said;
  }
  for (const char* key : {"parent", "seed", ""}) {
    Config config;
    EXPECT_NE(thrown([&] { clear_key(config, key); }), "") << key;
    EXPECT_NE(thrown([&] { has_key(config, key); }), "") << key;
    EXPECT_NE(thrown([&] { key_json(config, key); }), "") << key;
    EXPECT_FALSE(is_config_key(key)) << key;
    EXPECT_EQ(config_default(key), "") << key;
  }
}

TEST(ConfigKeys, TheNearestIsMeant) {
  for (const std::string_view key : config_keys()) {
    EXPECT_EQ(nearest_config_key(key), key);
    std::string slip(key);
    slip.erase(slip.size() - 2, 1);
    EXPECT_EQ(nearest_config_key(slip), key) << slip;
    slip = std::string(key) + "x";
    EXPECT_EQ(nearest_config_key(slip), key) << slip;
  }
  EXPECT_EQ(nearest_config_key("parents"), "parent");
  EXPECT_EQ(nearest_config_key("profil"), "profile");
  EXPECT_EQ(nearest_config_key("limit"), "limits");
  EXPECT_EQ(nearest_config_key("max"), "max_message");
  EXPECT_NE(nearest_config_key(std::string(100'000, 'x')), "");
}

// Seconds as text are exact, both ways.
TEST(ConfigKeys, TimesKeepTheirNanoseconds) {
  for (const Nanos span : {Nanos{1}, Nanos{3}, Nanos{999'999'999}, kSecond, kSecond + 1,
                           Nanos{123'456'789'012}, Nanos{999'999'999'999'999'999}}) {
    EXPECT_EQ(parse_seconds(seconds_text(span)), span) << seconds_text(span);
  }
  EXPECT_EQ(seconds_text(1), "0.000000001");
  EXPECT_EQ(seconds_text(1'500'000'000), "1.5");
  EXPECT_EQ(seconds_text(kSecond), "1");
  EXPECT_EQ(parse_seconds("0.1234567891"), 123'456'789);
  for (const char* text : {"1.", ".5", "01", "+1", " 1", "1 ", "1e", "-", "0x1", "nan"}) {
    EXPECT_EQ(parse_seconds(text), std::nullopt) << text;
  }
}

// The table says what a node does that was told nothing.
TEST(ConfigKeys, DefaultsAreThoseOfANode) {
  const Settings s;
  const LinkLimits& l = s.limits;
  const auto flag = [](bool on) { return on ? "true" : "false"; };
  EXPECT_EQ(config_default("encrypt"), flag(s.encrypt));
  EXPECT_EQ(config_default("insecure"), flag(s.insecure));
  EXPECT_EQ(config_default("secure"), flag(s.secure));
  EXPECT_EQ(config_default("nodelay"), flag(s.nodelay));
  EXPECT_EQ(config_default("log_level"), std::to_string(s.log_level));
  EXPECT_EQ(config_default("monitor_timeout"), seconds_text(s.monitor_timeout));
  EXPECT_EQ(config_default("connect_interval"), seconds_text(s.connect_interval));
  EXPECT_EQ(config_default("heartbeat_timeout"), seconds_text(s.heartbeat_timeout));
  EXPECT_EQ(config_default("link_idle"), seconds_text(s.link_idle));
  EXPECT_EQ(config_default("queue_limit"), to_text(s.queue_limit));
  EXPECT_EQ(config_default("max_message"), to_text(s.max_message));
  EXPECT_EQ(config_default("congested_above"), to_text(s.congested_above));
  EXPECT_EQ(config_default("drained_below"), to_text(s.drained_below));
  EXPECT_EQ(config_default("limits.first_message_timeout"), seconds_text(l.first_message_timeout));
  EXPECT_EQ(config_default("limits.handshake_timeout"), seconds_text(l.handshake_timeout));
  EXPECT_EQ(config_default("limits.half_open"), to_text(std::uint64_t{l.half_open}));
  EXPECT_EQ(config_default("limits.half_open_per_source"),
            to_text(std::uint64_t{l.half_open_per_source}));
  EXPECT_EQ(config_default("limits.accept_rate"), to_text(l.accept_rate));
  EXPECT_EQ(config_default("limits.accept_burst"), to_text(l.accept_burst));
  EXPECT_EQ(config_default("limits.failures_per_minute"), to_text(l.failures_per_minute));
  EXPECT_EQ(config_default("limits.block_time"), seconds_text(l.block_time));
  EXPECT_EQ(config_default("limits.x25519_rate"), to_text(l.x25519_rate));
}

class EffectiveConfig : public testing::Test {
 protected:
  std::string of(std::string_view key) { return key_json(effective_config(file, given), key); }
  Origin from(std::string_view key) { return config_origin(file, given, key); }

  ConfigFile file = parse_config(R"({
    "cluster": "top", "log_level": 1, "nodeid": "top", "limits": {"half_open": 1, "accept_rate": 1},
    "profile": {
      "old": {"cluster": "old", "log_level": 2, "secure": true, "limits": {"half_open": 2}},
      "mid": {"parent": "old", "log_level": 3},
      "new": {"parent": "mid", "cluster": "new", "seeds": []}
    }})",
                                 "conf");
  Config given;
};

TEST_F(EffectiveConfig, IsTheProfileItsParentsTheTopLevelAndWhatIsGiven) {
  given.profile = "new";
  given.cluster = "given";
  given.nodelay = false;
  given.limits.block_time = 3s;
  EXPECT_EQ(of("cluster"), "\"new\"");
  EXPECT_EQ(of("log_level"), "3");
  EXPECT_EQ(of("secure"), "true");
  EXPECT_EQ(of("nodeid"), "\"top\"");
  EXPECT_EQ(of("nodelay"), "false");
  EXPECT_EQ(of("seeds"), "[]");
  EXPECT_EQ(of("binds"), "");
  EXPECT_EQ(of("limits.half_open"), "2");
  EXPECT_EQ(of("limits.accept_rate"), "1");
  EXPECT_EQ(of("limits.block_time"), "3");
  EXPECT_EQ(from("cluster").profile, "new");
  EXPECT_EQ(from("log_level").profile, "mid");
  EXPECT_EQ(from("secure").profile, "old");
  EXPECT_EQ(from("secure").kind, Origin::Kind::profile);
  EXPECT_EQ(from("nodeid").kind, Origin::Kind::top);
  EXPECT_EQ(from("nodelay").kind, Origin::Kind::given);
  EXPECT_EQ(from("binds").kind, Origin::Kind::none);
  EXPECT_EQ(effective_config(file, given).profile, "new");
}

TEST_F(EffectiveConfig, ForcePutsWhatIsGivenFirst) {
  given.profile = "new";
  given.cluster = "given";
  given.force = true;
  EXPECT_EQ(of("cluster"), "\"given\"");
  EXPECT_EQ(of("log_level"), "3");
  EXPECT_EQ(from("cluster").kind, Origin::Kind::given);
}

TEST_F(EffectiveConfig, WithoutAProfileIsTheTopLevel) {
  given.cluster = "given";
  given.secure = false;
  EXPECT_EQ(of("cluster"), "\"top\"");
  EXPECT_EQ(of("log_level"), "1");
  EXPECT_EQ(of("secure"), "false");
  EXPECT_EQ(of("limits.half_open"), "1");
}

TEST_F(EffectiveConfig, RefusesProfilesThatCannotBe) {
  given.profile = "newer";
  EXPECT_EQ(thrown([&] { of("cluster"); }), "bad_config: there is no profile \"newer\"");
  given.profile = "old";
  file.profiles.at("old").parent = "new";
  EXPECT_EQ(thrown([&] { of("cluster"); }),
            "bad_config: parent: a circle: old -> new -> mid -> old");
  file.profiles.at("old").parent = "gone";
  EXPECT_EQ(thrown([&] { from("cluster"); }), "bad_config: parent: there is no profile \"gone\"");
}

}  // namespace
}  // namespace aemp
