// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Records: the input is a list of deeds. Data is sealed and arrives in pieces; between the records
// lie such as are of another type, altered, repeated, left out, or no records at all. The first
// byte says how many bytes arrive at a time. Half of the inputs take the way of a RecordWriter.
#include "session/records.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "fuzz/fuzz.h"
#include "fuzz/reference.h"

namespace {

using namespace aemp;
using Bytes = std::vector<std::uint8_t>;
using Next = RecordReader::Next;

crypto::NoiseCipher cipher() {
  std::array<std::uint8_t, 32> bytes;
  bytes.fill(0x5a);
  crypto::NoiseCipher out;
  out.set_key(crypto::Key(bytes));
  return out;
}

struct Seen {
  std::uint8_t type;
  Bytes data;
  friend bool operator==(const Seen&, const Seen&) = default;
};

// What the deeds make, and what a reader must make of that.
class Stream {
 public:
  void play(fuzz::Reference& from) {
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
          const fuzz::In raw = from.take(std::min(from.left(), n));
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
  const std::vector<Seen>& seen() const { return seen_; }
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

  static Bytes fill(std::size_t n, fuzz::Reference& from) {
    Bytes out(n);
    const fuzz::In in = from.take(std::min(from.left(), n));
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

  crypto::NoiseCipher cipher_ = cipher();
  Bytes bytes_, last_;
  std::vector<Seen> seen_;
  std::optional<std::size_t> wrong_at_;
  bool ended_ = false;  // by what an honest record held
  unsigned updates_ = 0;
};

struct Read {
  std::vector<Seen> seen;
  bool ended = false;
};

Read read_all(BlockPool& pool, const Bytes& bytes, std::size_t step) {
  RecordReader reader(pool, cipher());
  Read out;
  for (std::size_t at = 0; at < bytes.size() && !out.ended;) {
    const std::span<std::uint8_t> room = reader.room();
    AEMP_FUZZ_CHECK(!room.empty());
    const std::size_t n = std::min({step, room.size(), bytes.size() - at});
    copy_bytes(room.data(), bytes.data() + at, n);
    reader.filled(n);
    at += n;
    Record record;
    std::string sentence;
    for (Next next; !out.ended && (next = reader.next(record, sentence)) != Next::none;) {
      out.ended = next == Next::error;
      AEMP_FUZZ_CHECK(out.ended == !sentence.empty());
      if (!out.ended) {
        out.seen.push_back({record.type, Bytes(record.data.begin(), record.data.end())});
      }
    }
    AEMP_FUZZ_CHECK(reader.bytes() < kMaxRecordBytes || out.ended);
    reader.release();
    // An idle link holds no memory.
    AEMP_FUZZ_CHECK(reader.bytes() > 0 || pool.taken() == 0 || out.ended);
  }
  return out;
}

// Slices in, the same stream out, whatever the time and however little is written at a time.
void check_writer(fuzz::Reference& from, std::size_t step) {
  BlockPool pool;
  Bytes said, wire;
  {
    RecordWriter writer(pool, cipher(), 0);
    Nanos now = 0;
    while (from.left() > 0 && said.size() < (1 << 17)) {
      const std::size_t want = from.number(1) << from.number(1) % 10;
      now += static_cast<Nanos>(from.number(1)) * 10 * kSecond;
      const fuzz::In in = from.take(std::min<std::size_t>(from.left(), 32));
      if (!from.ok() || want == 0) break;
      Bytes data(want);
      std::copy_n(in.begin(), std::min(in.size(), want), data.begin());
      writer.begin(want);
      for (std::size_t done = 0; done < want && writer.room() > 0;) {
        const std::size_t n = std::min(writer.room(), want - done);
        const std::size_t first = n / 3;
        const Slice slices[] = {{data.data() + done, first},
                                {data.data() + done + first, want - done - first}};
        AEMP_FUZZ_CHECK(writer.put(kRecordData, slices, n, now));
        said.insert(said.end(), data.data() + done, data.data() + done + n);
        done += n;
      }
      writer.settle();
      while (!writer.empty()) {
        const Slice pending = writer.pending();
        const std::size_t n = std::min(step, pending.size);
        wire.insert(wire.end(), pending.data, pending.data + n);
        writer.consume(n);
      }
    }
  }
  AEMP_FUZZ_CHECK(pool.taken() == 0);
  const Read read = read_all(pool, wire, step);
  AEMP_FUZZ_CHECK(!read.ended);
  Bytes heard;
  for (const Seen& seen : read.seen) heard.insert(heard.end(), seen.data.begin(), seen.data.end());
  AEMP_FUZZ_CHECK(heard == said);
}

}  // namespace

AEMP_FUZZ_TARGET(records) {
  if (size == 0) return 0;
  const std::size_t step = (data[0] & 0x7f) == 0 ? SIZE_MAX : data[0] & 0x7f;
  fuzz::Reference from(fuzz::In(data + 1, size - 1));
  if ((data[0] & 0x80) != 0) {
    check_writer(from, step);
    return 0;
  }
  Stream stream;
  stream.play(from);
  BlockPool pool;
  const Read read = read_all(pool, stream.bytes(), step);
  AEMP_FUZZ_CHECK(read.seen == stream.seen());
  AEMP_FUZZ_CHECK(read.ended == stream.ends());
  AEMP_FUZZ_CHECK(pool.taken() == 0);
  return 0;
}
