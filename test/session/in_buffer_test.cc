// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "session/in_buffer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace aemp {
namespace {

using Next = InBuffer::Next;

class InBufferTest : public testing::Test {
 protected:
  // As a session does: reads at most `step` bytes at a time, takes all complete frames.
  std::vector<std::vector<std::uint8_t>> feed(const std::vector<std::uint8_t>& stream,
                                              std::size_t step) {
    std::vector<std::vector<std::uint8_t>> bodies;
    std::size_t at = 0;
    while (at < stream.size()) {
      const std::span<std::uint8_t> room = in_.room();
      const std::size_t n = std::min({step, room.size(), stream.size() - at});
      EXPECT_GT(n, 0u);
      std::memcpy(room.data(), stream.data() + at, n);
      in_.filled(n);
      at += n;
      FrameHeader header;
      const std::uint8_t* body;
      while (in_.peek(header, body) == Next::frame) {
        in_.pop(header);
        bodies.emplace_back(body, body + header.body_len);
      }
      in_.release();
    }
    return bodies;
  }

  BlockPool pool_;
  InBuffer in_{pool_};
};

std::vector<std::uint8_t> frame(std::size_t size) {
  std::vector<std::uint8_t> out(kFrameHeaderBytes + size, static_cast<std::uint8_t>(size));
  store_frame_header(out.data(), kFrameData, size);
  return out;
}

TEST_F(InBufferTest, KeepsFramesWholeWhateverTheReadsAre) {
  std::vector<std::uint8_t> stream;
  std::vector<std::size_t> sizes;
  for (std::size_t i = 0; i < 60; ++i) {
    sizes.push_back(i % 5 == 4 ? kMaxFrameBody - i : i * i);
    const std::vector<std::uint8_t> f = frame(sizes.back());
    stream.insert(stream.end(), f.begin(), f.end());
  }
  for (const std::size_t step :
       {std::size_t{1}, std::size_t{1000}, std::size_t{65'521}, SIZE_MAX}) {
    const auto bodies = feed(stream, step);
    ASSERT_EQ(bodies.size(), sizes.size());
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      ASSERT_EQ(bodies[i].size(), sizes[i]);
      EXPECT_TRUE(std::all_of(bodies[i].begin(), bodies[i].end(), [&](std::uint8_t b) {
        return b == static_cast<std::uint8_t>(sizes[i]);
      }));
    }
    EXPECT_EQ(in_.bytes(), 0u);
    EXPECT_EQ(pool_.taken(), 0u);
  }
}

TEST_F(InBufferTest, HoldsNoBlockWhenEmpty) {
  EXPECT_EQ(pool_.taken(), 0u);
  in_.room();
  EXPECT_EQ(pool_.taken(), 1u);
  in_.release();
  EXPECT_EQ(pool_.taken(), 0u);
  feed({0x00, 0x00}, 10);
  EXPECT_EQ(pool_.taken(), 1u);
  EXPECT_EQ(in_.bytes(), 2u);
  in_.clear();
  EXPECT_EQ(pool_.taken(), 0u);
}

TEST_F(InBufferTest, HasRoomForTheLargestFrameOnceItsHeaderIsThere) {
  const std::vector<std::uint8_t> largest = frame(kMaxFrameBody);
  for (std::size_t cut = kFrameHeaderBytes; cut < largest.size(); cut += 997) {
    feed(std::vector<std::uint8_t>(largest.begin(),
                                   largest.begin() + static_cast<std::ptrdiff_t>(cut)),
         SIZE_MAX);
    EXPECT_GE(in_.room().size(), largest.size() - cut);
    in_.clear();
  }
}

TEST_F(InBufferTest, TakesLargeBlocksOnlyWhileMuchIsRead) {
  const auto room = [this] {
    const std::size_t bytes = in_.room().size();
    in_.release();
    return bytes;
  };
  EXPECT_EQ(room(), kSmallBlockBytes);
  feed(frame(kSmallBlockBytes - kFrameHeaderBytes), SIZE_MAX);
  EXPECT_EQ(room(), kBlockBytes) << "a read took all there was room for";
  feed(frame(kSmallBlockBytes / 2 + 1), SIZE_MAX);
  EXPECT_EQ(room(), kBlockBytes);
  feed(frame(10), SIZE_MAX);
  EXPECT_EQ(room(), kSmallBlockBytes);
}

TEST_F(InBufferTest, KeepsWhatItHasWhenTheBlockGrows) {
  std::vector<std::uint8_t> stream = frame(10), second = frame(kSmallBlockBytes);
  stream.insert(stream.end(), second.begin(), second.begin() + 100);
  EXPECT_EQ(feed(stream, SIZE_MAX).size(), 1u);
  const auto bodies = feed(std::vector<std::uint8_t>(second.begin() + 100, second.end()), SIZE_MAX);
  ASSERT_EQ(bodies.size(), 1u);
  EXPECT_EQ(bodies[0], std::vector<std::uint8_t>(second.begin() + kFrameHeaderBytes, second.end()));
}

TEST_F(InBufferTest, HasThatRoomBehindOtherFramesToo) {
  std::vector<std::uint8_t> stream = frame(40'000);
  const std::vector<std::uint8_t> second = frame(40'000), third = frame(kMaxFrameBody);
  stream.insert(stream.end(), second.begin(), second.end());
  stream.insert(stream.end(), third.begin(), third.begin() + 1000);
  EXPECT_EQ(feed(stream, SIZE_MAX).size(), 2u);
  EXPECT_GE(in_.room().size(), third.size() - 1000);
}

TEST_F(InBufferTest, SeesAFrameThatIsTooLongFromItsHeader) {
  FrameHeader header;
  const std::uint8_t* body;
  feed({0x01, 0x02, 0x01, 0x01}, 10);
  EXPECT_EQ(in_.peek(header, body), Next::oversized);
  EXPECT_EQ(header.body_len, kMaxFrameBody + 1);
  EXPECT_TRUE(in_.has_frame());
  in_.clear();
  feed({0x01, 0x02, 0x00, 0x01}, 10);
  EXPECT_EQ(in_.peek(header, body), Next::none);
  EXPECT_FALSE(in_.has_frame());
}

}  // namespace
}  // namespace aemp
