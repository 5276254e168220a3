// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "session/out_buffer.h"

#include <aemp/error.h>
#include <gtest/gtest.h>

#include <tuple>

#include "support/wire_bytes.h"
#include "wire/packet.h"

namespace aemp {
namespace {

using wire_test::bytes;
using wire_test::Bytes;
using wire_test::hex;
using wire_test::prefix_of;

const Bytes kDest = bytes("04");

class OutBufferTest : public testing::Test {
 protected:
  ~OutBufferTest() override {
    out_.clear();
    EXPECT_EQ(pool_.taken(), 0u);
  }

  void put(const Bytes& items, std::uint8_t type = kFrameData, const Bytes& prefix = kDest) {
    Writer writer = out_.open(type, prefix_of(prefix));
    writer.raw(items.data(), items.size());
    EXPECT_EQ(out_.payload(writer), items.size());
    out_.commit(writer);
  }
  // Everything that is queued, taken in steps of at most `step` bytes.
  Bytes drain(std::size_t step = SIZE_MAX) {
    Bytes all;
    while (!out_.empty()) {
      Slice slices[3];
      const std::size_t n = out_.gather(slices);
      std::size_t left = step;
      std::size_t taken = 0;
      for (std::size_t i = 0; i < n && left > 0; ++i) {
        const std::size_t part = std::min(left, slices[i].size);
        all.insert(all.end(), slices[i].data, slices[i].data + part);
        left -= part;
        taken += part;
      }
      out_.consume(taken);
    }
    return all;
  }

