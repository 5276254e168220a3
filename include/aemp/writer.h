// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Writer: puts values into a message, encoded as CBOR (RFC 8949) where the message will be sent
// from: shortest heads, definite lengths, doubles as short as they stay exact.
//
// What can be put, by exact type (nothing converts):
//   bool; integers of up to 64 bits; float, double
//   text, which must be valid UTF-8: std::string, std::string_view, const char*, char[N] (up to
//     the first NUL), and the same of char8_t
//   bytes: contiguous ranges of std::byte (ranges of (u)int8_t are arrays of integers)
//   null: nullptr, std::nullopt, an empty std::optional, the empty Port
//   Port, Value, OwnedValue: one element
//   Message, OwnedMessage: their elements, one by one, between the arguments of a send; inside
//     a container or an aemp_encode, an array of them
//   arrays: any other sized range, std::pair, std::tuple; maps: std::map, std::unordered_map
//   user types: void aemp_encode(aemp::Writer&, const T&), found by ADL, which puts exactly one
//     value. To put an array or map piecewise: writer.array(2).put(a).put(b).
// Plain char, pointers, wide characters, 128-bit integers and long double do not compile, nor do
// enums and classes without an aemp_encode.
//
// Errors: bad_text (UTF-8; the byte offset is in what()), bad_value (null char pointer, an
// aemp_encode that did not put exactly one value), too_deep (more than 128 containers nested),
// too_big (from the sink). After one nothing of the message is sent.
#ifndef AEMP_WRITER_H
#define AEMP_WRITER_H

#include <aemp/detail/item.h>
#include <aemp/error.h>
#include <aemp/port.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace aemp {

class Writer;
class Value;
class Message;

namespace detail {

// The owner of the buffer that a Writer fills.
struct Sink {
  // Makes at least `need` bytes of room after writer.cur(). May move [begin, cur) elsewhere; then
  // tells the writer by reseat(). Throws Error(too_big) when that is not to be had.
  virtual void grow(Writer& writer, std::size_t need) = 0;

 protected:
  ~Sink() = default;
};

}  // namespace detail

class Writer {
 public:
  // Writes at cur; [begin, cur) is what stands there already. The sink outlives the writer.
  Writer(detail::Sink& sink, std::uint8_t* begin, std::uint8_t* cur, std::uint8_t* end) noexcept
      : begin_(begin), cur_(cur), end_(end), sink_(&sink) {}

  // Appends a value; the return value is *this.
  template <class T>
  Writer& put(const T& value);
  // Appends each.
  template <class... Ts>
  Writer& operator()(const Ts&... values) {
    (put(values), ...);
    return *this;
  }

  Writer& null() { return byte(0xf6); }
  Writer& boolean(bool v) { return byte(v ? 0xf5 : 0xf4); }
  Writer& integer(std::int64_t v) {
    return v < 0 ? head(0x20, ~static_cast<std::uint64_t>(v))
                 : head(0x00, static_cast<std::uint64_t>(v));
  }
  Writer& unsigned_integer(std::uint64_t v) { return head(0x00, v); }
  Writer& floating(double v);
  Writer& text(std::string_view v) {
    if (v.size() > 64 || !detail::is_ascii(v.data(), v.size())) check_text(v);
    return string(0x60, v.data(), v.size());
  }
  Writer& bytes(std::span<const std::byte> v) { return string(0x40, v.data(), v.size()); }
  // Opens an array; the next n values are its elements.
  Writer& array(std::size_t n) { return head(0x80, n); }
  // Opens a map; the next 2 * n values are key, value, key, value...
  Writer& map(std::size_t n) { return head(0xa0, n); }
  Writer& port(const Port& v);
  Writer& value(const Value& v);
  // The elements of a message, or an array of them: see above.
  Writer& message(const Message& v);

  // For the library.

