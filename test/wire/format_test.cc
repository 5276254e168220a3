// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "wire/format.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace aemp {
namespace {

TEST(Format, NumbersOfFramesDoNotChange) {
  const std::pair<int, const char*> table[] = {
      {1, "DATA"},     {2, "KIL"},      {3, "MON"},    {4, "UNMON"},  {5, "DOWN"},
      {6, "SPAWN"},    {7, "FRAG"},     {8, "PING"},   {9, "PONG"},   {10, "IDLE_ASK"},
      {11, "IDLE_OK"}, {12, "IDLE_NO"}, {13, "READY"}, {14, "CLOSE"}, {15, "BYE"},
  };
  for (const auto& [number, name] : table) {
    EXPECT_EQ(frame_word(static_cast<std::uint8_t>(number)), name);
  }
  EXPECT_EQ(frame_word(0), "");
  EXPECT_EQ(frame_word(16), "");
}

TEST(Format, NumbersOfCloseCodesDoNotChange) {
  const char* const words[] = {"",         "going",     "crossed",    "id_in_use",  "self",
                               "version",  "suite",     "protection", "wrong_node", "refused",
                               "protocol", "bad_hello", "timeout",    "overrun"};
  std::uint8_t code = 0;
  for (const char* expected : words) EXPECT_EQ(word(static_cast<CloseCode>(code++)), expected);
  EXPECT_EQ(word(static_cast<CloseCode>(code)), "");
}

TEST(Format, TheLargestPlainHandshakeFits) {
  EXPECT_LE(kGreetingBytes + 2 + kMaxHello, kMaxHandshakeBytes);
}

}  // namespace
}  // namespace aemp
