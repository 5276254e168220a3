// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "session/out_buffer.h"

#include <aemp/error.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <string>
#include <utility>

#include "base/throw_error.h"

namespace aemp {

namespace {

[[noreturn]] void throw_too_big(std::size_t size, std::size_t limit) {
  throw_error(Errc::too_big, "a message of % bytes or more is over the limit of % bytes",
              {size, limit});
}

// A frame of the queue. The queue holds nothing that is malformed.
struct Frame {
  explicit Frame(const std::uint8_t* at) {
    const FrameHeader header = load_frame_header(at);
    const std::uint8_t* body = at + kFrameHeaderBytes;
    size = kFrameHeaderBytes + header.body_len;
    type = header.type;
    if (type == kFrameBye) {
      payload = header.body_len;
      return;
    }
    std::size_t prefix;
    if (type == kFrameSpawn) {
      dest.form = Dest::Form::spawned;
      prefix = load_varint(body, body + header.body_len, dest.serial);
    } else {
      prefix = decode_dest(body, body + header.body_len, dest);
    }
    if (type == kFrameFrag) {
      ends_message = (body[prefix] & kFragLast) != 0;
      type = body[prefix++] & static_cast<std::uint8_t>(~kFragLast);
    }
    payload = header.body_len - prefix;
  }

