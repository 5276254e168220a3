// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "wire/dns.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "support/wire_bytes.h"

namespace aemp {
namespace {

using wire_test::bytes;
using wire_test::Bytes;
using wire_test::hex;
using wire_test::operator+;

const DnsQuestion kQuestion{0x1234, DnsType::a, "seed.example.org"};
const Bytes kName = bytes("04 'seed' 07 'example' 03 'org' 00");

Bytes u16(std::size_t n) {
  return {static_cast<std::uint8_t>(n >> 8), static_cast<std::uint8_t>(n)};
}

// The header and the question of an answer with so many records.
Bytes head(std::size_t records, unsigned flags = 0x8180, const Bytes& name = kName,
           DnsType type = DnsType::a) {
  return bytes("12 34") + u16(flags) + bytes("00 01") + u16(records) + bytes("00 00 00 00") + name +
         u16(static_cast<std::size_t>(type)) + bytes("00 01");
}

const Bytes kSameName = bytes("c0 0c");  // the question's

Bytes record(const Bytes& owner, DnsType type, const Bytes& data) {
  return owner + u16(static_cast<std::size_t>(type)) + bytes("00 01 00 00 00 3c") +
         u16(data.size()) + data;
}

Bytes address(const Bytes& owner, std::uint8_t last) {
  return record(owner, DnsType::a, {192, 0, 2, last});
}

DnsAnswer decode(const Bytes& in, const DnsQuestion& question = kQuestion) {
  Bytes exact(in);
  exact.shrink_to_fit();
  return decode_dns_answer(question, exact);
}

std::string told(const Bytes& in, const DnsQuestion& question = kQuestion) {
  const DnsAnswer answer = decode(in, question);
  std::string out;
  switch (answer.outcome) {
    case DnsOutcome::addresses:
      for (const Ip& a : answer.addresses) out += (out.empty() ? "" : " ") + a.at(0).str();
      return out;
    case DnsOutcome::none:
      return "none";
    case DnsOutcome::no_name:
      return "no name";
    case DnsOutcome::truncated:
      return "truncated";
    case DnsOutcome::failed:
    case DnsOutcome::malformed:
      return std::string(answer.why);
    case DnsOutcome::foreign:
      return "foreign";
  }
  return "?";
}

const char kNonsense[] = "its answer makes no sense";

Bytes encoded(const DnsQuestion& question) {
  const std::string text = encode_dns_question(question);
  return Bytes(text.begin(), text.end());
}

TEST(DnsQuestion, IsWhatTheRfcSays) {
  EXPECT_EQ(encoded({0xabcd, DnsType::aaaa, "Seed.example.ORG."}),
            bytes("ab cd 01 00 00 01 00 00 00 00 00 00") + kName + bytes("00 1c 00 01"));
  EXPECT_EQ(encoded({1, DnsType::a, "x"}),
            bytes("00 01 01 00 00 01 00 00 00 00 00 00 01 'x' 00 00 01 00 01"));
}

TEST(DnsQuestion, FitsIntoADatagram) {
  const std::string label(63, 'a');
  const std::string name = label + "." + label + "." + label + "." + std::string(61, 'b');
  ASSERT_EQ(name.size(), 253u);
  ASSERT_TRUE(valid_host_name(name));
  EXPECT_EQ(encoded({1, DnsType::a, name}).size(), 12u + 255 + 4);
}

TEST(DnsName, Valid) {
  for (const char* name : {"a", "a.b", "A-1.b_c", "_x.y", "xn--bcher-kva.example", "1.2.3.a", "0a",
                           "a.", "localhost", "1.2.3.4x"}) {
    EXPECT_TRUE(valid_host_name(name)) << name;
  }
  for (const char* name :
       {"", ".", "..", "a..b", ".a", "a..", "-a", "a-", "a.-b", "a.b-.c", "a b", "a/b", "b\xc3\xbc",
        "1", "1.2.3.4", "1.2.3", "256.1.1.1", "a.1", "a:1"}) {
    EXPECT_FALSE(valid_host_name(name)) << name;
  }
  EXPECT_TRUE(valid_host_name(std::string(63, 'a')));
  EXPECT_FALSE(valid_host_name(std::string(64, 'a')));
  std::string longest(253, 'a');
  for (std::size_t i = 50; i < longest.size(); i += 51) longest[i] = '.';
  EXPECT_TRUE(valid_host_name(longest));
  EXPECT_TRUE(valid_host_name(longest + "."));
  EXPECT_FALSE(valid_host_name(longest + "a"));
}

TEST(DnsAnswer, Addresses) {
  EXPECT_EQ(told(head(2) + address(kSameName, 1) + address(kName, 2)), "192.0.2.1:0 192.0.2.2:0");
  const DnsQuestion six{0x1234, DnsType::aaaa, "seed.example.org"};
  const Bytes ip = bytes("20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 07");
  EXPECT_EQ(told(head(1, 0x8180, kName, DnsType::aaaa) + record(kSameName, DnsType::aaaa, ip), six),
            "[2001:db8::7]:0");
}

TEST(DnsAnswer, NoMoreThanAFew) {
  Bytes in = head(200);
  for (std::uint8_t i = 0; i < 200; ++i) in = in + address(kSameName, i);
  EXPECT_EQ(decode(in).addresses.size(), 32u);
}

TEST(DnsAnswer, CaseDoesNotCount) {
  const Bytes upper = bytes("04 'SEED' 07 'exAmple' 03 'oRg' 00");
  EXPECT_EQ(told(head(1, 0x8180, upper) + address(kSameName, 1)), "192.0.2.1:0");
  // '[' and '{' differ by the same bit.
  const DnsQuestion other{0x1234, DnsType::a, "a[b"};
  EXPECT_EQ(told(head(0, 0x8180, bytes("03 'a{b' 00")), other), "foreign");
}

TEST(DnsAnswer, Nothing) {
  EXPECT_EQ(told(head(0)), "none");
  EXPECT_EQ(told(head(0, 0x8183)), "no name");
  EXPECT_EQ(told(head(1, 0x8183) + address(kSameName, 1)), "no name");
  EXPECT_EQ(told(head(1) + address(bytes("05 'other' 00"), 1)), "none") << "of another name";
  EXPECT_EQ(told(head(1) + kSameName + bytes("00 01 00 03 00 00 00 3c 00 04 01 02 03 04")), "none")
      << "of another class";
  EXPECT_EQ(told(head(1) + record(kSameName, static_cast<DnsType>(16), bytes("03 'txt'"))), "none");
  EXPECT_EQ(told(head(0, 0x8380)), "truncated");
  EXPECT_EQ(told(head(1, 0x8380) + address(kSameName, 1)), "truncated");
}

TEST(DnsAnswer, Failures) {
  EXPECT_EQ(told(head(0, 0x8182)), "it answers SERVFAIL");
  EXPECT_EQ(told(head(0, 0x8185)), "it answers REFUSED");
  EXPECT_EQ(told(head(0, 0x8184)), "it answers NOTIMP");
  EXPECT_EQ(told(head(0, 0x8189)), "it answers with an error code");
  EXPECT_EQ(told(bytes("12 34 81 81 00 00 00 00 00 00 00 00")), "it answers FORMERR");
  EXPECT_EQ(told(bytes("12 34 81 80 00 00 00 00 00 00 00 00")), "foreign");
  EXPECT_EQ(told(bytes("12 34 81 83 00 00 00 00 00 00 00 00")), "foreign");
}

TEST(DnsAnswer, OfAnotherQuestion) {
  EXPECT_EQ(told(head(0)), "none");
  EXPECT_EQ(told(head(0), {0x1235, DnsType::a, kQuestion.name}), "foreign");
  EXPECT_EQ(told(head(0), {0x1234, DnsType::aaaa, kQuestion.name}), "foreign");
  EXPECT_EQ(told(head(0), {0x1234, DnsType::a, "seed.example.com"}), "foreign");
  EXPECT_EQ(told(head(0, 0x0100)), "foreign") << "a question";
  EXPECT_EQ(told(head(0, 0x8980)), "foreign") << "another operation";
  Bytes two = head(0);
  two[5] = 2;
  EXPECT_EQ(told(two), "foreign");
  Bytes other_class = head(0);
  other_class.back() = 3;
  EXPECT_EQ(told(other_class), "foreign");
}

TEST(DnsAnswer, FollowsAliasesInAnyOrder) {
  const Bytes b = bytes("01 'b' 00"), c = bytes("01 'c' 00");
  const Bytes to_b = record(kSameName, DnsType::cname, b), to_c = record(b, DnsType::cname, c);
  EXPECT_EQ(told(head(3) + to_b + to_c + address(c, 3)), "192.0.2.3:0");
  EXPECT_EQ(told(head(3) + address(c, 3) + to_c + to_b), "192.0.2.3:0");
  EXPECT_EQ(told(head(2) + to_b + to_c), "none") << "the server did not follow";
  EXPECT_EQ(told(head(2) + to_b + address(c, 3)), "none") << "of a name that was not asked for";
}

TEST(DnsAnswer, AliasesWithoutAnEnd) {
  const char end[] = "its answer has aliases without an end";
  const Bytes b = bytes("01 'b' 00");
  EXPECT_EQ(told(head(1) + record(kSameName, DnsType::cname, kSameName)), end);
  EXPECT_EQ(
      told(head(2) + record(kSameName, DnsType::cname, b) + record(b, DnsType::cname, kSameName)),
      end);
  Bytes chain = head(18) + record(kSameName, DnsType::cname, bytes("01 'a' 00"));
  for (std::uint8_t i = 0; i < 16; ++i) {
    const auto letter = static_cast<std::uint8_t>('a' + i);
    chain = chain +
            record({1, letter, 0}, DnsType::cname, {1, static_cast<std::uint8_t>(letter + 1), 0});
  }
  EXPECT_EQ(told(chain + address({1, 'q', 0}, 1)), end);
}

TEST(DnsAnswer, PointersLeadBackwardsOnly) {
  const std::size_t at = head(1).size();
  const auto pointer = [](std::size_t to) {
    return Bytes{static_cast<std::uint8_t>(0xc0 | to >> 8), static_cast<std::uint8_t>(to)};
  };
  EXPECT_EQ(told(head(1) + address(pointer(at), 1)), kNonsense) << "to itself";
  EXPECT_EQ(told(head(1) + address(pointer(at + 2), 1)), kNonsense);
  EXPECT_EQ(told(head(1) + address(bytes("01 'a'") + pointer(at), 1)), kNonsense);
  EXPECT_EQ(told(head(1) + address(pointer(0x3fff), 1)), kNonsense);
  EXPECT_EQ(told(head(1) + address(bytes("40 'a' 00"), 1)), kNonsense)
      << "a reserved kind of label";
  EXPECT_EQ(told(head(1) + address(bytes("04 'seed'") + pointer(17), 1)), "192.0.2.1:0");
  // The question points into the header.
  EXPECT_EQ(told(head(0, 0x8180, pointer(4))), "foreign");
}

// Three labels of 63 bytes and one of `last`.
Bytes long_name(std::uint8_t last) {
  Bytes name;
  for (const std::uint8_t n : {std::uint8_t{63}, std::uint8_t{63}, std::uint8_t{63}, last}) {
    name = name + Bytes{n} + Bytes(n, 'a');
  }
  return name + Bytes{0};
}

TEST(DnsAnswer, NamesThatAreTooLong) {
  EXPECT_EQ(told(head(1) + address(long_name(61), 1)), "none");
  EXPECT_EQ(told(head(1) + address(long_name(62), 1)), kNonsense);
  EXPECT_EQ(told(head(1) + address(long_name(63), 1)), kNonsense);
}

TEST(DnsAnswer, DataOfAnotherSize) {
  EXPECT_EQ(told(head(1) + record(kSameName, DnsType::a, {1, 2, 3})), kNonsense);
  EXPECT_EQ(told(head(1) + record(kSameName, DnsType::a, {1, 2, 3, 4, 5})), kNonsense);
  EXPECT_EQ(told(head(1) + record(kSameName, DnsType::cname, bytes("01 'b' 00 00"))), kNonsense);
  EXPECT_EQ(told(head(1) + record(kSameName, DnsType::cname, bytes("01 'b'"))), kNonsense);
  EXPECT_EQ(told(head(2) + address(kSameName, 1)), kNonsense) << "fewer records than announced";
}

TEST(DnsAnswer, EveryTruncation) {
  const Bytes b = bytes("01 'b' 00");
  const Bytes whole = head(2) + record(kSameName, DnsType::cname, b) + address(b, 3);
  EXPECT_EQ(told(whole), "192.0.2.3:0");
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n));
    EXPECT_EQ(told(part), n < head(2).size() ? "foreign" : kNonsense) << n;
  }
  EXPECT_EQ(told(whole + Bytes(9, 0xff)), "192.0.2.3:0") << "what follows is not for us";
}

TEST(DnsAnswer, EveryAlteredByte) {
  const Bytes b = bytes("01 'b' 00");
  const Bytes whole = head(2) + record(kSameName, DnsType::cname, b) + address(b, 3);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (int x = 1; x < 256; ++x) {
      Bytes in = whole;
      in[i] ^= static_cast<std::uint8_t>(x);
      const DnsAnswer answer = decode(in);
      EXPECT_LE(answer.addresses.size(), 1u);
      EXPECT_EQ(answer.outcome == DnsOutcome::addresses, !answer.addresses.empty());
      EXPECT_TRUE(i >= 2 || answer.outcome == DnsOutcome::foreign);
    }
  }
}

}  // namespace
}  // namespace aemp
