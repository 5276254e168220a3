// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "loop/resolv_conf.h"

#include <gtest/gtest.h>

namespace aemp {
namespace {

std::string servers(std::string_view file) {
  std::string out;
  for (const Ip& server : parse_resolv_conf(file).servers) {
    out += (out.empty() ? "" : " ") + server.at(53).str();
  }
  return out;
}

std::string tried(std::string_view file, std::string_view name) {
  std::string out;
  const ResolvConf conf = parse_resolv_conf(file);
  std::string next;
  for (std::size_t i = 0; conf.next_name(name, i, next);) out += (out.empty() ? "" : " ") + next;
  return out;
}

TEST(ResolvConf, Servers) {
  EXPECT_EQ(servers(""), "127.0.0.1:53");
  EXPECT_EQ(servers("nameserver 192.0.2.1\n# nameserver 192.0.2.2\nnameserver\t2001:db8::1\n"),
            "192.0.2.1:53 [2001:db8::1]:53");
  EXPECT_EQ(
      servers("nameserver 1.0.0.1\nnameserver 1.0.0.2\nnameserver 1.0.0.3\nnameserver 1.0.0.4"),
      "1.0.0.1:53 1.0.0.2:53 1.0.0.3:53");
  EXPECT_EQ(servers("nameserver\nnameserver x\nnameserver 1.2.3\nNAMESERVER 1.0.0.1\n"
                    "nameserver 1.0.0.2 1.0.0.3"),
            "1.0.0.2:53");
  EXPECT_EQ(servers("; nameserver 1.0.0.1\n nameserver 1.0.0.2"), "1.0.0.2:53");
}

TEST(ResolvConf, Options) {
  const ResolvConf none = parse_resolv_conf("options\noptions ndots: timeout:x attempts:-1 rotate");
  EXPECT_EQ(none.dots, 1u);
  EXPECT_EQ(none.timeout, 5 * kSecond);
  EXPECT_EQ(none.attempts, 2u);
  const ResolvConf some = parse_resolv_conf("options ndots:3 timeout:1 debug\noptions attempts:4");
  EXPECT_EQ(some.dots, 3u);
  EXPECT_EQ(some.timeout, kSecond);
  EXPECT_EQ(some.attempts, 4u);
  const ResolvConf much = parse_resolv_conf(
      "options ndots:99 timeout:99999999999 attempts:1000\noptions ndots:18446744073709551616");
  EXPECT_EQ(much.dots, 15u);
  EXPECT_EQ(much.timeout, 30 * kSecond);
  EXPECT_EQ(much.attempts, 5u);
  const ResolvConf little = parse_resolv_conf("options ndots:0 timeout:0 attempts:0");
  EXPECT_EQ(little.dots, 0u);
  EXPECT_EQ(little.timeout, kSecond);
  EXPECT_EQ(little.attempts, 1u);
}

TEST(ResolvConf, Candidates) {
  const char file[] = "search example.org lan\n";
  EXPECT_EQ(tried("", "seed"), "seed");
  EXPECT_EQ(tried(file, "seed"), "seed.example.org seed.lan seed");
  EXPECT_EQ(tried(file, "a.seed"), "a.seed a.seed.example.org a.seed.lan");
  EXPECT_EQ(tried(file, "seed."), "seed.");
  EXPECT_EQ(tried("search lan\noptions ndots:2", "a.seed"), "a.seed.lan a.seed");
  EXPECT_EQ(tried("search lan\noptions ndots:0", "seed"), "seed seed.lan");
}

TEST(ResolvConf, TheLastListOfDomainsCounts) {
  EXPECT_EQ(tried("search one\ndomain two three", "seed"), "seed.two seed");
  EXPECT_EQ(tried("domain two\nsearch one", "seed"), "seed.one seed");
  EXPECT_EQ(tried("search one\nsearch", "seed"), "seed");
  EXPECT_EQ(tried("search a b c d e f g", "x"), "x.a x.b x.c x.d x.e x.f x");
  EXPECT_EQ(tried("search . -x a..b y", "x"), "x.y x");
}

TEST(ResolvConf, NamesThatWouldBeTooLongAreNotTried) {
  std::string name(200, 'a');
  for (std::size_t i = 40; i < name.size(); i += 41) name[i] = '.';
  const std::string domain(60, 'd');
  EXPECT_EQ(tried("search " + domain + " lan", name), name + " " + name + ".lan");
}

}  // namespace
}  // namespace aemp