  BlockPool pool_;
  OutBuffer out_{pool_};
};

struct Frame {
  std::uint8_t type;
  Bytes body;
};

std::vector<Frame> split(const Bytes& stream) {
  std::vector<Frame> frames;
  std::size_t at = 0;
  while (at + kFrameHeaderBytes <= stream.size()) {
    const FrameHeader header = load_frame_header(stream.data() + at);
    EXPECT_LE(header.body_len, kMaxFrameBody);
    at += kFrameHeaderBytes;
    const auto begin = stream.begin() + static_cast<std::ptrdiff_t>(at);
    frames.push_back({header.type, Bytes(begin, begin + header.body_len)});
    at += header.body_len;
  }
  EXPECT_EQ(at, stream.size());
  return frames;
}

Bytes pattern(std::size_t size) {
  Bytes out(size);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>(i * 7 + i / 251);
  return out;
}

TEST_F(OutBufferTest, FramesHaveExactlyTheseBytes) {
  Writer writer = out_.open(kFrameData, prefix_of(kDest));
  EXPECT_TRUE(out_.is_open());
  writer.text("ping").integer(41);
  EXPECT_EQ(out_.bytes(), 0u);
  out_.commit(writer);
  EXPECT_FALSE(out_.is_open());
  out_.frame(kFrameMon, kDest.data(), kDest.size());
  out_.frame(kFrameBye, nullptr, 0, bytes("64 'left'"));
  EXPECT_EQ(out_.messages_total(), 3u);
  EXPECT_EQ(hex(drain()), hex(bytes("00 00 08 01 04 64 'ping' 18 29 "
                                    "00 00 01 03 04 "
                                    "00 00 05 0f 64 'left'")));
}

TEST_F(OutBufferTest, HoldsNoBlockWhenEmpty) {
  EXPECT_EQ(pool_.taken(), 0u);
  put(bytes("01"));
  EXPECT_EQ(pool_.taken(), 1u);
  drain();
  EXPECT_EQ(pool_.taken(), 0u);
  Writer writer = out_.open(kFrameData, prefix_of(kDest));
  EXPECT_EQ(pool_.taken(), 1u);
  out_.abort(writer);
  EXPECT_EQ(pool_.taken(), 0u);
}

TEST_F(OutBufferTest, AbortLeavesNoTrace) {
  for (const std::size_t size : {std::size_t{1}, std::size_t{70'000}, std::size_t{1'000'000}}) {
    put(bytes("01"));
    Writer writer = out_.open(kFrameData, prefix_of(kDest));
    const Bytes items = pattern(size);
    writer.raw(items.data(), items.size());
    out_.abort(writer);
    EXPECT_FALSE(out_.is_open());
    put(bytes("02"));
    EXPECT_EQ(hex(drain()), "00 00 02 01 04 01 00 00 02 01 04 02");
  }
}

TEST_F(OutBufferTest, KeepsBytesWhileAFrameGrows) {
  for (const std::size_t size : {std::size_t{500}, std::size_t{66'000}, std::size_t{66'047}}) {
    const Bytes items = pattern(size);
    for (int i = 0; i < 5; ++i) {
      Writer writer = out_.open(kFrameData, prefix_of(kDest));
      for (const std::uint8_t byte : items) writer.raw(&byte, 1);
      out_.commit(writer);
    }
    const std::vector<Frame> frames = split(drain());
    ASSERT_EQ(frames.size(), 5u);
    for (const Frame& frame : frames) EXPECT_EQ(frame.body, wire_test::operator+(kDest, items));
  }
}

TEST_F(OutBufferTest, SplitsLargeMessages) {
  const Bytes dest = bytes("06 00 00 00 00 00 00 00 09");
  for (const std::size_t size : {66'039u, 66'040u, 131'072u, 131'073u, 1'000'000u}) {
    for (const std::uint8_t type : {kFrameData, kFrameKil, kFrameDown}) {
      const Bytes items = pattern(size);
      put(items, type, dest);
      const std::vector<Frame> frames = split(drain());
      if (size + dest.size() <= kMaxFrameBody) {
        ASSERT_EQ(frames.size(), 1u) << size;
        EXPECT_EQ(frames[0].type, type);
        continue;
      }
      Bytes whole;
      for (std::size_t i = 0; i < frames.size(); ++i) {
        EXPECT_EQ(frames[i].type, kFrameFrag);
        Packet packet;
        std::string error;
        ASSERT_EQ(
            parse_packet(kFrameFrag, frames[i].body.data(), frames[i].body.size(), packet, error),
            Parsed::packet)
            << error;
        EXPECT_EQ(packet.dest, (Dest{Dest::Form::full, 1, 9}));
        EXPECT_EQ(packet.inner, type);
        EXPECT_EQ(packet.last, i + 1 == frames.size());
        whole.insert(whole.end(), packet.fragment, packet.fragment + packet.size);
      }
      EXPECT_EQ(whole, items) << size;
    }
  }
}

TEST_F(OutBufferTest, SplitsLargeSpawns) {
  const Bytes items = pattern(100'000);
  put(items, kFrameSpawn, bytes("ac 02"));
  const std::vector<Frame> frames = split(drain());
  ASSERT_EQ(frames.size(), 2u);
  // Form 1 of serial 300, then the inner type.
  EXPECT_EQ(hex({frames[0].body.data(), 3}), "b1 09 06");
  EXPECT_EQ(hex({frames[1].body.data(), 3}), "b1 09 86");
}

TEST_F(OutBufferTest, KeepsTheOrderOfLargeAndSmall) {
  put(bytes("01"));
  put(pattern(200'000));
  put(bytes("02"));
  const std::vector<Frame> frames = split(drain());
  ASSERT_EQ(frames.size(), 6u);
  EXPECT_EQ(frames[0].body.back(), 1);
  EXPECT_EQ(frames[5].body.back(), 2);
}

TEST_F(OutBufferTest, LimitsTheOpenMessage) {
  const std::size_t kLimit = 100'000;
  out_.set_limit(kLimit);
  put(pattern(kLimit));
  try {
    put(pattern(kLimit + 1));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::too_big);
    EXPECT_NE(std::string(error.what()).find("100001"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("100000"), std::string::npos) << error.what();
  }
}

TEST_F(OutBufferTest, LimitsToTheByte) {
  out_.set_limit(1024);
  // Heads ask for more room than they use: a message of exactly the limit must pass.
  Writer writer = out_.open(kFrameData, prefix_of(kDest));
  for (int i = 0; i < 1024; ++i) writer.integer(1);
  out_.commit(writer);
  EXPECT_EQ(out_.bytes(), 1024u + 5);

  Writer second = out_.open(kFrameData, prefix_of(kDest));
  EXPECT_THROW(
      {
        for (int i = 0; i < 1025; ++i) second.integer(1);
        out_.commit(second);
      },
      Error);
  if (out_.is_open()) out_.abort(second);
  EXPECT_EQ(out_.bytes(), 1024u + 5);

  Writer third = out_.open(kFrameData, prefix_of(kDest));
  EXPECT_THROW(third.text(std::string(2000, 'x')), Error);
  out_.abort(third);
  EXPECT_EQ(out_.bytes(), 1024u + 5);
}

TEST_F(OutBufferTest, FindsTheBoundaryFromEveryByte) {
  std::vector<std::size_t> ends{0};
  for (std::size_t i = 0; i < 40; ++i) {
    put(pattern(i % 7));
    ends.push_back(out_.bytes());
  }
  const std::size_t total = out_.bytes();
  for (std::size_t at = 0; at < total; ++at) {
    const std::size_t end = *std::lower_bound(ends.begin(), ends.end(), at);
    EXPECT_EQ(out_.to_boundary(), end - at) << at;
    const auto unsent = ends.end() - std::upper_bound(ends.begin(), ends.end(), at);
    EXPECT_EQ(out_.messages_queued(), static_cast<std::uint64_t>(unsent)) << at;
    out_.consume(1);
  }
  EXPECT_EQ(out_.to_boundary(), 0u);
  EXPECT_EQ(out_.messages_queued(), 0u);
}

TEST_F(OutBufferTest, CountsALargeMessageOnce) {
  std::vector<std::size_t> sizes;  // in the queue, where messages are cut as there is room
  for (int i = 0; i < 4; ++i) {
    const std::size_t before = out_.bytes();
    put(i < 3 ? pattern(300'000) : bytes("01"));
    sizes.push_back(out_.bytes() - before);
  }
  EXPECT_EQ(out_.messages_total(), 4u);
  std::uint64_t left = 4;
  for (const std::size_t size : sizes) {
    EXPECT_EQ(out_.messages_queued(), left);
    out_.consume(size - 1);
    EXPECT_EQ(out_.messages_queued(), left);
    out_.consume(1);
    --left;
  }
  EXPECT_EQ(out_.messages_queued(), 0u);
}

TEST_F(OutBufferTest, TheBoundaryLiesInTheFirstSlice) {
  for (int i = 0; i < 9; ++i) put(pattern(50'000));
  while (!out_.empty()) {
    Slice first;
    ASSERT_EQ(out_.gather({&first, 1}), 1u);
    EXPECT_LE(out_.to_boundary(), first.size);
    out_.consume(std::min<std::size_t>(out_.bytes(), 997));
  }
}

TEST_F(OutBufferTest, GivesTheSameBytesInAnySteps) {
  auto fill = [&] {
    for (std::size_t i = 0; i < 300; ++i) put(pattern(i * 11));
    put(pattern(150'000));
  };
  fill();
  const Bytes all = drain();
  for (const std::size_t step : {std::size_t{7}, std::size_t{4096}, std::size_t{100'003}}) {
    fill();
    EXPECT_EQ(drain(step), all);
  }
}

TEST_F(OutBufferTest, TakesLittleMemoryForLittle) {
  // There may be thousands of peers that are sent a few bytes each.
  put(bytes("01"));
  EXPECT_EQ(pool_.taken_bytes(), kSmallBlockBytes);
  drain();
  for (int i = 0; i < 500; ++i) put(bytes("01"));
  EXPECT_EQ(pool_.taken_bytes(), kSmallBlockBytes);
  for (int i = 0; i < 500; ++i) put(bytes("01"));
  EXPECT_EQ(pool_.taken_bytes(), kSmallBlockBytes + kBlockBytes);
  drain();
  put(pattern(10'000));
  EXPECT_EQ(pool_.taken_bytes(), kSmallBlockBytes + kBlockBytes);
  EXPECT_EQ(drain().size(), 10'000u + 5);
  EXPECT_EQ(pool_.taken_bytes(), 0u);
}

TEST_F(OutBufferTest, AllocatesNothingInTheSteadyState) {
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 20; ++i) put(pattern(65'536 + 5));
    drain();
  }
  const std::size_t blocks = pool_.unused();
  for (int i = 0; i < 20; ++i) put(pattern(65'536 + 5));
  EXPECT_EQ(pool_.taken() + pool_.unused(), blocks);
  drain();
}

// Messages of every kind and size, most of them small, with their payloads' sizes.
class OutBufferFilter : public OutBufferTest {
 protected:
  void fill() {
    for (std::size_t i = 0; i < 40; ++i) {
      const std::size_t size = i % 5 == 3 ? 200'000 + i : i % 7 == 2 ? 60'000 + i : i;
      const auto serial = static_cast<std::uint8_t>(i % 8 + 1);
      const Bytes dest{static_cast<std::uint8_t>(serial << 2 | (i % 2 == 0 ? 0 : 1))};
      if (i % 8 == 7) {
        put(pattern(size), kFrameSpawn, {static_cast<std::uint8_t>(i)});
      } else {
        put(pattern(size), i % 4 == 0 ? kFrameKil : kFrameData, dest);
      }
      if (i % 10 == 9) out_.frame(kFrameMon, dest.data(), dest.size());
    }
  }
  using Seen = std::tuple<int, std::uint64_t, std::size_t>;
  template <class Keep>
  std::vector<Seen> filter(Keep keep) {
    std::vector<Seen> seen;
    out_.filter([&](const OutBuffer::Queued& q) {
      seen.emplace_back(q.type, q.dest.serial, q.payload);
      return keep(seen.size() - 1);
    });
    return seen;
  }
};

TEST_F(OutBufferFilter, ShowsEveryMessageOnceAndWhole) {
  fill();
  const std::size_t bytes = out_.bytes();
  const auto seen = filter([](std::size_t) { return true; });
  ASSERT_EQ(seen.size(), 44u);
  EXPECT_EQ(seen[0], Seen(kFrameKil, 1, 0));
  EXPECT_EQ(seen[3], Seen(kFrameData, 4, 200'003));
  EXPECT_EQ(seen[7], Seen(kFrameSpawn, 7, 7));
  EXPECT_EQ(seen[10], Seen(kFrameMon, 2, 0));
  EXPECT_EQ(seen[25], Seen(kFrameSpawn, 23, 200'023));
  EXPECT_EQ(out_.bytes(), bytes);
  EXPECT_EQ(out_.messages_queued(), 44u);
}

TEST_F(OutBufferFilter, LeavesExactlyTheBytesOfWhatIsKept) {
  for (std::size_t modulus : {1u, 2u, 3u, 5u, 44u}) {
    fill();
    std::vector<Bytes> frames;
    for (const Frame& frame : split(drain())) {
      Bytes bytes(kFrameHeaderBytes);
      store_frame_header(bytes.data(), frame.type, frame.body.size());
      bytes.insert(bytes.end(), frame.body.begin(), frame.body.end());
      frames.push_back(std::move(bytes));
    }
    // The frames of the messages that are to be kept, by the same walk over an unfiltered queue.
    Bytes expected;
    std::size_t message = 0;
    std::uint64_t kept = 0;
    for (const Bytes& frame : frames) {
      const bool keep = message % modulus == 0;
      if (keep) expected.insert(expected.end(), frame.begin(), frame.end());
      const bool more = frame[3] == kFrameFrag && (frame[kFrameHeaderBytes + 1] & kFragLast) == 0;
      if (more) continue;
      kept += keep ? 1 : 0;
      ++message;
    }
    ASSERT_EQ(message, 44u);
    fill();
    const std::uint64_t before = out_.messages_total();
    filter([&](std::size_t i) { return i % modulus == 0; });
    EXPECT_EQ(out_.messages_queued(), kept);
    EXPECT_EQ(out_.messages_total(), before - 44 + kept);
    EXPECT_EQ(out_.bytes(), expected.size());
    EXPECT_EQ(hex(drain(1000)), hex(expected)) << modulus;
  }
}

TEST_F(OutBufferFilter, BeginsBehindWhatWasConsumed) {
  put(pattern(10));
  put(pattern(20));
  put(pattern(30));
  out_.consume(kFrameHeaderBytes + 1 + 10);
  const auto seen = filter([](std::size_t i) { return i == 1; });
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(std::get<2>(seen[0]), 20u);
  EXPECT_EQ(out_.to_boundary(), 0u);
  EXPECT_EQ(out_.messages_queued(), 1u);
  EXPECT_EQ(split(drain())[0].body.size(), 31u);
}

TEST_F(OutBufferFilter, TakesNoMemoryAndGivesBackWhatIsNotNeeded) {
  for (int i = 0; i < 100; ++i) put(pattern(100'000));
  const std::size_t taken = pool_.taken();
  std::size_t most = 0;
  filter([&](std::size_t i) {
    most = std::max(most, pool_.taken());
    return i < 10;
  });
  EXPECT_EQ(most, taken);
  EXPECT_LE(pool_.taken(), taken / 5);
  put(pattern(5));
  EXPECT_EQ(out_.messages_queued(), 11u);
  filter([](std::size_t) { return false; });
  EXPECT_TRUE(out_.empty());
  EXPECT_EQ(pool_.taken(), 0u);
  put(pattern(5));
  EXPECT_EQ(out_.messages_queued(), 1u);
}

TEST_F(OutBufferFilter, TellsThatTheQueueBecameShort) {
  struct Listener : OutBuffer::DrainListener {
    void drained() override { ++calls; }
    int calls = 0;
  } listener;
  for (int i = 0; i < 10; ++i) put(pattern(1000));
  out_.notify_below(5000, &listener);
  filter([](std::size_t i) { return i < 8; });
  EXPECT_EQ(listener.calls, 0);
  filter([](std::size_t i) { return i < 4; });
  EXPECT_EQ(listener.calls, 1);
}

TEST(BlockPool, KeepsOnlySoMany) {
  BlockPool pool(2);
  Block* a = pool.take();
  Block* b = pool.take();
  Block* c = pool.take();
  EXPECT_EQ(pool.taken(), 3u);
  pool.give(a);
  pool.give(b);
  pool.give(c);
  EXPECT_EQ(pool.taken(), 0u);
  EXPECT_EQ(pool.unused(), 2u);
  EXPECT_EQ(pool.take(), b);
  pool.give(b);
}

// What is held is known to a block, whatever the messages' sizes, and while it is written and taken
// away.
TEST_F(OutBufferTest, MemoryIsKnownWhereFramesFillBlocksBadly) {
  for (const std::size_t size :
       {std::size_t{45'000}, std::size_t{100}, std::size_t{66'000}, std::size_t{67'000}}) {
    for (std::size_t queued = 0; queued < 4'000'000; queued += size) {
      put(Bytes(size));
      ASSERT_LE(out_.memory(), pool_.taken_bytes());
      ASSERT_GE(out_.memory() + kBlockBytes, pool_.taken_bytes());
      ASSERT_GE(out_.memory(), out_.bytes());
    }
    if (size == 45'000) {
      EXPECT_GT(out_.memory(), out_.bytes() * 14 / 10);
    }
    // Large messages are cut where blocks end.
    if (size == 67'000) {
      EXPECT_LT(out_.memory(), out_.bytes() * 105 / 100);
    }
    while (!out_.empty()) {
      out_.consume(std::min<std::size_t>(out_.bytes(), 70'001));
      ASSERT_LE(out_.memory(), pool_.taken_bytes());
      ASSERT_GE(out_.memory() + 2 * kBlockBytes, pool_.taken_bytes());
    }
    EXPECT_EQ(out_.memory(), 0u);
  }
}

}  // namespace
}  // namespace aemp
