// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Records: the input is a list of deeds, see record_stream.h. The first byte says how many bytes
// arrive at a time. Half of the inputs take the way of a RecordWriter.
#include "session/records.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "fuzz/fuzz.h"
#include "fuzz/record_stream.h"

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

struct Read {
  std::vector<fuzz::SeenRecord> seen;
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
  for (const fuzz::SeenRecord& seen : read.seen)
    heard.insert(heard.end(), seen.data.begin(), seen.data.end());
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
  fuzz::RecordStream stream(cipher());
  stream.play(from);
  BlockPool pool;
  const Read read = read_all(pool, stream.bytes(), step);
  AEMP_FUZZ_CHECK(read.seen == stream.seen());
  AEMP_FUZZ_CHECK(read.ended == stream.ends());
  AEMP_FUZZ_CHECK(pool.taken() == 0);
  return 0;
}
