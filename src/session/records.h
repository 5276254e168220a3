// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Records: what an encrypted link is made of once it is up, sans I/O. Each is
//
//   u16 length of the rest | sealed: u8 type, data | 16 bytes of tag
//
// with the cipher of its direction, which counts. DATA is a stream: frames and records begin and
// end independently.
#ifndef AEMP_SESSION_RECORDS_H
#define AEMP_SESSION_RECORDS_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/nanos.h"
#include "crypto/noise_cipher.h"
#include "os/host.h"
#include "session/blocks.h"
#include "session/read_buffer.h"
#include "wire/format.h"

namespace aemp {

// A cipher for each direction.
struct Ciphers {
  crypto::NoiseCipher to_peer;
  crypto::NoiseCipher from_peer;
};

struct Record {
  std::uint8_t type = 0;  // RecordType
  std::span<const std::uint8_t> data;
};

// Appends a whole record; at most kMaxRecordData bytes. False: the cipher is used up. Throws
// std::bad_alloc.
[[nodiscard]] bool put_record(crypto::NoiseCipher& cipher, std::uint8_t type,
                              std::span<const std::uint8_t> data, std::vector<std::uint8_t>& out);
// Opens what follows a record's length, in place; `out` is a view of it. False: it was altered, or
// is of another key.
[[nodiscard]] bool open_record(crypto::NoiseCipher& cipher, std::span<std::uint8_t> sealed,
                               Record& out);
// Whether a record may have this length after its length.
constexpr bool record_length_ok(std::size_t length) noexcept {
  return length > crypto::kTagBytes && length <= kMaxRecordBytes - kRecordLengthBytes;
}

// Seals what is to be sent, up to a block at a time.
class RecordWriter {
 public:
  RecordWriter(BlockPool& pool, crypto::NoiseCipher&& cipher, Nanos now)
      : pool_(pool), cipher_(std::move(cipher)), key_since_(now) {}
  ~RecordWriter() { clear(); }
  RecordWriter(const RecordWriter&) = delete;
  RecordWriter& operator=(const RecordWriter&) = delete;

  // What is sealed and not yet written.
  bool empty() const noexcept { return block_ == nullptr; }
  Slice pending() const noexcept {
    return {block_->data() + block_->read, block_->write - block_->read};
  }
  void consume(std::size_t n) noexcept;

  // Before any record: bytes that go first as they are, at most kMaxHandshakeBytes.
  void begin_with(std::span<const std::uint8_t> bytes);
  // Only when empty: makes place for about so many bytes of data. Throws std::bad_alloc.
  void begin(std::size_t bytes);
  // After begin(): how much data the next record may hold; 0: no more until all is written.
  std::size_t room() const noexcept;
  // After the last put(): a block in which nothing is goes back.
  void settle() noexcept {
    if (block_ != nullptr && block_->write == 0) clear();
  }
  // Seals the first `size` bytes, at most room(), of these slices. From time to time the key is
  // renewed first. False: the cipher is used up.
  [[nodiscard]] bool put(std::uint8_t type, std::span<const Slice> from, std::size_t size,
                         Nanos now);

 private:
  // A key is renewed after so many records, bytes, or so much time; checked when something is sent.
  static constexpr std::uint64_t kRecordsPerKey = 1 << 20;
  static constexpr std::uint64_t kBytesPerKey = 1 << 30;
  static constexpr Nanos kTimePerKey = 600 * kSecond;

  bool key_is_old(Nanos now) const noexcept;
  bool seal(std::uint8_t type, std::span<const Slice> from, std::size_t size) noexcept;
  void clear() noexcept;

  BlockPool& pool_;
  crypto::NoiseCipher cipher_;
  Block* block_ = nullptr;
  std::uint64_t records_ = 0;  // with this key
  std::uint64_t bytes_ = 0;
  Nanos key_since_;
};

// Opens what was read.
class RecordReader {
 public:
  RecordReader(BlockPool& pool, crypto::NoiseCipher&& cipher)
      : buffer_(pool), cipher_(std::move(cipher)) {}

  // Where to read to. What next() gave is gone then. Throws std::bad_alloc.
  std::span<std::uint8_t> room();
  void filled(std::size_t n) noexcept { buffer_.filled(n); }
  // Bytes that are not opened yet.
  std::size_t bytes() const noexcept { return buffer_.bytes(); }
  // Records that were opened so far, those that next() skips included.
  std::uint64_t opened() const noexcept { return cipher_.messages(); }

  enum class Next : std::uint8_t { none, record, error };
  // The next DATA or CLOSE, valid until room() or release(). error: `sentence` says what is wrong;
  // nothing that follows can be read.
  Next next(Record& out, std::string& sentence);
  void release() noexcept { buffer_.release(); }

 private:
  ReadBuffer buffer_;
  crypto::NoiseCipher cipher_;
  unsigned key_updates_ = 0;  // one after the other
};

// Both directions of a link that is up.
struct Records {
  Records(BlockPool& pool, Ciphers&& ciphers, Nanos now)
      : in(pool, std::move(ciphers.from_peer)), out(pool, std::move(ciphers.to_peer), now) {}
  RecordReader in;
  RecordWriter out;
  std::span<const std::uint8_t> opened;  // of `in`: what is not yet in the buffer of frames
  std::vector<std::uint8_t> close;       // the body of CLOSE, to be the last record
};

// A connection whose handshake is over, without its session.
struct Released {
  int fd = -1;
  std::unique_ptr<Records> records;  // null: not encrypted
  std::vector<std::uint8_t> first;   // then: to be sent before anything else
};

}  // namespace aemp

#endif  // AEMP_SESSION_RECORDS_H
