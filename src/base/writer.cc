// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include <aemp/value.h>
#include <aemp/writer.h>

#include <cmath>
#include <limits>

#include "base/cbor.h"
#include "base/float_bits.h"
#include "base/text.h"
#include "base/throw_error.h"
#include "base/utf8.h"

namespace aemp {

namespace {

// d9ae4d: the tag of a port.
constexpr std::uint8_t kPortHead[3] = {0xd9, detail::kPortTag >> 8, detail::kPortTag & 0xff};

bool is_container(const std::uint8_t* at) noexcept {
  const std::uint8_t major = detail::major_of(at);
  return major == detail::kArray || major == detail::kMap || major == detail::kTag;
}

}  // namespace

Writer& Writer::floating(double v) {
  std::uint8_t* p = reserve(9);
  std::uint16_t half = 0x7e00;
  // Beyond the range of float the conversion would be undefined.
  const bool narrow = std::isinf(v) || std::fabs(v) <= std::numeric_limits<float>::max();
  const float single = narrow ? static_cast<float>(v) : 0.0f;
  if (std::isnan(v) || (narrow && static_cast<double>(single) == v && to_half(single, half))) {
    p[0] = 0xf9;
    detail::store_be16(p + 1, half);
    cur_ += 3;
  } else if (narrow && static_cast<double>(single) == v) {
    p[0] = 0xfa;
    detail::store_be32(p + 1, std::bit_cast<std::uint32_t>(single));
    cur_ += 5;
  } else {
    p[0] = 0xfb;
    detail::store_be64(p + 1, std::bit_cast<std::uint64_t>(v));
    cur_ += 9;
  }
  return *this;
}

Writer& Writer::port(const Port& v) {
  const detail::Name* name = v.name();
  if (name == nullptr) return null();
  raw(kPortHead, sizeof kPortHead);
  if (!name->alias.empty()) {
    head(detail::kArray, 2);
    string(detail::kText, name->node.data(), name->node.size());
    return string(detail::kText, name->alias.data(), name->alias.size());
  }
  head(detail::kArray, 3);
  string(detail::kText, name->node.data(), name->node.size());
  std::uint8_t* p = reserve(9);
  *p = detail::kBytes | 8;
  detail::store_be64(p + 1, v.origin());
  cur_ += 9;
  return head(detail::kUnsigned, v.serial());
}

Writer& Writer::value(const Value& v) {
  if (is_container(v.data())) return splice(v.data(), v.size_bytes());
  return raw(v.data(), v.size_bytes());
}

Writer& Writer::message(const Message& v) {
  if (depth_ == 0 && custom_ == 0) return raw(v.data(), v.size_bytes());
  array(v.size());
  Nested nested(*this);
  return splice(v.data(), v.size_bytes());
}

// Items that may contain others: their depth adds to that of where they go.
Writer& Writer::splice(const std::uint8_t* data, std::size_t n) {
  if (depth_ > 0 && !cbor::validate(data, n, detail::kMaxDepth - depth_).ok) throw_too_deep();
  return raw(data, n);
}

void Writer::check_text(std::string_view text) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(text.data());
  const std::size_t good = utf8_valid_prefix(data, text.size());
  if (good == text.size()) return;
  std::string byte;
  append_hex(byte, data + good, 1);
  throw_error(Errc::bad_text, "text is not valid UTF-8 at byte % (0x%): %",
              {good, byte, quote(text)});
}

void Writer::throw_too_deep() {
  throw_error(Errc::too_deep, "values are nested more than 128 deep");
}

void Writer::check_custom(std::size_t mark) const {
  const cbor::Checked checked =
      cbor::validate(begin_ + mark, size() - mark, detail::kMaxDepth - depth_);
  if (checked.too_deep) throw_too_deep();
  if (checked.ok && checked.items == 1) return;
  if (!checked.ok) {
    throw_error(Errc::bad_value, "an aemp_encode put what is no value: %", {checked.what});
  }
  throw_error(Errc::bad_value, "an aemp_encode put % values, expected exactly one",
              {checked.items});
}

namespace detail {

void throw_null_text() {
  throw_error(Errc::bad_value, "a null pointer was given as text; nullptr itself means null");
}

void encode_view(Writer& w, const Port& v) { w.port(v); }
void encode_view(Writer& w, const Value& v) { w.value(v); }
void encode_view(Writer& w, const Message& v) { w.message(v); }
void encode_view(Writer& w, const OwnedValue& v) { w.value(v); }
void encode_view(Writer& w, const OwnedMessage& v) { w.message(v); }

std::string Scratch::take() {
  return std::string(reinterpret_cast<const char*>(writer_.begin()), writer_.size());
}

void Scratch::grow(Writer& writer, std::size_t need) {
  const std::size_t size = writer.size();
  const std::size_t capacity = 2 * (size + need);
  const bool near = writer.begin() == near_;
  far_.resize(capacity);
  auto* begin = reinterpret_cast<std::uint8_t*>(far_.data());
  if (near) copy_bytes(begin, near_, size);
  writer.reseat(begin, begin + size, begin + capacity);
}

}  // namespace detail

}  // namespace aemp
