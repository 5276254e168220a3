// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// ChannelRecords: what a data connection is made of once it is up, sans I/O. Of an encrypted one
// the records of session/records.h; of a plain one the same, not sealed:
//
//   u16 length of the rest | u8 type, data
//
// DATA is bytes of the stream, PAD a sign of life, CLOSE without a text the end of the stream.
// BARE, on plain connections alone, is the last record of its direction: bare bytes of the stream
// follow.
#ifndef AEMP_NODE_CHANNEL_RECORDS_H
#define AEMP_NODE_CHANNEL_RECORDS_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/nanos.h"
#include "session/read_buffer.h"
#include "session/records.h"

namespace aemp {

class ChannelRecords {
 public:
  // `sealed`: null for a plain connection. The pool must outlive it.
  ChannelRecords(BlockPool& pool, std::unique_ptr<Records> sealed) noexcept
      : pool_(pool), sealed_(std::move(sealed)), in_(pool) {}
  ~ChannelRecords() { clear(); }
  ChannelRecords(const ChannelRecords&) = delete;
  ChannelRecords& operator=(const ChannelRecords&) = delete;

  bool is_plain() const noexcept { return sealed_ == nullptr; }

  // Out, as of RecordWriter. No records any more once BARE was put: the caller sends the stream as
  // it is, when all of this has gone out.
  bool out_empty() const noexcept {
    return sealed_ != nullptr ? sealed_->out.empty() : out_ == nullptr;
  }
  Slice pending() const noexcept {
    return sealed_ != nullptr ? sealed_->out.pending()
                              : Slice{out_->data() + out_->read, out_->write - out_->read};
  }
  void consume(std::size_t n) noexcept;
  // Bytes that go first as they are, at most kMaxHandshakeBytes. Throws std::bad_alloc.
  void begin_with(std::span<const std::uint8_t> bytes);
  void begin(std::size_t bytes);
  std::size_t room() const noexcept;
  [[nodiscard]] bool put(std::uint8_t type, std::span<const Slice> from, std::size_t size,
                         Nanos now);
  void settle() noexcept;
  bool bare_out() const noexcept { return bare_out_; }

  // In, as of RecordReader.
  std::span<std::uint8_t> read_room();
  void filled(std::size_t n) noexcept {
    sealed_ != nullptr ? sealed_->in.filled(n) : in_.filled(n);
  }
  // DATA, CLOSE or BARE; bare bytes are DATA.
  RecordReader::Next next(Record& out, std::string& sentence);
  // Records so far, those that next() skips included.
  std::uint64_t read() const noexcept { return sealed_ != nullptr ? sealed_->in.opened() : read_; }
  void release() noexcept { sealed_ != nullptr ? sealed_->in.release() : in_.release(); }
  bool bare_in() const noexcept { return bare_in_; }

 private:
  static constexpr std::size_t kHead = kRecordLengthBytes + 1;

  std::size_t unit() const noexcept;
  void clear() noexcept;

  BlockPool& pool_;
  const std::unique_ptr<Records> sealed_;
  Block* out_ = nullptr;
  ReadBuffer in_;
  std::uint64_t read_ = 0;
  bool bare_out_ = false;
  bool bare_in_ = false;
};

}  // namespace aemp

#endif  // AEMP_NODE_CHANNEL_RECORDS_H
