// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// InBuffer: the bytes of a connection that were read and not yet taken as frames. Frames are
// contiguous and stay where they are until the next room() or release(), so views into them may
// be handed out until then. An empty buffer holds no memory after release(). Small blocks are used
// until one was filled by a read, large ones until a read would have left half a small one empty.
#ifndef AEMP_SESSION_IN_BUFFER_H
#define AEMP_SESSION_IN_BUFFER_H

#include <cstddef>
#include <cstdint>
#include <span>

#include "session/blocks.h"
#include "wire/frame.h"

namespace aemp {

class InBuffer {
 public:
  explicit InBuffer(BlockPool& pool) noexcept : pool_(pool) {}
  ~InBuffer() { clear(); }
  InBuffer(const InBuffer&) = delete;
  InBuffer& operator=(const InBuffer&) = delete;

  // Where to read to: at least the rest of the frame that has begun. Moves an unfinished frame to
  // the front when there is little room behind it. No complete frame may be left. Throws
  // std::bad_alloc.
  std::span<std::uint8_t> room();
  // n bytes were put there.
  void filled(std::size_t n) noexcept {
    block_->write += static_cast<std::uint32_t>(n);
    busy_ = block_->write == block_->room || (busy_ && n > kSmallBlockBytes / 2);
  }

  enum class Next : std::uint8_t { none, frame, oversized };
  // Looks at the first frame. frame: header and body are complete. oversized: the header says more
  // than kMaxFrameBody.
  Next peek(FrameHeader& header, const std::uint8_t*& body) const noexcept {
    if (block_ == nullptr) return Next::none;
    const std::size_t have = block_->write - block_->read;
    if (have < kFrameHeaderBytes) return Next::none;
    const std::uint8_t* at = block_->data() + block_->read;
    header = load_frame_header(at);
    if (header.body_len > kMaxFrameBody) [[unlikely]]
      return Next::oversized;
    if (have - kFrameHeaderBytes < header.body_len) return Next::none;
    body = at + kFrameHeaderBytes;
    return Next::frame;
  }
  // True if peek() has something to say.
  bool has_frame() const noexcept {
    FrameHeader header;
    const std::uint8_t* body;
    return peek(header, body) != Next::none;
  }
  // Takes the frame that peek() showed; its bytes stay valid as said above.
  void pop(const FrameHeader& header) noexcept {
    block_->read += static_cast<std::uint32_t>(kFrameHeaderBytes + header.body_len);
  }

  std::size_t bytes() const noexcept {
    return block_ == nullptr ? 0 : block_->write - block_->read;
  }
  // Gives the memory back if no byte is left in it.
  void release() noexcept {
    if (block_ != nullptr && block_->read == block_->write) clear();
  }
  // Drops everything.
  void clear() noexcept {
    if (block_ == nullptr) return;
    pool_.give(block_);
    block_ = nullptr;
  }

 private:
  void move_to(Block* block) noexcept;

  BlockPool& pool_;
  Block* block_ = nullptr;
  bool busy_ = false;  // much is read at a time
};

}  // namespace aemp

#endif  // AEMP_SESSION_IN_BUFFER_H
