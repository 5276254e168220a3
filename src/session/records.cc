// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "session/records.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/fill_in.h"

namespace aemp {

static_assert(kSealBytes == crypto::kTagBytes);

namespace {

std::span<std::uint8_t> record_at(std::uint8_t* at, std::uint8_t type, std::size_t data) noexcept {
  const std::size_t sealed = 1 + data + kSealBytes;
  store_be16(at, static_cast<std::uint16_t>(sealed));
  at[kRecordLengthBytes] = type;
  return {at + kRecordLengthBytes, sealed};
}

// In place.
bool seal_record(crypto::NoiseCipher& cipher, std::span<std::uint8_t> record) noexcept {
  return cipher.seal({}, record.first(record.size() - kSealBytes), record);
}

}  // namespace

bool put_record(crypto::NoiseCipher& cipher, std::uint8_t type, std::span<const std::uint8_t> data,
                std::vector<std::uint8_t>& out) {
  const std::size_t at = out.size();
  out.resize(at + kRecordOverhead + data.size());
  const std::span<std::uint8_t> record = record_at(out.data() + at, type, data.size());
  copy_bytes(record.data() + 1, data.data(), data.size());
  if (seal_record(cipher, record)) return true;
  out.resize(at);
  return false;
}

bool open_record(crypto::NoiseCipher& cipher, std::span<std::uint8_t> sealed, Record& out) {
  if (sealed.size() <= kSealBytes) return false;
  const std::span<std::uint8_t> plain = sealed.first(sealed.size() - kSealBytes);
  if (!cipher.open({}, sealed, plain)) return false;
  out.type = plain[0];
  out.data = plain.subspan(1);
  return true;
}

void RecordWriter::clear() noexcept {
  if (block_ == nullptr) return;
  pool_.give(block_);
  block_ = nullptr;
}

void RecordWriter::consume(std::size_t n) noexcept {
  block_->read += static_cast<std::uint32_t>(n);
  if (block_->read == block_->write) clear();
}

void RecordWriter::begin_with(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return;
  block_ = pool_.take_small();
  copy_bytes(block_->data(), bytes.data(), bytes.size());
  block_->write = static_cast<std::uint32_t>(bytes.size());
}

void RecordWriter::begin(std::size_t bytes) {
  const std::size_t needed = bytes + 2 * kRecordOverhead;  // a KEYUPDATE too
  block_ = needed <= kSmallBlockBytes ? pool_.take_small() : pool_.take();
}

std::size_t RecordWriter::room() const noexcept {
  const std::size_t left = block_->room - block_->write;
  if (left <= 2 * kRecordOverhead) return 0;
  return std::min(left - 2 * kRecordOverhead, kMaxRecordData);
}

bool RecordWriter::key_is_old(Nanos now) const noexcept {
  return records_ >= kRecordsPerKey || bytes_ >= kBytesPerKey || now - key_since_ >= kTimePerKey;
}

bool RecordWriter::put(std::uint8_t type, std::span<const Slice> from, std::size_t size,
                       Nanos now) {
  if (key_is_old(now)) {
    if (!seal(kRecordKeyUpdate, {}, 0)) return false;
    cipher_.rekey();
    records_ = bytes_ = 0;
    key_since_ = now;
  }
  return seal(type, from, size);
}

bool RecordWriter::seal(std::uint8_t type, std::span<const Slice> from, std::size_t size) noexcept {
  const std::span<std::uint8_t> record = record_at(block_->data() + block_->write, type, size);
  std::uint8_t* to = record.data() + 1;
  for (std::size_t left = size; left > 0; from = from.subspan(1)) {
    const std::size_t part = std::min(left, from.front().size);
    copy_bytes(to, from.front().data, part);
    to += part;
    left -= part;
  }
  if (!seal_record(cipher_, record)) return false;
  block_->write += static_cast<std::uint32_t>(kRecordLengthBytes + record.size());
  ++records_;
  bytes_ += size;
  return true;
}

std::span<std::uint8_t> RecordReader::room() {
  const std::size_t have = buffer_.bytes();
  std::size_t unit = have + 1;
  if (have >= kRecordLengthBytes) unit = kRecordLengthBytes + load_be16(buffer_.data());
  return buffer_.room(unit);
}

RecordReader::Next RecordReader::next(Record& out, std::string& sentence) {
  for (;;) {
    if (buffer_.bytes() < kRecordLengthBytes) return Next::none;
    const std::size_t length = load_be16(buffer_.data());
    if (!record_length_ok(length)) {
      sentence = fill_in("a record of % bytes", {length});
      return Next::error;
    }
    if (buffer_.bytes() - kRecordLengthBytes < length) return Next::none;
    const std::span<std::uint8_t> sealed{buffer_.data() + kRecordLengthBytes, length};
    if (!open_record(cipher_, sealed, out)) {
      sentence = "a record that was altered on its way";
      return Next::error;
    }
    buffer_.take(kRecordLengthBytes + length);
    switch (out.type) {
      case kRecordData:
        if (out.data.empty()) continue;
        key_updates_ = 0;
        return Next::record;
      case kRecordClose:
        return Next::record;
      case kRecordKeyUpdate:
        if (!out.data.empty() || ++key_updates_ > kMaxKeyUpdates) {
          sentence = out.data.empty() ? "too many KEYUPDATE without data" : "KEYUPDATE with data";
          return Next::error;
        }
        cipher_.rekey();
        continue;
      case kRecordPad:
        key_updates_ = 0;
        continue;
      default:
        sentence = fill_in("a record of type %", {out.type});
        return Next::error;
    }
  }
}

}  // namespace aemp
