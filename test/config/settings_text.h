// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// A configuration file with every key, and short ways to say what is expected of others.
#ifndef AEMP_TEST_CONFIG_SETTINGS_TEXT_H
#define AEMP_TEST_CONFIG_SETTINGS_TEXT_H

#include <aemp/error.h>
#include <aemp/profile.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace aemp::test {

inline constexpr const char* kSecretText =
    "aemp-s1.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh_ZFwOk";

// As it is printed. Keys of kinds of their own are made for each run.
inline constexpr std::string_view kEveryKey = R"({
  "nodeid": "db-%n/x",
  "binds": ["*:4040", "unix:/run/db", "[::1]:0"],
  "advertise": ["example.org:4040"],
  "seeds": ["example.org", "10.0.0.1:4041", "unix:@seed"],
  "global": true,
  "secret": "aemp-s1.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh_ZFwOk",
  "secret_also": ["a long passphrase", "another \"one\" \u0001 \u00e4"],
  "cluster": "blue",
  "encrypt": false,
  "insecure": false,
  "secure": true,
  "services": ["plain", ["pool", 4, -2, 0.5, true, null, ["x"], {"k": "v"}], ["[odd"]],
  "nodelay": false,
  "log_level": 9,
  "monitor_timeout": 12.25,
  "connect_interval": 0.001,
  "heartbeat_timeout": 0.030000001,
  "link_idle": 1000000000,
  "queue_limit": 1099511627776,
  "max_message": 1024,
  "congested_above": 2000,
  "drained_below": 1,
  "limits": {
    "first_message_timeout": 1,
    "handshake_timeout": 3600,
    "half_open": 65536,
    "half_open_per_source": 1,
    "accept_rate": 1000000,
    "accept_burst": 7,
    "failures_per_minute": 8,
    "block_time": 86400,
    "x25519_rate": 9
  },
  "profile": {
    "child": {
      "parent": "db",
      "seeds": [],
      "limits": {
        "half_open": 2
      }
    },
    "db": {
      "nodeid": "db"
    },
    "empty": {}
  }
}
)";

// What f() throws, "code: sentence"; empty when it throws nothing.
template <class F>
std::string thrown(F&& f) {
  try {
    f();
  } catch (const Error& e) {
    return std::string(word(e.code())) + ": " + e.what();
  }
  return std::string();
}

}  // namespace aemp::test

#endif  // AEMP_TEST_CONFIG_SETTINGS_TEXT_H
