// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The text of configuration files: what it says, what it must not say, and where.
#include <aemp/keys.h>
#include <aemp/profile.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "config/settings_text.h"

namespace aemp {
namespace {

using namespace std::chrono_literals;
using test::kEveryKey;
using test::thrown;
using Texts = std::vector<std::string>;

std::string refused(std::string_view text) {
  return thrown([&] { parse_config(text, "conf"); });
}

TEST(ParseConfig, ReadsEveryKey) {
  const ConfigFile file = parse_config(kEveryKey, "conf");
  const Config& c = file.top.values;
  EXPECT_EQ(c.nodeid, "db-%n/x");
  EXPECT_EQ(c.binds, (Texts{"*:4040", "unix:/run/db", "[::1]:0"}));
  EXPECT_EQ(c.advertise, Texts{"example.org:4040"});
  EXPECT_EQ(c.seeds, (Texts{"example.org", "10.0.0.1:4041", "unix:@seed"}));
  EXPECT_EQ(c.global, true);
  EXPECT_EQ(c.secret, test::kSecretText);
  EXPECT_EQ(c.secret_also, (Texts{"a long passphrase", "another \"one\" \x01 \xc3\xa4"}));
  EXPECT_EQ(c.cluster, "blue");
  EXPECT_EQ(c.encrypt, false);
  EXPECT_EQ(c.insecure, false);
  EXPECT_EQ(c.secure, true);
  EXPECT_EQ(c.services,
            (Texts{"plain", R"(["pool",4,-2,0.5,true,null,["x"],{"k":"v"}])", R"(["[odd"])"}));
  EXPECT_EQ(c.nodelay, false);
  EXPECT_EQ(c.log_level, 9);
  EXPECT_EQ(c.monitor_timeout, 12250ms);
  EXPECT_EQ(c.connect_interval, 1ms);
  EXPECT_EQ(c.heartbeat_timeout, 30000001ns);
  EXPECT_EQ(c.link_idle, 1000000000s);
  EXPECT_EQ(c.queue_limit, std::uint64_t{1} << 40);
  EXPECT_EQ(c.max_message, 1024u);
  EXPECT_EQ(c.congested_above, 2000u);
  EXPECT_EQ(c.drained_below, 1u);
  EXPECT_EQ(c.limits.first_message_timeout, 1s);
  EXPECT_EQ(c.limits.half_open, 65536u);
  EXPECT_EQ(c.limits.block_time, 24h);
  EXPECT_EQ(c.limits.x25519_rate, 9u);
  ASSERT_EQ(file.profiles.size(), 3u);
  const Profile& child = file.profiles.at("child");
  EXPECT_EQ(child.parent, "db");
  EXPECT_EQ(child.values.seeds, Texts());
  EXPECT_EQ(child.values.limits.half_open, 2u);
  EXPECT_EQ(child.values.nodeid, std::nullopt);
  EXPECT_EQ(file.profiles.at("db").values.nodeid, "db");
  for (const std::string_view key : config_keys()) {
    EXPECT_FALSE(has_key(file.profiles.at("empty").values, key)) << key;
    if (key == "key" || key == "allow") continue;  // see below
    EXPECT_TRUE(has_key(c, key)) << key;
  }
}

TEST(ParseConfig, ReadsKeysAndWhoIsAllowed) {
  const std::string key = generate_key(), allowed = public_key(generate_key()) + " web-*,db1";
  const std::string text = R"({"key": ")" + key + R"(", "allow": [")" + allowed + R"("]})";
  const ConfigFile file = parse_config(text, "conf");
  EXPECT_EQ(file.top.values.key, key);
  EXPECT_EQ(file.top.values.allow, Texts{allowed});
  EXPECT_EQ(print_config(parse_config(print_config(file), "again")), print_config(file));
}

TEST(ParseConfig, WhatIsPrintedReadsAsTheSame) {
  const ConfigFile file = parse_config(kEveryKey, "conf");
  const std::string printed = print_config(file);
  const ConfigFile again = parse_config(printed, "printed");
  EXPECT_EQ(print_config(again), printed);
  for (const std::string_view key : config_keys()) {
    EXPECT_EQ(key_json(again.top.values, key), key_json(file.top.values, key)) << key;
  }
  EXPECT_EQ(again.profiles.at("child").parent, "db");
  // It looks as here but for how much is written on one line.
  EXPECT_TRUE(printed.starts_with("{\n  \"nodeid\": \"db-%n/x\",\n  \"binds\": [\"*:4040\", "))
      << printed;
  EXPECT_TRUE(printed.ends_with("    \"empty\": {}\n  }\n}\n")) << printed;
  EXPECT_EQ(print_config(ConfigFile()), "{}\n");
}

TEST(ParseConfig, ASingleTextIsAListOfOne) {
  const ConfigFile file = parse_config(R"({"seeds": "a:4040", "services": "f"})", "conf");
  EXPECT_EQ(file.top.values.seeds, Texts{"a:4040"});
  EXPECT_EQ(file.top.values.services, Texts{"f"});
}

// No beginning of it is taken for a whole one, or does worse than be refused with a place.
TEST(ParseConfig, RefusesEveryTruncation) {
  const std::string_view whole = kEveryKey.substr(0, kEveryKey.size() - 1);  // the newline
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const std::string said = refused(std::string(whole.substr(0, n)));
    ASSERT_TRUE(said.starts_with("bad_config: conf:")) << n << ": " << said;
  }
}

TEST(ParseConfig, NamesLineAndColumnAndWhatWasExpected) {
  constexpr struct {
    std::string_view text;
    std::string_view said;
  } kCases[] = {
      {"", "conf:1:1: expected an object: { \"key\": value, ... }"},
      {"[]", "conf:1:1: expected an object"},
      {"{}x", "conf:1:3: expected the end of the text"},
      {"{\n \"seedz\": []}", "conf:2:2: unknown key \"seedz\": did you mean 'seeds'?"},
      {R"({"heartbeat": 1})",
       "conf:1:2: unknown key \"heartbeat\": did you mean 'heartbeat_timeout'?"},
      {R"({"node_id": "a"})", "unknown key \"node_id\": did you mean 'nodeid'?"},
      {R"({"profiles": {}})", "did you mean 'profile'?"},
      {R"({"limits.half_open": 1})", "conf:1:2: unknown key"},
      {"{\"limits\":\n{\"halfopen\": 1}}",
       "conf:2:2: unknown key \"halfopen\": did you mean 'half_open'?"},
      {R"({"norc": true})", "unknown key \"norc\""},
      {R"({"nodeid": "a",
           "nodeid": "b"})",
       "conf:2:12: key \"nodeid\" occurs twice: expected it once"},
      {R"({"nodeid": "a", "node\u0069d": "b"})", "conf:1:17: key \"nodeid\" occurs twice"},
      {R"({"limits": {"half_open": 1, "half_open": 1}})",
       "conf:1:29: key \"half_open\" occurs twice"},
      {R"({"profile": {"a": {}, "a": {}}})", "conf:1:23: key \"a\" occurs twice"},
      {R"({"nodeid": 7})", "conf:1:12: nodeid: expected text"},
      {R"({"nodeid": null})", "conf:1:12: nodeid: expected text"},
      {R"({"nodeid": "a b"})", "conf:1:12: nodeid: \"a b\": expected 1 to 255 characters"},
      {R"({"nodeid": ""})", "conf:1:12: nodeid: \"\": expected 1 to 255 characters"},
      {"{\"cluster\": \"ä\", \"nodeid\": 7}", "conf:1:28: nodeid: expected text"},
      {R"({"seeds": {}})", "conf:1:11: seeds: expected text, or an array of text"},
      {R"({"seeds": ["a", 7]})", "conf:1:17: seeds: expected text, or an array of text"},
      {R"({"seeds": ["a" "b"]})", "conf:1:16: expected ',' or ']'"},
      {R"({"seeds": ["a:99999"]})", "conf:1:12: seeds: "},
      {R"({"binds": ["example.org"]})",
       "conf:1:12: binds: example.org: expected a numeric address, *, or a unix socket"},
      {R"({"advertise": ["a b"]})", "conf:1:16: advertise: "},
      {R"({"global": 1})", "conf:1:12: global: expected true or false"},
      {R"({"global": tru})", "conf:1:12: expected a value"},
      {R"({"log_level": 10})", "conf:1:15: log_level: 10: expected 0 to 9"},
      {R"({"log_level": -1})", "conf:1:15: log_level: -1: expected 0 to 9"},
      {R"({"log_level": 1.0})", "conf:1:15: log_level: expected a whole number"},
      {R"({"log_level": "5"})", "conf:1:15: log_level: expected a whole number"},
      {R"({"monitor_timeout": "30"})",
       "conf:1:21: monitor_timeout: expected a number of seconds, for example 2.5"},
      {R"({"monitor_timeout": 0})",
       "conf:1:21: monitor_timeout: 0: expected 0.001 to 1000000000 seconds"},
      {R"({"monitor_timeout": -1})", "monitor_timeout: -1: expected 0.001 to 1000000000 seconds"},
      {R"({"monitor_timeout": -1.5e0})", "monitor_timeout: -1.5: expected 0.001 to"},
      {R"({"monitor_timeout": 1e300})", "expected 0.001 to 1000000000 seconds"},
      {R"({"monitor_timeout": 1e999})", "conf:1:21: number out of range"},
      {R"({"heartbeat_timeout": 0.029999999})",
       "heartbeat_timeout: 0.029999999: expected 0.03 to 86400 seconds"},
      {R"({"heartbeat_timeout": 86400.000000001})",
       "heartbeat_timeout: 86400.000000001: expected 0.03 to 86400 seconds"},
      {R"({"max_message": 1023})", "max_message: 1023: expected 1024 to 1073741824"},
      {R"({"max_message": 1073741825})", "expected 1024 to 1073741824"},
      {R"({"max_message": 99999999999999999999})", "max_message: expected a whole number"},
      {R"({"max_message": 18446744073709551615})", "expected 1024 to 1073741824"},
      {R"({"queue_limit": 1})", "queue_limit: 1: expected 2048 to 1099511627776"},
      {R"({"limits": 7})", "conf:1:12: limits: expected an object"},
      {R"({"limits": {"half_open": 0}})", "conf:1:26: limits.half_open: 0: expected 1 to 65536"},
      {R"({"limits": {"half_open": 65537}})", "limits.half_open: 65537: expected 1 to 65536"},
      {R"({"limits": {"block_time": 86401}})",
       "limits.block_time: 86401: expected 0.001 to 86400 seconds"},
      {R"({"services": [7]})",
       "conf:1:15: services: expected the name of a function, or an array [name, args...]"},
      {R"({"services": [""]})", "conf:1:15: services: expected the name"},
      {R"({"services": [[]]})", "conf:1:15: services: expected the name"},
      {R"({"services": [[4, "f"]]})", "conf:1:15: services: expected the name"},
      {R"({"cluster": "0123456789012345678901234567890123456789012345678901234567890123x"})",
       "conf:1:13: cluster: 65 bytes: expected at most 64"},
      {R"({"profile": []})", "conf:1:13: profile: expected an object of profiles"},
      {R"({"profile": {"a": 1}})", "conf:1:19: expected an object"},
      {R"({"profile": {"": {}}})", "conf:1:14: profile: expected a name"},
      {R"({"profile": {"a\u0001": {}}})", "conf:1:14: profile: expected a name"},
      {R"({"profile": {"a": {"profile": {}}}})",
       "conf:1:20: profile: expected only at the top level"},
      {R"({"parent": "a"})", "conf:1:2: parent: expected only in a profile"},
      {R"({"profile": {"a": {"parent": 1}}})", "conf:1:30: parent: expected the name of a profile"},
      {R"({"profile": {"a": {"parent": "b"}}})", "conf:1:30: parent: there is no profile \"b\""},
      {R"({"profile": {"a": {"parent": "a"}}})", "conf:1:30: parent: a circle: a -> a"},
      {R"({"profile": {"x": {"parent": "a"}, "a": {"parent": "b"},
          "b": {"parent": "c"}, "c": {"parent": "a"}}})",
       "conf:1:30: parent: a circle: x -> a -> b -> c -> a"},
  };
  for (const auto& c : kCases) {
    const std::string said = refused(c.text);
    EXPECT_TRUE(said.starts_with("bad_config: conf:")) << c.text << "\n" << said;
    EXPECT_NE(said.find(c.said), said.npos) << c.text << "\n" << said;
  }
}

TEST(ParseConfig, RepeatsNothingOfASecret) {
  const std::string key = generate_key();
  for (const std::string& text : {
           std::string(R"({"secret": "hush"})"),
           std::string(R"({"secret": "aemp-s1.hushhushhush"})"),
           std::string(R"({"secret_also": ["hush"]})"),
           std::string(R"({"key": "hush and hush"})"),
           std::string(R"({"allow": ["hush *"]})"),
           std::string(R"({"secret": {"hush": 1}})"),
           R"({"secret": ")" + key + R"("})",
           R"({"allow": [")" + key + R"( *"]})",
       }) {
    const std::string said = refused(text);
    EXPECT_TRUE(said.starts_with("bad_config: conf:1:")) << text << said;
    EXPECT_EQ(said.find("hush"), said.npos) << said;
    EXPECT_EQ(said.find(key.substr(8)), said.npos) << said;
  }
}

}  // namespace
}  // namespace aemp
