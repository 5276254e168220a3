// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// OutBuffer: the frames that wait to be written to one peer, in order. It belongs to the peer and
// outlives connections; a session that is up writes from it. Messages are encoded straight into
// it. Memory comes in blocks; an empty buffer holds none. Frames never span blocks.
#ifndef AEMP_SESSION_OUT_BUFFER_H
#define AEMP_SESSION_OUT_BUFFER_H

#include <aemp/writer.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "os/host.h"
#include "session/blocks.h"
#include "wire/dest.h"
#include "wire/frame.h"

namespace aemp {

class OutBuffer final : private detail::Sink {
 public:
  // Told once when the queue has become short.
  class DrainListener {
   public:
    virtual void drained() = 0;

   protected:
    ~DrainListener() = default;
  };

  // A message, or another frame, as it lies in the queue.
  struct Queued {
    std::uint8_t type;    // of a row of FRAG frames: what they make up
    Dest dest;            // SPAWN: spawned
    std::size_t payload;  // bytes of values
  };

  // The most bytes that may stand between the header of a frame and its values.
  static constexpr std::size_t kMaxPrefix = kMaxDestBytes;

  explicit OutBuffer(BlockPool& pool) noexcept : pool_(pool) {}
  ~OutBuffer();
  OutBuffer(const OutBuffer&) = delete;
  OutBuffer& operator=(const OutBuffer&) = delete;

  // Begins a frame: header, then the prefix (the destination; SPAWN: the serial), then what the
  // returned writer writes. `put_prefix` puts up to kMaxPrefix bytes at the pointer it is called
  // with and returns how many. Only one frame at a time: until commit() or abort() nothing but
  // those, is_open(), payload() and bytes() may be called. Throws std::bad_alloc.
  template <class PutPrefix>
  Writer open(std::uint8_t type, PutPrefix&& put_prefix) {
    if (tail_ == nullptr || tail_->room - tail_->write < kOpenRoom) [[unlikely]]
      add_block(kOpenRoom);
    frame_ = tail_->data() + tail_->write;
    type_ = type;
    std::uint8_t* at = frame_ + kFrameHeaderBytes;
    const std::size_t size = put_prefix(at);
    prefix_ = static_cast<std::uint8_t>(size);
    return Writer(*this, at + size, at + size, writer_end(at + size));
  }
  bool is_open() const noexcept { return frame_ != nullptr; }
  // Bytes written behind the prefix so far.
  std::size_t payload(const Writer& writer) const noexcept { return writer.size(); }
  // Ends the frame and queues it; a body that is too large for one frame becomes a row of FRAG
  // frames (DATA, KIL, DOWN, SPAWN only). Throws Error(too_big) over the limit, and
  // std::bad_alloc: as if never opened then.
  void commit(Writer& writer) {
    const std::size_t body = prefix_ + writer.size();
    if (large_ != nullptr || writer.size() > limit_) [[unlikely]] {
      commit_large(writer);
      return;
    }
    store_frame_header(frame_, type_, body);
    frame_ = nullptr;
    note_frame(body);
  }
  // As if never opened.
  void abort(Writer& writer) noexcept;

  // Queues a whole frame that fits into one. None may be open. Throws std::bad_alloc.
  void frame(std::uint8_t type, const void* prefix, std::size_t prefix_size,
             std::span<const std::uint8_t> body = {});

  // The most bytes of payload of frames opened from now on. A writer that goes over it throws
  // Error(too_big) with a sentence giving size and limit. Default: no limit.
  void set_limit(std::size_t bytes) noexcept { limit_ = bytes < kNoLimit ? bytes : kNoLimit; }

  // What is queued and not yet consumed; an open frame does not count.
  std::size_t bytes() const noexcept { return bytes_; }
  // What that takes up: with what is lost at the ends of blocks because frames never span them, up
  // to half as much again where frames are a little larger than a third of a block.
  std::size_t memory() const noexcept {
    return tail_ == nullptr ? 0 : room_ - (tail_->room - tail_->write) - head_->read;
  }
  bool empty() const noexcept { return bytes_ == 0; }
  // Messages ever queued. A row of FRAG frames is one, as is every other frame.
  std::uint64_t messages_total() const noexcept { return messages_total_; }
  // Those that are not completely consumed. Walks at most one block.
  std::uint64_t messages_queued() noexcept;

