// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "base/fill_in.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace aemp {
namespace {

TEST(FillIn, TextOfAnyKind) {
  const std::string string = "string";
  EXPECT_EQ(fill_in("%, % and %", {"literal", string, std::string_view("view")}),
            "literal, string and view");
}

TEST(FillIn, Numbers) {
  EXPECT_EQ(fill_in("% of %", {std::uint8_t{7}, std::size_t{300}}), "7 of 300");
  EXPECT_EQ(fill_in("descriptor %", {-1}), "descriptor -1");
  EXPECT_EQ(fill_in("%", {UINT64_MAX}), "18446744073709551615");
  EXPECT_EQ(fill_in("%", {INT64_MIN}), "-9223372036854775808");
}

TEST(FillIn, HolesAtTheEndsAndSideBySide) {
  EXPECT_EQ(fill_in("%%", {"a", 1}), "a1");
  EXPECT_EQ(fill_in("%: % ", {"a", "b"}), "a: b ");
}

// A part is not a pattern.
TEST(FillIn, PercentInAPart) { EXPECT_EQ(fill_in("<%> <%>", {"%", "x"}), "<%> <x>"); }

TEST(FillIn, EmptyParts) { EXPECT_EQ(fill_in("<%>", {std::string_view()}), "<>"); }

}  // namespace
}  // namespace aemp
