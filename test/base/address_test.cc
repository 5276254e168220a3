// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "base/address.h"

#include <gtest/gtest.h>

namespace aemp {
namespace {

Address parsed(std::string_view text, std::uint16_t default_port = 0) {
  Result<Address> address = parse_address(text, default_port);
  EXPECT_TRUE(address.ok()) << text << ": " << address.status().text();
  return address.ok() ? *address : Address();
}

TEST(Address, ParsesNumericHostAndPort) {
  EXPECT_EQ(parsed("127.0.0.1:4040"), Address::tcp4(127, 0, 0, 1, 4040));
  EXPECT_EQ(parsed("10.1.2.255:65535"), Address::tcp4(10, 1, 2, 255, 65535));
  EXPECT_EQ(parsed("localhost:5"), Address::tcp4(127, 0, 0, 1, 5));
  EXPECT_EQ(parsed("[::1]:4040").str(), "[::1]:4040");
  EXPECT_EQ(parsed("[::1]:4040").family, Address::Family::tcp6);
}

TEST(Address, ParsesAnIpAlone) {
  EXPECT_EQ(parse_ip("10.1.2.3")->at(53), Address::tcp4(10, 1, 2, 3, 53));
  EXPECT_EQ(parse_ip("::1")->at(53), parsed("[::1]:53"));
  EXPECT_EQ(parse_ip("2001:db8::7")->at(0), parsed("[2001:db8::7]:0"));
  for (const char* text : {"", "10.1.2", "10.1.2.3:4", "10.1.2.256", "[::1]", "::1%lo", "*", "::g",
                           "localhost", "10.1.2.3 "}) {
    EXPECT_FALSE(parse_ip(text)) << text;
  }
}

TEST(Address, NoPortMeansTheDefaultAndZeroOrStarMeanZero) {
  EXPECT_EQ(parsed("127.0.0.1", 4040).port, 4040);
  EXPECT_EQ(parsed("[::1]", 4040).port, 4040);
  EXPECT_EQ(parsed("127.0.0.1:0", 4040).port, 0);
  EXPECT_EQ(parsed("127.0.0.1:*", 4040).port, 0);
  EXPECT_EQ(parsed("*", 4040).port, 4040);
}

TEST(Address, StarIsAnyHost) {
  const Address any = parsed("*:12");
  EXPECT_TRUE(any.any_host);
  EXPECT_EQ(any.port, 12);
  EXPECT_EQ(any.str(), "*:12");
  EXPECT_FALSE(parsed("0.0.0.0:12").any_host);
  EXPECT_TRUE(parsed("0.0.0.0:12").is_unspecified());
}

TEST(Address, ParsesUnixSockets) {
  EXPECT_EQ(parsed("unix:/run/a b.sock").path, "/run/a b.sock");
  EXPECT_TRUE(parsed("unix:/x").is_local());
  EXPECT_FALSE(parsed("unix:/x").is_abstract());
  EXPECT_TRUE(parsed("unix:@x:1").is_abstract());
  EXPECT_EQ(parsed("unix:@x:1").str(), "unix:@x:1");
}

TEST(Address, UnixPathsHaveAtMost107Bytes) {
  const std::string longest = "/" + std::string(106, 'x');
  EXPECT_EQ(parsed("unix:" + longest).path, longest);
  EXPECT_FALSE(parse_address("unix:" + longest + "x", 0).ok());
  EXPECT_TRUE(parse_address("unix:@" + std::string(106, 'x'), 0).ok());
  EXPECT_FALSE(parse_address("unix:@" + std::string(107, 'x'), 0).ok());
}

TEST(Address, PrintsIpv6InTheRecommendedForm) {
  const char* const table[][2] = {
      {"[0:0:0:0:0:0:0:0]:1", "[::]:1"},
      {"[2001:DB8:0:0:1:0:0:1]:1", "[2001:db8::1:0:0:1]:1"},
      {"[2001:db8:0:1:1:1:1:1]:1", "[2001:db8:0:1:1:1:1:1]:1"},
      {"[1:2:3:4:5:6:7::]:1", "[1:2:3:4:5:6:7:0]:1"},
      {"[::2:3:4:5:6:7:8]:1", "[0:2:3:4:5:6:7:8]:1"},
      {"[fe80::]:1", "[fe80::]:1"},
      {"[::ffff:1.2.3.4]:1", "[::ffff:1.2.3.4]:1"},
      {"[::FFFF:0102:0304]:1", "[::ffff:1.2.3.4]:1"},
      {"[1:2:3:4:5:6:7.8.9.10]:1", "[1:2:3:4:5:6:708:90a]:1"},
      {"[00ff::0001]:1", "[ff::1]:1"},
  };
  for (const auto& [in, out] : table) {
    EXPECT_EQ(parsed(in).str(), out);
    EXPECT_EQ(parsed(parsed(in).str()), parsed(in));
  }
}

TEST(Address, KnowsLoopback) {
  for (const char* text : {"127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "[::ffff:127.0.0.1]:1"}) {
    EXPECT_TRUE(parsed(text).is_loopback()) << text;
  }
  for (const char* text : {"128.0.0.1:1", "0.0.0.0:1", "[::]:1", "[::2]:1", "[::ffff:10.0.0.1]:1",
                           "[1::1]:1", "unix:/x"}) {
    EXPECT_FALSE(parsed(text).is_loopback()) << text;
  }
}

TEST(Address, KnowsLinkLocal) {
  EXPECT_TRUE(parsed("[fe80::1]:1").is_link_local());
  EXPECT_TRUE(parsed("169.254.1.1:1").is_link_local());
  EXPECT_FALSE(parsed("[fec0::1]:1").is_link_local());
}

TEST(Address, RejectsMalformedTextAndNamesIt) {
  for (const char* text : {"",
                           ":",
                           ":1",
                           "1.2.3:1",
                           "1.2.3.4.5:1",
                           "1.2.3.256:1",
                           "01.2.3.4:1",
                           "1.2.3.4:65536",
                           "1.2.3.4:",
                           "1.2.3.4:x",
                           "1.2.3.4:-1",
                           "1.2.3.4:+1",
                           "1.2.3.4: 1",
                           " 1.2.3.4:1",
                           "1..2.3:1",
                           "1.2.3.4 :1",
                           "::1",
                           "::1:4040",
                           "[::1",
                           "[]:1",
                           "[::1]4040",
                           "[::1]:",
                           "[1:2]:1",
                           "[1:2:3:4:5:6:7:8:9]:1",
                           "[1::2::3]:1",
                           "[:::]:1",
                           "[:1]:1",
                           "[1:]:1",
                           "[12345::]:1",
                           "[g::]:1",
                           "[::1.2.3]:1",
                           "[1.2.3.4::]:1",
                           "[1:2:3:4:5:6:7:1.2.3.4]:1",
                           "[fe80::1%lo]:1",
                           "[127.0.0.1]:1",
                           "unix:",
                           "unix:x",
                           "unix:@",
                           "unix:/",
                           "*:*:*",
                           "*x:1",
                           "4040"}) {
    const Result<Address> address = parse_address(text, 4040);
    ASSERT_FALSE(address.ok()) << text;
    EXPECT_EQ(address.status().code(), Errc::bad_name);
    EXPECT_NE(address.status().text().find("\"" + std::string(text) + "\""), std::string::npos)
        << address.status().text();
  }
}

TEST(Address, RejectsNulInUnixPaths) {
  EXPECT_FALSE(parse_address(std::string_view("unix:/a\0b", 9), 0).ok());
}

TEST(Address, SaysThatNamesAreNoAddresses) {
  const Result<Address> address = parse_address("example.org:4040", 0);
  ASSERT_FALSE(address.ok());
  EXPECT_NE(address.status().text().find("example.org"), std::string::npos);
  EXPECT_NE(address.status().text().find("expected a numeric address"), std::string::npos);
}

}  // namespace
}  // namespace aemp
