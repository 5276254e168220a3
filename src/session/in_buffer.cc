// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "session/in_buffer.h"

#include <cstring>

namespace aemp {

namespace {

// With less room than this behind an unfinished frame, moving it is cheaper than the short reads
// would be.
constexpr std::size_t kMinRead = 32 * 1024;

}  // namespace

std::span<std::uint8_t> InBuffer::room() {
  if (block_ == nullptr) block_ = pool_.take();
  Block& block = *block_;
  const std::size_t have = block.write - block.read;
  std::size_t need = kMinRead;
  if (have >= kFrameHeaderBytes) {
    const std::size_t frame =
        kFrameHeaderBytes + load_frame_header(block.data() + block.read).body_len;
    if (frame - have > need) need = frame - have;
  }
  if (have == 0 || kBlockBytes - block.write < need) {
    if (have > 0) std::memmove(block.data(), block.data() + block.read, have);
    block.read = 0;
    block.write = static_cast<std::uint32_t>(have);
  }
  return {block.data() + block.write, kBlockBytes - block.write};
}

}  // namespace aemp
