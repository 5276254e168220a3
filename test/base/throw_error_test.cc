// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "base/throw_error.h"

#include <gtest/gtest.h>

namespace aemp {
namespace {

TEST(ThrowError, HasTheCodeAndTheSentenceFilledIn) {
  try {
    throw_error(Errc::too_big, "% bytes: expected at most %", {7, "five"});
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::too_big);
    EXPECT_STREQ(error.what(), "7 bytes: expected at most five");
  }
}

}  // namespace
}  // namespace aemp
