// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// InBuffer: the bytes of a connection that were read and not yet taken as frames. Frames are
// contiguous and stay where they are until the next room() or release(), so views into them may
// be handed out until then.
#ifndef AEMP_SESSION_IN_BUFFER_H
#define AEMP_SESSION_IN_BUFFER_H

#include <cstddef>
#include <cstdint>
#include <span>

#include "session/read_buffer.h"
#include "wire/frame.h"

namespace aemp {

class InBuffer {
 public:
  explicit InBuffer(BlockPool& pool) noexcept : buffer_(pool) {}

  // Where to read to: at least the rest of the frame that has begun. No complete frame may be left.
  // Throws std::bad_alloc.
  std::span<std::uint8_t> room() {
    const std::size_t have = bytes();
    const bool has_header = have >= kFrameHeaderBytes;
    return buffer_.room(has_header ? kFrameHeaderBytes + load_frame_header(buffer_.data()).body_len
                                   : have + 1);
  }
  // n bytes were put there.
  void filled(std::size_t n) noexcept { buffer_.filled(n); }

  enum class Next : std::uint8_t { none, frame, oversized };
  // Looks at the first frame. frame: header and body are complete. oversized: the header says more
  // than kMaxFrameBody.
  Next peek(FrameHeader& header, const std::uint8_t*& body) const noexcept {
    const std::size_t have = bytes();
    if (have < kFrameHeaderBytes) return Next::none;
    const std::uint8_t* at = buffer_.data();
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
    buffer_.take(kFrameHeaderBytes + header.body_len);
  }

  std::size_t bytes() const noexcept { return buffer_.bytes(); }
  // Gives the memory back if no byte is left in it.
  void release() noexcept { buffer_.release(); }
  // Drops everything.
  void clear() noexcept { buffer_.clear(); }

 private:
  ReadBuffer buffer_;
};

}  // namespace aemp

#endif  // AEMP_SESSION_IN_BUFFER_H
