// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// A stream of records of which the input is the list of deeds, honest and other.
#ifndef AEMP_TEST_FUZZ_RECORD_STREAM_H
#define AEMP_TEST_FUZZ_RECORD_STREAM_H

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "fuzz/fuzz.h"
#include "fuzz/reference.h"
#include "session/records.h"

namespace aemp::fuzz {

using Bytes = std::vector<std::uint8_t>;

struct SeenRecord {
  std::uint8_t type;
  Bytes data;
  friend bool operator==(const SeenRecord&, const SeenRecord&) = default;
};

// Data is sealed; between the records lie such as are of another type, altered, repeated, left out,
// or no records at all. What the deeds make, and what a reader must make of that.
class RecordStream {
 public:
  explicit RecordStream(crypto::NoiseCipher&& cipher) : cipher_(std::move(cipher)) {}

  void play(Reference& from) {
    while (from.left() > 0 && bytes_.size() < (1 << 17)) {
      const auto deed = static_cast<std::uint8_t>(from.number(1));
      const std::uint64_t size = from.number(1) << (deed >> 5);  // up to 32 KiB
      if (!from.ok()) return;
      const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(size, kMaxRecordData));
      switch (deed & 7) {
        case 0:
          seal(kRecordData, fill(n, from));
          break;
        case 1:
          seal(static_cast<std::uint8_t>(from.number(1)), fill(n, from));
          break;
        case 2:
          seal(kRecordKeyUpdate, fill(n, from));
          break;
        case 3: {  // no record
          const In raw = from.take(std::min(from.left(), n));
          if (!raw.empty()) wrong();
          bytes_.insert(bytes_.end(), raw.begin(), raw.end());
          break;
        }
        case 4: {  // altered
          const std::size_t at = bytes_.size();
          const std::optional<std::size_t> before = wrong_at_;
          wrong();
          const std::size_t seen = seen_.size();
          seal(kRecordData, fill(n, from));
          seen_.resize(seen);
          const std::size_t bit = from.number(2) % (8 * (bytes_.size() - at));
          bytes_[at + bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
          if (before) wrong_at_ = before;
          break;
        }
        case 5:  // once more
          if (last_.empty()) break;
          wrong();
          bytes_.insert(bytes_.end(), last_.begin(), last_.end());
          break;
        case 6: {  // left out
          const std::size_t at = bytes_.size();
          wrong();
          seal(kRecordData, fill(n, from));
          bytes_.resize(at);
          last_.clear();  // it would be in its place
          break;
        }
        default:  // many at once
          for (std::size_t i = 0; i < n % 32; ++i) seal(kRecordData, Bytes(i));
      }
    }
  }

  const Bytes& bytes() const { return bytes_; }
  const std::vector<SeenRecord>& seen() const { return seen_; }
  // Whether the reader must have found out that something is wrong.
  bool ends() const {
    if (ended_) return true;
    if (!wrong_at_) return false;
    const std::size_t left = bytes_.size() - *wrong_at_;
    if (left < 2) return false;
    const std::size_t length = load_be16(bytes_.data() + *wrong_at_);
    return length < 17 || length > 16'401 || left - 2 >= length;
  }

 private:
  // Nothing from here on can be read.
  void wrong() {
    if (!wrong_at_) wrong_at_ = bytes_.size();
  }

  static Bytes fill(std::size_t n, Reference& from) {
    Bytes out(n);
    const In in = from.take(std::min(from.left(), n));
    std::copy(in.begin(), in.end(), out.begin());
    return out;
  }

  void seal(std::uint8_t type, const Bytes& data) {
    const std::size_t at = bytes_.size();
    AEMP_FUZZ_CHECK(put_record(cipher_, type, data, bytes_));
    AEMP_FUZZ_CHECK(bytes_.size() == at + 19 + data.size());
    last_.assign(bytes_.begin() + static_cast<std::ptrdiff_t>(at), bytes_.end());
    if (type == kRecordKeyUpdate) cipher_.rekey();
    if (wrong_at_ || ended_) return;
    if (type == kRecordData || type == kRecordClose) {
      if (type == kRecordClose || !data.empty()) seen_.push_back({type, data});
      if (!data.empty() && type == kRecordData) updates_ = 0;
    } else if (type == kRecordKeyUpdate) {
      ended_ = !data.empty() || ++updates_ > 16;
    } else {
      ended_ = type != kRecordPad;
    }
  }

  crypto::NoiseCipher cipher_;
  Bytes bytes_, last_;
  std::vector<SeenRecord> seen_;
  std::optional<std::size_t> wrong_at_;
  bool ended_ = false;  // by what an honest record held
  unsigned updates_ = 0;
};

}  // namespace aemp::fuzz

#endif  // AEMP_TEST_FUZZ_RECORD_STREAM_H