  std::uint8_t* begin() const noexcept { return begin_; }
  std::uint8_t* cur() const noexcept { return cur_; }
  std::uint8_t* end() const noexcept { return end_; }
  std::size_t size() const noexcept { return static_cast<std::size_t>(cur_ - begin_); }
  void reseat(std::uint8_t* begin, std::uint8_t* cur, std::uint8_t* end) noexcept {
    begin_ = begin;
    cur_ = cur;
    end_ = end;
  }
  // Room for n bytes at cur(), which is returned.
  std::uint8_t* reserve(std::size_t n) {
    if (static_cast<std::size_t>(end_ - cur_) < n) [[unlikely]] {
      sink_->grow(*this, n);
    }
    return cur_;
  }
  void advance(std::size_t n) noexcept { cur_ += n; }
  // Bytes that are well-formed CBOR or become so with what follows.
  Writer& raw(const void* data, std::size_t n) {
    detail::copy_bytes(reserve(n), data, n);
    cur_ += n;
    return *this;
  }

  // Counts a container while its elements are put. Throws Error(too_deep).
  class Nested {
   public:
    explicit Nested(Writer& writer) : writer_(writer) {
      if (++writer_.depth_ > detail::kMaxDepth) [[unlikely]] {
        --writer_.depth_;
        throw_too_deep();
      }
    }
    ~Nested() { --writer_.depth_; }
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;

   private:
    Writer& writer_;
  };
  // Sees to it that an aemp_encode puts exactly one value.
  class Custom {
   public:
    explicit Custom(Writer& writer) noexcept : writer_(writer), mark_(writer.size()) {
      ++writer_.custom_;
    }
    ~Custom() { --writer_.custom_; }
    Custom(const Custom&) = delete;
    Custom& operator=(const Custom&) = delete;
    void check() const { writer_.check_custom(mark_); }

   private:
    Writer& writer_;
    std::size_t mark_;
  };

 private:
  Writer& byte(std::uint8_t b) {
    *reserve(1) = b;
    ++cur_;
    return *this;
  }
  // `major` is the major type in the upper three bits.
  Writer& head(std::uint8_t major, std::uint64_t argument) {
    cur_ = put_head(reserve(9), major, argument);
    return *this;
  }
  static std::uint8_t* put_head(std::uint8_t* p, std::uint8_t major, std::uint64_t argument) {
    if (argument < 24) {
      *p = static_cast<std::uint8_t>(major | argument);
      return p + 1;
    }
    return put_long_head(p, major, argument);
  }
  static std::uint8_t* put_long_head(std::uint8_t* p, std::uint8_t major, std::uint64_t argument) {
    if (argument <= 0xff) {
      p[0] = static_cast<std::uint8_t>(major | 24);
      p[1] = static_cast<std::uint8_t>(argument);
      return p + 2;
    }
    if (argument <= 0xffff) {
      p[0] = static_cast<std::uint8_t>(major | 25);
      detail::store_be16(p + 1, static_cast<std::uint16_t>(argument));
      return p + 3;
    }
    if (argument <= 0xffffffff) {
      p[0] = static_cast<std::uint8_t>(major | 26);
      detail::store_be32(p + 1, static_cast<std::uint32_t>(argument));
      return p + 5;
    }
    p[0] = static_cast<std::uint8_t>(major | 27);
    detail::store_be64(p + 1, argument);
    return p + 9;
  }
  Writer& string(std::uint8_t major, const void* data, std::size_t n) {
    std::uint8_t* p = put_head(reserve(n + 9), major, n);
    detail::copy_bytes(p, data, n);
    cur_ = p + n;
    return *this;
  }
  static void check_text(std::string_view text);
  [[noreturn]] static void throw_too_deep();
  void check_custom(std::size_t mark) const;
  Writer& splice(const std::uint8_t* data, std::size_t n);

  std::uint8_t* begin_;
  std::uint8_t* cur_;
  std::uint8_t* end_;
  detail::Sink* sink_;
  std::uint32_t depth_ = 0;   // containers open by put()
  std::uint32_t custom_ = 0;  // aemp_encodes open
};

}  // namespace aemp

#include <aemp/detail/encode.h>

#endif  // AEMP_WRITER_H
