// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What the tests of data connections share: what one end of a channel has seen, and what makes and
// checks long streams of bytes.
#ifndef AEMP_TEST_NODE_CHANNEL_WORLD_H
#define AEMP_TEST_NODE_CHANNEL_WORLD_H

#include <aemp/aemp.h>
#include <aemp/sim.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace aemp::channels {

using namespace std::chrono_literals;

inline std::string text_of(Channel::Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The i-th byte of a stream that never repeats soon.
inline char byte_at(std::uint64_t i) { return static_cast<char>((i * 0x9e3779b97f4a7c15u) >> 56); }
inline std::string piece_at(std::uint64_t from, std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) out[i] = byte_at(from + i);
  return out;
}

// One end of a channel, and what it saw.
struct Ear {
  // Keeps text; with `long_stream` only checks and counts.
  void listen(const Channel& c, bool long_stream = false) {
    channel = c;
    opened = true;
    c.on_data([this, long_stream](Channel::Bytes bytes) {
      const sim::AllocationsSucceed scope;
      if (!long_stream) {
        got += text_of(bytes);
      } else {
        for (std::size_t i = 0; i < bytes.size(); ++i) {
          right = right && static_cast<char>(bytes[i]) == byte_at(count + i);
        }
      }
      count += bytes.size();
    });
    c.on_close([this](Message reason) {
      const sim::AllocationsSucceed scope;
      closed.push_back(reason.json());
    });
  }
  // With an on_end() of its own: else the other's end is answered by close().
  void listen_to_end() {
    channel.on_end([this] { ++ends; });
  }
  // The only word, or the first of several, that it was closed with.
  std::string end() const {
    return closed.size() == 1 ? closed[0] : "closed " + std::to_string(closed.size()) + " times";
  }

  Channel channel;
  bool opened = false;
  std::string got;
  std::uint64_t count = 0;
  bool right = true;
  int ends = 0;
  std::vector<std::string> closed;
};

// Writes the stream of byte_at() as far as the channel takes it, up to `all`, and then ends it.
struct Mouth {
  void pour(const Channel& c, std::uint64_t bytes) {
    channel = c;
    all = bytes;
    c.on_drain([this] { go_on(); });
    go_on();
  }
  void go_on() {
    while (said < all) {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(60'000, all - said));
      const bool more = channel.write(piece_at(said, size));
      said += size;
      most = std::max(most, channel.buffered());
      if (!more) return;
    }
    channel.end();
  }

  Channel channel;
  std::uint64_t all = 0, said = 0;
  std::size_t most = 0;
};

// What connect_to() called back with.
struct Outcome {
  auto note() {
    return [this](Result<Channel> result) {
      const sim::AllocationsSucceed scope;
      ++called;
      ok = result.ok();
      if (ok) {
        ear.listen(*result);
      } else {
        reason = result.reason().json();
      }
    };
  }

  int called = 0;
  bool ok = false;
  std::string reason;
  Ear ear;
};

}  // namespace aemp::channels

#endif  // AEMP_TEST_NODE_CHANNEL_WORLD_H
