// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Values and messages that own their bytes. Part of <aemp/value.h>.
#ifndef AEMP_DETAIL_OWNED_H
#define AEMP_DETAIL_OWNED_H

#include <aemp/value.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace aemp {

// One value that owns its bytes; null when default-constructed. Converts to the view, which is
// valid as long as the owner is not changed or destroyed.
class OwnedValue {
 public:
  OwnedValue() : bytes_(1, '\xf6') {}
  explicit OwnedValue(const Value& v)
      : bytes_(reinterpret_cast<const char*>(v.data()), v.size_bytes()) {}
  // For the library: one well-formed item.
  explicit OwnedValue(std::string bytes) noexcept : bytes_(std::move(bytes)) {}

  Value view() const noexcept {
    const auto* at = reinterpret_cast<const std::uint8_t*>(bytes_.data());
    return Value(at, at + bytes_.size(), nullptr);
  }
  operator Value() const noexcept { return view(); }

  Kind kind() const noexcept { return view().kind(); }
  bool is_null() const noexcept { return view().is_null(); }
  template <class T>
  T as() const {
    return view().as<T>();
  }
  template <class T>
  std::optional<T> get() const {
    return view().get<T>();
  }
  std::size_t size() const { return view().size(); }
  Value operator[](std::size_t i) const { return view()[i]; }
  Value operator[](std::string_view key) const { return view()[key]; }
  std::optional<Value> find(std::string_view key) const noexcept { return view().find(key); }
  bool contains(std::string_view key) const noexcept { return view().contains(key); }
  Message items() const { return view().items(); }
  Entries entries() const { return view().entries(); }
  std::string json() const { return view().json(); }
  OwnedValue copy() const { return *this; }
  const std::uint8_t* data() const noexcept { return view().data(); }
  std::size_t size_bytes() const noexcept { return bytes_.size(); }
  friend bool operator==(const OwnedValue& a, const OwnedValue& b) noexcept {
    return a.bytes_ == b.bytes_;
  }

 private:
  std::string bytes_;
};

// A message that owns its bytes. Converts to the view, which is valid as long as the owner is not
// changed or destroyed.
class OwnedMessage {
 public:
  using Iterator = Message::Iterator;

  OwnedMessage() noexcept = default;
  explicit OwnedMessage(const Message& m)
      : bytes_(reinterpret_cast<const char*>(m.data()), m.size_bytes()) {}
  // For the library: well-formed items.
  explicit OwnedMessage(std::string bytes) noexcept : bytes_(std::move(bytes)) {}

  Message view() const noexcept {
    return Message(reinterpret_cast<const std::uint8_t*>(bytes_.data()), bytes_.size());
  }
  operator Message() const noexcept { return view(); }

  std::size_t size() const noexcept { return view().size(); }
  bool empty() const noexcept { return bytes_.empty(); }
  Value operator[](std::size_t i) const { return view()[i]; }
  Iterator begin() const noexcept { return view().begin(); }
  Iterator end() const noexcept { return view().end(); }
  template <class T>
  T as(std::size_t i) const {
    return view().as<T>(i);
  }
  template <class T>
  std::optional<T> get(std::size_t i) const {
    return view().get<T>(i);
  }
  std::string_view tag() const noexcept { return view().tag(); }
  std::optional<Port> tag_port() const { return view().tag_port(); }
  Message rest(std::size_t n) const noexcept { return view().rest(n); }
  std::string json() const { return view().json(); }
  OwnedMessage copy() const { return *this; }
  const std::uint8_t* data() const noexcept { return view().data(); }
  std::size_t size_bytes() const noexcept { return bytes_.size(); }
  friend bool operator==(const OwnedMessage& a, const OwnedMessage& b) noexcept {
    return a.bytes_ == b.bytes_;
  }

 private:
  std::string bytes_;
};

namespace detail {

// A sink that keeps what is written: short messages in place, longer ones on the heap.
class Scratch final : public Sink {
 public:
  Scratch() : writer_(*this, near_, near_, near_ + sizeof near_) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  Writer& writer() noexcept { return writer_; }
  // What was written.
  std::string take();
  void grow(Writer& writer, std::size_t need) override;

 private:
  std::string far_;
  Writer writer_;
  std::uint8_t near_[256];
};

}  // namespace detail

// A message of the given elements, as Node::snd would send it. Throws what Writer does.
template <class... Args>
OwnedMessage message(const Args&... args) {
  detail::Scratch scratch;
  scratch.writer()(args...);
  return OwnedMessage(scratch.take());
}

// An array of the given elements, of different types if need be.
template <class... Args>
OwnedValue list(const Args&... args) {
  detail::Scratch scratch;
  Writer& w = scratch.writer().array(sizeof...(args));
  Writer::Nested nested(w);
  w(args...);
  return OwnedValue(scratch.take());
}

// A map: dict("key", value, "key", value...). Keys may be of any type.
template <class... Args>
OwnedValue dict(const Args&... args) {
  static_assert(sizeof...(args) % 2 == 0, "aemp::dict takes keys and values in turn");
  detail::Scratch scratch;
  Writer& w = scratch.writer().map(sizeof...(args) / 2);
  Writer::Nested nested(w);
  w(args...);
  return OwnedValue(scratch.take());
}

// Reads JSON text (RFC 8259; strict UTF-8, at most 128 containers deep). Whole numbers without
// fraction and exponent in the range of int64 or uint64 become integers, all others doubles. Of
// keys that occur twice all are kept, and the last one counts. Throws Error(bad_json) that names
// line and column (counted in characters).
OwnedValue parse_json_value(std::string_view text);
// The same for a JSON array, whose elements become those of the message.
OwnedMessage parse_json(std::string_view text);

}  // namespace aemp

#endif  // AEMP_DETAIL_OWNED_H