  std::uint8_t type;  // of a fragment: what it is a part of
  bool ends_message = true;
  Dest dest{};
  std::size_t payload = 0;
  std::size_t size;
};

// The message that begins there.
OutBuffer::Queued message_at(const Block* block, std::uint32_t at) {
  Frame frame(block->data() + at);
  OutBuffer::Queued message{frame.type, frame.dest, frame.payload};
  while (!frame.ends_message) {
    at += static_cast<std::uint32_t>(frame.size);
    if (at == block->write) {
      block = block->next;
      at = block->read;
    }
    frame = Frame(block->data() + at);
    message.payload += frame.payload;
  }
  return message;
}

}  // namespace

OutBuffer::~OutBuffer() {
  ::operator delete(large_);
  clear();
}

// A block at the end of the queue; the first is small if n bytes find room there.
void OutBuffer::add_block(std::size_t n) {
  Block* block = tail_ == nullptr && n <= kSmallBlockBytes ? pool_.take_small() : pool_.take();
  room_ += block->room;
  if (tail_ == nullptr) {
    head_ = block;
  } else {
    tail_->next = block;
  }
  tail_ = block;
}

// Room for n bytes of one frame at the end of the queue, n at most that of the largest frame.
std::uint8_t* OutBuffer::room(std::size_t n) {
  if (tail_ == nullptr || tail_->room - tail_->write < n) add_block(n);
  return tail_->data() + tail_->write;
}

void OutBuffer::frame(std::uint8_t type, const void* prefix, std::size_t prefix_size,
                      std::span<const std::uint8_t> body) {
  const std::size_t size = prefix_size + body.size();
  std::uint8_t* at = room(kFrameHeaderBytes + size);
  store_frame_header(at, type, size);
  copy_bytes(at + kFrameHeaderBytes, prefix, prefix_size);
  copy_bytes(at + kFrameHeaderBytes + prefix_size, body.data(), body.size());
  note_frame(size);
}

void OutBuffer::abort(Writer& writer) noexcept {
  ::operator delete(large_);
  large_ = nullptr;
  frame_ = nullptr;
  writer.reseat(nullptr, nullptr, nullptr);
  if (bytes_ == 0) clear();
}

void OutBuffer::grow(Writer& writer, std::size_t need) {
  const std::size_t size = writer.size();
  if (need > limit_ + kSlack || size > limit_ + kSlack - need) throw_too_big(size + need, limit_);
  const std::size_t frame = kFrameHeaderBytes + prefix_ + size + need;
  if (large_ == nullptr && frame <= kFrameHeaderBytes + kMaxFrameBody) {
    move_to_block(writer);
  } else {
    move_to_large(writer, frame);
  }
}

void OutBuffer::move_to_block(Writer& writer) {
  const std::size_t size = writer.size();
  const std::size_t written = kFrameHeaderBytes + prefix_ + size;
  const std::uint8_t* from = frame_;
  add_block(kBlockBytes);
  frame_ = tail_->data();
  std::memcpy(frame_, from, written);
  std::uint8_t* begin = frame_ + kFrameHeaderBytes + prefix_;
  writer.reseat(begin, begin + size, writer_end(begin));
}

void OutBuffer::move_to_large(Writer& writer, std::size_t need) {
  const std::size_t size = writer.size();
  const std::size_t head = kFrameHeaderBytes + prefix_;
  const std::size_t most = head + limit_ + kSlack;
  const std::size_t room = std::max(need, std::min(most, 2 * (head + size)));
  auto* data = static_cast<std::uint8_t*>(::operator new(room));
  std::memcpy(data, frame_, head + size);
  ::operator delete(large_);
  large_ = data;
  frame_ = data;
  writer.reseat(data + head, data + head + size, data + room);
}

void OutBuffer::commit_large(Writer& writer) {
  const std::size_t size = writer.size();
  if (size > limit_) {
    abort(writer);
    throw_too_big(size, limit_);
  }
  const Mark mark{tail_, tail_->write, tail_->messages, bytes_, messages_total_};
  try {
    write_large(writer.begin(), size);
  } catch (...) {
    roll_back(mark);
    abort(writer);
    throw;
  }
  ::operator delete(large_);
  large_ = nullptr;
  frame_ = nullptr;
}

// The next part of a large message, of which `rest` bytes are left: what the last block has room
// for rather than leave it empty, if that is worth a frame.
std::size_t OutBuffer::fragment_size(std::size_t rest, std::size_t head) const noexcept {
  const std::size_t most = std::min(kFragmentBytes, rest);
  const std::size_t room = tail_ == nullptr ? 0 : tail_->room - tail_->write;
  return room < head + kWorthAFrame ? most : std::min(most, room - head);
}

void OutBuffer::write_large(const std::uint8_t* items, std::size_t size) {
  const std::uint8_t* prefix = items - prefix_;
  if (prefix_ + size <= kMaxFrameBody) {
    frame(type_, prefix, prefix_, {items, size});
    return;
  }
  std::uint8_t head[kMaxDestBytes + 1];
  std::size_t head_size = prefix_;
  if (type_ == kFrameSpawn) {
    Dest dest{Dest::Form::spawned, 0, 0};
    load_varint(prefix, items, dest.serial);
    head_size = encode_dest(dest, head);
  } else {
    std::memcpy(head, prefix, prefix_);
  }
  for (std::size_t at = 0, n = 0; at < size; at += n) {
    n = fragment_size(size - at, kFrameHeaderBytes + head_size + 1);
    head[head_size] = static_cast<std::uint8_t>(type_ | (at + n == size ? kFragLast : 0));
    frame(kFrameFrag, head, head_size + 1, {items + at, n});
    if (at + n < size) {
      --tail_->messages;
      --messages_total_;
    }
  }
}

void OutBuffer::roll_back(const Mark& mark) noexcept {
  for (Block* block = std::exchange(mark.tail->next, nullptr); block != nullptr;) {
    give(std::exchange(block, block->next));
  }
  tail_ = mark.tail;
  tail_->write = mark.write;
  tail_->messages = mark.messages;
  bytes_ = mark.bytes;
  messages_total_ = mark.messages_total;
}

std::size_t OutBuffer::gather(std::span<Slice> out) const noexcept {
  std::size_t n = 0;
  for (const Block* block = head_; block != nullptr && n < out.size(); block = block->next) {
    if (block->read == block->write) continue;
    out[n++] = {block->data() + block->read, block->write - block->read};
  }
  return n;
}

void OutBuffer::consume(std::size_t n) {
  bytes_ -= n;
  if (bytes_ == 0) {
    clear();
    check_drained();
    return;
  }
  check_drained();
  while (n > 0) {
    const std::size_t have = head_->write - head_->read;
    if (n < have) {
      head_->read += static_cast<std::uint32_t>(n);
      return;
    }
    n -= have;
    give(std::exchange(head_, head_->next));
  }
}

std::size_t OutBuffer::to_boundary() noexcept {
  if (head_ == nullptr) return 0;
  while (head_->mark < head_->read) {
    const Frame frame(head_->data() + head_->mark);
    const auto size = static_cast<std::uint32_t>(frame.size);
    if (head_->mark + size > head_->read) return head_->mark + size - head_->read;
    head_->mark += size;
    if (frame.ends_message) --head_->messages;
  }
  return 0;
}

std::uint64_t OutBuffer::messages_queued() noexcept {
  to_boundary();
  std::uint64_t messages = 0;
  for (const Block* b = head_; b != nullptr; b = b->next) messages += b->messages;
  return messages;
}

void OutBuffer::filter_with(bool (*keep)(void*, const Queued&), void* arg) {
  to_boundary();
  bool begins = true;
  bool kept = true;
  for (Block* block = head_; block != nullptr; block = block->next) {
    std::uint32_t to = block->read;
    block->messages = 0;
    for (std::uint32_t at = block->read; at < block->write;) {
      if (begins) kept = keep(arg, message_at(block, at));
      const Frame frame(block->data() + at);
      begins = frame.ends_message;
      if (kept) {
        std::memmove(block->data() + to, block->data() + at, frame.size);
        to += static_cast<std::uint32_t>(frame.size);
        block->messages += begins ? 1 : 0;
      } else {
        bytes_ -= frame.size;
        messages_total_ -= begins ? 1 : 0;
      }
      at += static_cast<std::uint32_t>(frame.size);
    }
    block->write = to;
    block->mark = block->read;
  }
  drop_empty_blocks();
  check_drained();
}

void OutBuffer::drop_empty_blocks() noexcept {
  if (bytes_ == 0) return clear();
  tail_ = nullptr;
  for (Block** link = &head_; *link != nullptr;) {
    Block* block = *link;
    if (block->read == block->write) {
      *link = block->next;
      give(block);
    } else {
      tail_ = block;
      link = &block->next;
    }
  }
}

void OutBuffer::clear() noexcept {
  while (head_ != nullptr) give(std::exchange(head_, head_->next));
  tail_ = nullptr;
  bytes_ = 0;
}

}  // namespace aemp
