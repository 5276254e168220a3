// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// A stream of frames: what a link that is up makes of one, and what it may say itself.
#ifndef AEMP_TEST_FUZZ_FRAME_STREAM_H
#define AEMP_TEST_FUZZ_FRAME_STREAM_H

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fuzz/fuzz.h"
#include "wire/frame.h"
#include "wire/packet.h"
#include "wire/reassembly.h"

namespace aemp::fuzz {

struct FateOfFrames {
  std::uint64_t packets;  // that the owner gets
  bool ends;              // something in it ends the link
};

// Nothing if that depends on the time.
inline std::optional<FateOfFrames> fate_of_frames(const std::vector<std::uint8_t>& in,
                                                  std::uint64_t max_message) {
  std::uint64_t count = 0;
  Reassembly large(max_message);
  for (std::size_t at = 0; in.size() - at >= kFrameHeaderBytes;) {
    const FrameHeader header = load_frame_header(in.data() + at);
    at += kFrameHeaderBytes;
    if (header.body_len > kMaxFrameBody) return FateOfFrames{count, true};
    if (header.body_len > in.size() - at) break;
    Packet packet, whole;
    std::string error;
    const Parsed parsed = parse_packet(header.type, in.data() + at, header.body_len, packet, error);
    at += header.body_len;
    if (parsed == Parsed::skip) continue;
    if (parsed == Parsed::error || packet.type == kFrameClose || packet.type == kFrameReady) {
      return FateOfFrames{count, true};
    }
    if (packet.type == kFrameIdleAsk) return std::nullopt;
    if (packet.type == kFramePing || packet.type == kFramePong) continue;
    if (packet.type == kFrameFrag) {
      const Reassembly::Result result = large.add(packet, whole, error);
      if (result == Reassembly::Result::error) return FateOfFrames{count, true};
      if (result == Reassembly::Result::complete) ++count;
    } else {
      if (large.conflicts(packet)) return FateOfFrames{count, true};
      ++count;
    }
  }
  return FateOfFrames{count, false};
}

// A session says whole frames only, and only such as it would take itself.
inline void check_frames(const std::vector<std::uint8_t>& bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    AEMP_FUZZ_CHECK(bytes.size() - at >= kFrameHeaderBytes);
    const FrameHeader header = load_frame_header(bytes.data() + at);
    at += kFrameHeaderBytes;
    AEMP_FUZZ_CHECK(header.body_len <= bytes.size() - at);
    Packet packet;
    std::string error;
    AEMP_FUZZ_CHECK(parse_packet(header.type, bytes.data() + at, header.body_len, packet, error) ==
                    Parsed::packet);
    at += header.body_len;
    AEMP_FUZZ_CHECK(packet.type != kFrameClose || at == bytes.size());
  }
}

}  // namespace aemp::fuzz

#endif  // AEMP_TEST_FUZZ_FRAME_STREAM_H
