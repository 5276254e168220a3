// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "loop/hosts_file.h"

#include <gtest/gtest.h>

#include <string>

namespace aemp {
namespace {

std::string found(std::string_view file, std::string_view name) {
  std::string out;
  for (const Ip& address : addresses_in_hosts(file, name)) {
    out += (out.empty() ? "" : " ") + address.at(0).str();
  }
  return out;
}

TEST(HostsFile, NamesAndAliases) {
  const char file[] =
      "127.0.0.1 localhost\n"
      "\t192.0.2.7\tseed.example.org   seed  # the first\n"
      "\n"
      "# 192.0.2.8 seed\n"
      "2001:db8::7 seed\r\n"
      "192.0.2.9 Other#seed\n"
      "192.0.2.10 last seed.example.org";
  EXPECT_EQ(found(file, "seed"), "192.0.2.7:0 [2001:db8::7]:0");
  EXPECT_EQ(found(file, "SEED"), "192.0.2.7:0 [2001:db8::7]:0");
  EXPECT_EQ(found(file, "seed."), "192.0.2.7:0 [2001:db8::7]:0");
  EXPECT_EQ(found(file, "seed.example.org"), "192.0.2.7:0 192.0.2.10:0");
  EXPECT_EQ(found(file, "other"), "192.0.2.9:0");
  EXPECT_EQ(found(file, "first"), "");
  EXPECT_EQ(found(file, "see"), "");
  EXPECT_EQ(found(file, ""), "");
  EXPECT_EQ(found(file, "192.0.2.7"), "") << "an address is no name of itself";
}

TEST(HostsFile, LinesThatAreNonePassedOver) {
  EXPECT_EQ(found("", "a"), "");
  EXPECT_EQ(found("\n\n", "a"), "");
  EXPECT_EQ(found("a", "a"), "");
  EXPECT_EQ(found("192.0.2.1", "a"), "");
  EXPECT_EQ(found("192.0.2 a\n192.0.2.256 a\n::g a\nfe80::1%eth0 a\n192.0.2.1 a", "a"),
            "192.0.2.1:0");
  EXPECT_EQ(found("192.0.2.1 a a\n192.0.2.1 a", "a"), "192.0.2.1:0") << "each once";
  EXPECT_EQ(found(std::string_view("192.0.2.1 a\0b\n", 14), "a"), "");
}

}  // namespace
}  // namespace aemp