  // The first bytes in order, as many slices as fit. Returns how many. Valid until consume(),
  // clear(), or the next frame.
  std::size_t gather(std::span<Slice> out) const noexcept;
  // Drops the first n bytes, n <= bytes().
  void consume(std::size_t n);
  // Bytes until the end of the frame whose first part was consumed; 0 at a boundary. They lie in
  // the first slice.
  std::size_t to_boundary() noexcept;
  // Drops what keep(const Queued&) is false for; it is asked once for each, in order, and may not
  // touch the buffer. In place. Not while a frame is open or partly consumed.
  template <class Keep>
  void filter(Keep keep) {
    filter_with([](void* k, const Queued& q) -> bool { return (*static_cast<Keep*>(k))(q); },
                &keep);
  }
  // Drops everything. Not while a frame is open.
  void clear() noexcept;
  // Calls listener->drained() once, from consume(), when fewer than `mark` bytes are
  // queued. It must not touch the buffer.
  void notify_below(std::size_t mark, DrainListener* listener) noexcept {
    mark_ = mark;
    listener_ = listener;
  }

 private:
  // Where fewer bytes are left in a block, the next frame starts in a new one.
  static constexpr std::size_t kOpenRoom = 512;
  // Writers ask for room for the longest head; a message of exactly the limit must still fit.
  static constexpr std::size_t kSlack = 16;
  static constexpr std::size_t kWorthAFrame = 4096;  // bytes of a large message

  void check_drained() {
    if (listener_ == nullptr || bytes_ >= mark_) return;
    DrainListener* listener = listener_;
    listener_ = nullptr;
    listener->drained();
  }
  static constexpr std::size_t kNoLimit = SIZE_MAX / 4;

  struct Mark {
    Block* tail;
    std::uint32_t write, messages;
    std::size_t bytes;
    std::uint64_t messages_total;
  };

  void grow(Writer& writer, std::size_t need) override;
  void move_to_block(Writer& writer);
  void move_to_large(Writer& writer, std::size_t need);
  void commit_large(Writer& writer);
  std::size_t fragment_size(std::size_t rest, std::size_t head) const noexcept;
  void write_large(const std::uint8_t* items, std::size_t size);
  void roll_back(const Mark& mark) noexcept;
  void filter_with(bool (*keep)(void*, const Queued&), void* arg);
  void drop_empty_blocks() noexcept;
  void add_block(std::size_t n);
  void give(Block* block) noexcept {
    room_ -= block->room;
    pool_.give(block);
  }
  std::uint8_t* room(std::size_t n);
  std::uint8_t* writer_end(std::uint8_t* begin) const noexcept {
    std::uint8_t* end = frame_ + kFrameHeaderBytes + kMaxFrameBody;
    std::uint8_t* block_end = tail_->data() + tail_->room;
    if (end > block_end) end = block_end;
    const auto room = static_cast<std::size_t>(end - begin);
    return room <= limit_ + kSlack ? end : begin + limit_ + kSlack;
  }
  void note_frame(std::size_t body) noexcept {
    tail_->write += static_cast<std::uint32_t>(kFrameHeaderBytes + body);
    bytes_ += kFrameHeaderBytes + body;
    ++tail_->messages;
    ++messages_total_;
  }

  BlockPool& pool_;
  Block* head_ = nullptr;
  Block* tail_ = nullptr;
  std::uint8_t* frame_ = nullptr;  // start of the open frame, in tail_ or large_
  std::uint8_t* large_ = nullptr;  // the open frame when it is too large for a block
  std::size_t bytes_ = 0;
  std::size_t room_ = 0;  // of all blocks
  std::size_t limit_ = kNoLimit;
  std::uint64_t messages_total_ = 0;
  std::uint8_t type_ = 0;
  std::uint8_t prefix_ = 0;
  std::size_t mark_ = 0;
  DrainListener* listener_ = nullptr;
};

}  // namespace aemp

#endif  // AEMP_SESSION_OUT_BUFFER_H
