// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "wire/reassembly.h"

#include <gtest/gtest.h>

#include "support/wire_bytes.h"

namespace aemp {
namespace {

using wire_test::bytes;
using wire_test::Bytes;
using wire_test::hex;
using Result = Reassembly::Result;

class ReassemblyTest : public testing::Test {
 protected:
  static Dest home(std::uint64_t serial) { return {Dest::Form::home, serial, 0}; }

  Result add(const Dest& dest, std::uint8_t inner, const Bytes& part, bool last) {
    Packet frag;
    frag.type = kFrameFrag;
    frag.dest = dest;
    frag.inner = inner;
    frag.last = last;
    frag.fragment = part.data();
    frag.size = part.size();
    return large_.add(frag, out_, error_);
  }
  std::string items() const { return hex({out_.items, out_.size}); }

  Reassembly large_{4096};
  Packet out_;
  std::string error_;
};

TEST_F(ReassemblyTest, PutsPartsTogether) {
  EXPECT_EQ(add(home(1), kFrameData, bytes("44 01"), false), Result::more);
  EXPECT_FALSE(large_.idle());
  EXPECT_EQ(add(home(1), kFrameData, bytes("02 03"), false), Result::more);
  ASSERT_EQ(add(home(1), kFrameData, bytes("04"), true), Result::complete) << error_;
  EXPECT_EQ(out_.type, kFrameData);
  EXPECT_EQ(out_.dest, home(1));
  EXPECT_EQ(items(), "44 01 02 03 04");
  EXPECT_TRUE(large_.idle());
  EXPECT_EQ(large_.bytes(), 5u);
  large_.release();
  EXPECT_EQ(large_.bytes(), 0u);
}

TEST_F(ReassemblyTest, TakesAMessageOfOnePart) {
  ASSERT_EQ(add(home(1), kFrameKil, bytes("01"), true), Result::complete);
  EXPECT_EQ(out_.type, kFrameKil);
  ASSERT_EQ(add(home(1), kFrameKil, {}, true), Result::complete);
  EXPECT_EQ(out_.size, 0u);
}

TEST_F(ReassemblyTest, PutsSpawnsTogether) {
  const Dest dest{Dest::Form::spawned, 9, 0};
  EXPECT_EQ(add(dest, kFrameSpawn, bytes("64 'fu'"), false), Result::more);
  ASSERT_EQ(add(dest, kFrameSpawn, bytes("'nc' 01"), true), Result::complete) << error_;
  EXPECT_EQ(out_.serial, 9u);
  EXPECT_EQ(out_.function, "func");
  EXPECT_EQ(items(), "01");
}

TEST_F(ReassemblyTest, KeepsDestinationsApart) {
  EXPECT_EQ(add(home(1), kFrameData, bytes("61"), false), Result::more);
  EXPECT_EQ(add(home(2), kFrameData, bytes("61"), false), Result::more);
  EXPECT_EQ(add(home(1), kFrameDown, bytes("61"), false), Result::more);
  ASSERT_EQ(add(home(2), kFrameData, bytes("'b'"), true), Result::complete);
  EXPECT_EQ(items(), "61 62");
  ASSERT_EQ(add(home(1), kFrameDown, bytes("'c'"), true), Result::complete);
  EXPECT_EQ(out_.type, kFrameDown);
  EXPECT_EQ(items(), "61 63");
  ASSERT_EQ(add(home(1), kFrameData, bytes("'a'"), true), Result::complete);
  EXPECT_EQ(items(), "61 61");
}

TEST_F(ReassemblyTest, RejectsANinthMessage) {
  for (std::uint64_t i = 1; i <= 8; ++i) {
    EXPECT_EQ(add(home(i), kFrameData, bytes("61"), false), Result::more);
  }
  EXPECT_EQ(add(home(9), kFrameData, bytes("61"), false), Result::error);
  EXPECT_NE(error_.find("more than 8"), std::string::npos);
  EXPECT_EQ(add(home(8), kFrameData, bytes("'x'"), true), Result::complete);
  EXPECT_EQ(add(home(9), kFrameData, bytes("61"), false), Result::more);
}

TEST_F(ReassemblyTest, LimitsAllOfThemTogether) {
  EXPECT_EQ(add(home(1), kFrameData, Bytes(4096, 0), false), Result::more);
  EXPECT_EQ(add(home(2), kFrameData, Bytes(1024, 0), false), Result::more);
  EXPECT_EQ(add(home(3), kFrameData, Bytes(1, 0), false), Result::error);
  EXPECT_NE(error_.find("4096"), std::string::npos) << error_;
}

TEST_F(ReassemblyTest, AcceptsTheAnnouncedSize) {
  for (int i = 0; i < 8; ++i) {
    ASSERT_EQ(add(home(1), kFrameData, Bytes(512, 0), i == 7),
              i == 7 ? Result::complete : Result::more);
  }
  EXPECT_EQ(out_.size, 4096u);
}

TEST_F(ReassemblyTest, RejectsAChangeOfType) {
  EXPECT_EQ(add(home(1), kFrameData, bytes("61"), false), Result::more);
  EXPECT_EQ(add(home(1), kFrameKil, bytes("61"), true), Result::error);
}

TEST_F(ReassemblyTest, RejectsMalformedValues) {
  EXPECT_EQ(add(home(1), kFrameData, bytes("62"), false), Result::more);
  EXPECT_EQ(add(home(1), kFrameData, bytes("'x'"), true), Result::error);
  EXPECT_NE(error_.find("DATA"), std::string::npos);
}

TEST_F(ReassemblyTest, KnowsWhatMustWait) {
  EXPECT_EQ(add(home(1), kFrameData, bytes("61"), false), Result::more);
  EXPECT_EQ(add({Dest::Form::spawned, 5, 0}, kFrameSpawn, bytes("61"), false), Result::more);
  EXPECT_EQ(add(home(2), kFrameDown, bytes("61"), false), Result::more);
  auto conflicts = [&](std::uint8_t type, const Dest& dest, std::uint64_t serial = 0) {
    Packet p;
    p.type = type;
    p.dest = dest;
    p.serial = serial;
    return large_.conflicts(p);
  };
  for (const std::uint8_t type : {kFrameData, kFrameKil, kFrameMon, kFrameUnmon}) {
    EXPECT_TRUE(conflicts(type, home(1)));
    EXPECT_FALSE(conflicts(type, home(2)));
    EXPECT_FALSE(conflicts(type, {Dest::Form::full, 1, 3}));
    EXPECT_TRUE(conflicts(type, {Dest::Form::spawned, 5, 0}));
  }
  EXPECT_TRUE(conflicts(kFrameDown, home(2)));
  EXPECT_FALSE(conflicts(kFrameDown, home(1)));
  EXPECT_TRUE(conflicts(kFrameSpawn, {}, 5));
  EXPECT_FALSE(conflicts(kFrameSpawn, {}, 6));
  EXPECT_FALSE(conflicts(kFramePing, {}));
  EXPECT_FALSE(conflicts(kFrameIdleAsk, {}));
}

}  // namespace
}  // namespace aemp
