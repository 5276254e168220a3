// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Messages that were queued before the link told how large they may be.
#include <algorithm>
#include <vector>

#include "node/core.h"
#include "node/peer.h"
#include "wire/frame.h"
#include "wire/packet.h"

namespace aemp {
namespace {

struct QueuedFrame {
  std::uint8_t type;
  const std::uint8_t* body;
  std::size_t size;
};

std::vector<std::uint8_t> take_all(OutBuffer& queue) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(queue.bytes());
  while (!queue.empty()) {
    Slice slice[16];
    const std::size_t count = queue.gather(slice);
    std::size_t taken = 0;
    for (std::size_t i = 0; i < count; ++i) {
      bytes.insert(bytes.end(), slice[i].data, slice[i].data + slice[i].size);
      taken += slice[i].size;
    }
    queue.consume(taken);
  }
  return bytes;
}

std::vector<QueuedFrame> split(const std::vector<std::uint8_t>& bytes) {
  std::vector<QueuedFrame> frames;
  for (std::size_t at = 0; at + kFrameHeaderBytes <= bytes.size();) {
    const FrameHeader header = load_frame_header(bytes.data() + at);
    frames.push_back({header.type, bytes.data() + at + kFrameHeaderBytes, header.body_len});
    at += kFrameHeaderBytes + header.body_len;
  }
  return frames;
}

// The destination's size on the wire, and its key.
std::size_t destination(const QueuedFrame& frame, std::uint64_t own, PortKey& key) {
  if (frame.type == kFrameSpawn) {
    key.origin = own;
    return load_varint(frame.body, frame.body + frame.size, key.serial);
  }
  Dest dest;
  const std::size_t n = decode_dest(frame.body, frame.body + frame.size, dest);
  key = {dest.form == Dest::Form::spawned ? own : dest.origin, dest.serial};
  return n;
}

}  // namespace

void Peer::drop_oversized() {
  const std::vector<std::uint8_t> bytes = take_all(queue_);
  const std::vector<QueuedFrame> frames = split(bytes);
  std::vector<std::pair<PortKey, std::size_t>> lost;
  auto is_dropped = [&](PortKey key) {
    return std::any_of(lost.begin(), lost.end(), [&](const auto& l) { return l.first == key; });
  };
  for (std::size_t i = 0; i < frames.size(); ++i) {
    PortKey key{};
    const std::size_t prefix = destination(frames[i], core_.incarnation, key);
    std::size_t last = i;
    std::size_t payload = frames[i].size - prefix;
    if (frames[i].type == kFrameFrag) {
      payload = 0;
      for (last = i;; ++last) {
        payload += frames[last].size - prefix - 1;
        if ((frames[last].body[prefix] & kFragLast) != 0 || last + 1 == frames.size()) break;
      }
    }
    // DOWN names a port of ours, and its reason is short enough for everybody.
    const bool control = frames[i].type == kFrameMon || frames[i].type == kFrameUnmon ||
                         frames[i].type == kFrameDown;
    if (!control && payload > peer_max_ && !is_dropped(key)) lost.emplace_back(key, payload);
    const bool drop = !control && is_dropped(key);
    for (std::size_t j = i; j <= last && !drop; ++j) {
      queue_.frame(frames[j].type, nullptr, 0, {frames[j].body, frames[j].size});
    }
    i = last;
  }
  for (const auto& [key, size] : lost) lose_port(key, size);
}

}  // namespace aemp
