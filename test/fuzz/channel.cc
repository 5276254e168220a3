// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Records of plain data connections: the first byte says how many bytes arrive at a time, the rest
// arrives. Half of the inputs take the way out and in again.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "fuzz/fuzz.h"
#include "fuzz/reference.h"
#include "node/channel_records.h"

namespace {

using namespace aemp;
using Bytes = std::vector<std::uint8_t>;
using Next = RecordReader::Next;

struct Stream {
  Bytes said;                 // bytes of the stream
  std::vector<Bytes> closes;  // bodies of CLOSE
  bool bare = false, wrong = false;
  friend bool operator==(const Stream&, const Stream&) = default;
};

// What aemp-protocol(7) says.
Stream expected(const Bytes& in) {
  Stream out;
  std::size_t at = 0;
  while (!out.bare && !out.wrong && in.size() - at >= 2) {
    const std::size_t length = static_cast<std::size_t>(in[at] << 8 | in[at + 1]);
    out.wrong = length < 1 || length > 16'385;
    if (out.wrong || in.size() - at - 2 < length) break;
    const std::uint8_t type = in[at + 2];
    const Bytes data(in.begin() + static_cast<std::ptrdiff_t>(at + 3),
                     in.begin() + static_cast<std::ptrdiff_t>(at + 2 + length));
    at += 2 + length;
    if (type == 0) out.said.insert(out.said.end(), data.begin(), data.end());
    if (type == 2) out.closes.push_back(data);
    out.bare = type == 6 && data.empty();
    out.wrong = !out.bare && type != 0 && type != 2 && type != 5;
  }
  if (out.bare) {
    out.said.insert(out.said.end(), in.begin() + static_cast<std::ptrdiff_t>(at), in.end());
  }
  return out;
}

Stream read_all(BlockPool& pool, const Bytes& in, std::size_t step) {
  ChannelRecords records(pool, nullptr);
  Stream out;
  for (std::size_t at = 0; at < in.size() && !out.wrong;) {
    const std::span<std::uint8_t> room = records.read_room();
    AEMP_FUZZ_CHECK(!room.empty());
    const std::size_t n = std::min({step, room.size(), in.size() - at});
    copy_bytes(room.data(), in.data() + at, n);
    records.filled(n);
    at += n;
    Record record;
    std::string sentence;
    for (Next next; !out.wrong && (next = records.next(record, sentence)) != Next::none;) {
      out.wrong = next == Next::error;
      AEMP_FUZZ_CHECK(out.wrong == !sentence.empty());
      if (out.wrong) break;
      const Bytes data(record.data.begin(), record.data.end());
      if (record.type == kRecordBare) out.bare = true;
      if (record.type == kRecordClose) out.closes.push_back(data);
      if (record.type == kRecordData) {
        out.said.insert(out.said.end(), data.begin(), data.end());
      }
    }
    AEMP_FUZZ_CHECK(records.bare_in() == out.bare);
    records.release();
  }
  return out;
}

// The same stream out and in, in pieces of any size.
void check_writer(fuzz::Reference& from, std::size_t step) {
  BlockPool pool;
  Bytes said, wire;
  {
    ChannelRecords records(pool, nullptr);
    // What a handshake has left to send goes first, as it is.
    const Bytes first(step & 0x3f, 0xa5);
    records.begin_with(first);
    Bytes sent;
    while (!records.out_empty()) {
      const Slice pending = records.pending();
      const std::size_t n = std::min(step, pending.size);
      sent.insert(sent.end(), pending.data, pending.data + n);
      records.consume(n);
    }
    AEMP_FUZZ_CHECK(sent == first);
    while (from.left() > 0 && said.size() < (1 << 17)) {
      const std::size_t want = from.number(1) << from.number(1) % 10;
      const fuzz::In in = from.take(std::min<std::size_t>(from.left(), 32));
      if (!from.ok() || want == 0) break;
      Bytes data(want);
      std::copy_n(in.begin(), std::min(in.size(), want), data.begin());
      records.begin(want);
      for (std::size_t done = 0; done < want && records.room() > 0;) {
        const std::size_t n = std::min(records.room(), want - done);
        const Slice slices[] = {{data.data() + done, n / 3},
                                {data.data() + done + n / 3, want - done - n / 3}};
        AEMP_FUZZ_CHECK(records.put(kRecordData, slices, n, 0));
        said.insert(said.end(), data.data() + done, data.data() + done + n);
        done += n;
      }
      records.settle();
      while (!records.out_empty()) {
        const Slice pending = records.pending();
        const std::size_t n = std::min(step, pending.size);
        wire.insert(wire.end(), pending.data, pending.data + n);
        records.consume(n);
      }
    }
  }
  AEMP_FUZZ_CHECK(pool.taken() == 0);
  AEMP_FUZZ_CHECK(read_all(pool, wire, step) == (Stream{said, {}, false, false}));
}

}  // namespace

AEMP_FUZZ_TARGET(channel) {
  if (size == 0) return 0;
  const std::size_t step = (data[0] & 0x7f) == 0 ? SIZE_MAX : data[0] & 0x7f;
  if ((data[0] & 0x80) != 0) {
    fuzz::Reference from(fuzz::In(data + 1, size - 1));
    check_writer(from, step);
    return 0;
  }
  const Bytes in(data + 1, data + size);
  BlockPool pool;
  AEMP_FUZZ_CHECK(read_all(pool, in, step) == expected(in));
  AEMP_FUZZ_CHECK(pool.taken() == 0);
  return 0;
}
