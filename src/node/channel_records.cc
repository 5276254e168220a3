// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/channel_records.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/fill_in.h"

namespace aemp {

void ChannelRecords::clear() noexcept {
  if (out_ != nullptr) pool_.give(std::exchange(out_, nullptr));
}

void ChannelRecords::consume(std::size_t n) noexcept {
  if (sealed_ != nullptr) return sealed_->out.consume(n);
  out_->read += static_cast<std::uint32_t>(n);
  if (out_->read == out_->write) clear();
}

void ChannelRecords::begin_with(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return;
  out_ = pool_.take_small();
  copy_bytes(out_->data(), bytes.data(), bytes.size());
  out_->write = static_cast<std::uint32_t>(bytes.size());
}

void ChannelRecords::begin(std::size_t bytes) {
  if (sealed_ != nullptr) return sealed_->out.begin(bytes);
  out_ = bytes + kHead <= kSmallBlockBytes ? pool_.take_small() : pool_.take();
}

std::size_t ChannelRecords::room() const noexcept {
  if (sealed_ != nullptr) return sealed_->out.room();
  const std::size_t left = out_->room - out_->write;
  return left <= kHead ? 0 : std::min(left - kHead, kMaxRecordData);
}

bool ChannelRecords::put(std::uint8_t type, std::span<const Slice> from, std::size_t size,
                         Nanos now) {
  if (sealed_ != nullptr) return sealed_->out.put(type, from, size, now);
  std::uint8_t* at = out_->data() + out_->write;
  store_be16(at, static_cast<std::uint16_t>(size + 1));
  at[kRecordLengthBytes] = type;
  at += kHead;
  out_->write += static_cast<std::uint32_t>(kHead + size);
  for (; size > 0; from = from.subspan(1)) {
    const std::size_t part = std::min(size, from.front().size);
    copy_bytes(at, from.front().data, part);
    at += part;
    size -= part;
  }
  bare_out_ = type == kRecordBare;
  return true;
}

void ChannelRecords::settle() noexcept {
  if (sealed_ != nullptr) return sealed_->out.settle();
  if (out_ != nullptr && out_->write == 0) clear();
}

// Bytes up to the end of what has begun, as far as that is known.
std::size_t ChannelRecords::unit() const noexcept {
  const std::size_t have = in_.bytes();
  if (bare_in_) return have + 1;
  return have < kRecordLengthBytes ? kRecordLengthBytes
                                   : kRecordLengthBytes + load_be16(in_.data());
}

std::span<std::uint8_t> ChannelRecords::read_room() {
  return sealed_ != nullptr ? sealed_->in.room() : in_.room(unit());
}

RecordReader::Next ChannelRecords::next(Record& out, std::string& sentence) {
  using Next = RecordReader::Next;
  if (sealed_ != nullptr) return sealed_->in.next(out, sentence);
  for (;;) {
    const std::size_t have = in_.bytes();
    if (have == 0 || (!bare_in_ && have < kRecordLengthBytes)) return Next::none;
    if (bare_in_) {
      out = {kRecordData, {in_.data(), have}};
      in_.take(have);
      return Next::record;
    }
    const std::size_t length = load_be16(in_.data());
    if (length == 0 || length > 1 + kMaxRecordData) {
      sentence = fill_in("a record of % bytes", {length});
      return Next::error;
    }
    if (have - kRecordLengthBytes < length) return Next::none;
    out = {in_.data()[kRecordLengthBytes], {in_.data() + kHead, length - 1}};
    in_.take(kRecordLengthBytes + length);
    ++read_;
    if (out.type == kRecordPad || (out.type == kRecordData && out.data.empty())) continue;
    bare_in_ = out.type == kRecordBare && out.data.empty();
    if (bare_in_ || out.type == kRecordData || out.type == kRecordClose) return Next::record;
    sentence = fill_in("a record of type %", {out.type});
    return Next::error;
  }
}

}  // namespace aemp
