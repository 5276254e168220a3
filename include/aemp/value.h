// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Value and Message: views of received values; OwnedValue and OwnedMessage keep them.
//
// A view given to a callback is valid until the callback returned, whatever it sends, kills or
// destroys; use copy() to keep it. Text and bytes taken by as<std::string_view>() and
// as<std::span<const std::byte>>() lie in the message and live as long. Views belong to their
// loop's thread; owners are plain data.
//
// as<T>() and get<T>() take the types of receivers' parameters (see <aemp/receiver.h>), but a port
// is no std::string_view here, and a Message is an array. as throws Error(bad_type) when the value
// does not fit, get returns nullopt. Tags of CBOR other than that of ports are skipped.
#ifndef AEMP_VALUE_H
#define AEMP_VALUE_H

#include <aemp/detail/item.h>
#include <aemp/error.h>
#include <aemp/port.h>
#include <aemp/writer.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace aemp {

enum class Kind : std::uint8_t { null, boolean, integer, floating, text, bytes, array, map, port };

// The kind's name, for example "boolean". Static storage.
std::string_view word(Kind kind) noexcept;

class Entries;
class OwnedValue;
class OwnedMessage;

class Value {
 public:
  // Null.
  Value() noexcept : at_(kNull), end_(kNull + 1) {}
  // For the library: [at, end) is one well-formed item.
  Value(const std::uint8_t* at, const std::uint8_t* end, detail::NameTable* names) noexcept
      : at_(at), end_(end), names_(names) {}

  Kind kind() const noexcept;
  bool is_null() const noexcept { return kind() == Kind::null; }
  template <class T>
  T as() const;
  template <class T>
  std::optional<T> get() const;

  // Elements of an array, entries of a map, bytes of text or bytes; else Error(bad_type).
  std::size_t size() const;
  // An element of an array. Throws Error(bad_type), Error(out_of_range).
  Value operator[](std::size_t i) const;
  // The value of a text key of a map; the last one where the key occurs twice. Throws
  // Error(bad_type), Error(out_of_range).
  Value operator[](std::string_view key) const;
  // nullopt when the key is not there or this is no map.
  std::optional<Value> find(std::string_view key) const noexcept;
  bool contains(std::string_view key) const noexcept { return find(key).has_value(); }
  // for (Value element : array.items()). Throws Error(bad_type).
  Message items() const;
  // for (auto [key, value] : map.entries()). Throws Error(bad_type).
  Entries entries() const;

  // As JSON text: doubles in the shortest form that reads back the same, `.0` or exponent kept,
  // NaN and infinities null, bytes base64url text without padding, ports their text; keys of maps
  // are text, ports and bytes in the same way, other keys the JSON text of theirs.
  std::string json() const;
  OwnedValue copy() const;

  // The encoded item.
  const std::uint8_t* data() const noexcept { return at_; }
  std::size_t size_bytes() const noexcept { return static_cast<std::size_t>(end_ - at_); }
  detail::NameTable* names() const noexcept { return names_; }
  // Same encoding.
  friend bool operator==(const Value& a, const Value& b) noexcept {
    return a.size_bytes() == b.size_bytes() && std::memcmp(a.at_, b.at_, a.size_bytes()) == 0;
  }

 private:
  static constexpr std::uint8_t kNull[1] = {0xf6};
  const std::uint8_t* find_at(std::string_view key) const noexcept;

  const std::uint8_t* at_;
  const std::uint8_t* end_;
  detail::NameTable* names_ = nullptr;
};

// A sequence of values.
class Message {
 public:
  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = Value;
    using difference_type = std::ptrdiff_t;
    using reference = Value;
    struct pointer {
      Value value;
      const Value* operator->() const noexcept { return &value; }
    };

    Iterator() noexcept = default;
    Iterator(const std::uint8_t* at, const std::uint8_t* end, detail::NameTable* names) noexcept
        : at_(at), next_(at == end ? at : detail::skip_item(at)), end_(end), names_(names) {}
    Value operator*() const noexcept { return Value(at_, next_, names_); }
    pointer operator->() const noexcept { return {**this}; }
    Iterator& operator++() noexcept { return *this = Iterator(next_, end_, names_); }
    Iterator operator++(int) noexcept {
      return std::exchange(*this, Iterator(next_, end_, names_));
    }
    friend bool operator==(const Iterator& a, const Iterator& b) noexcept { return a.at_ == b.at_; }

   private:
    const std::uint8_t* at_ = nullptr;
    const std::uint8_t* next_ = nullptr;
    const std::uint8_t* end_ = nullptr;
    detail::NameTable* names_ = nullptr;
  };

  Message() noexcept = default;
  // For the library: `size` bytes of well-formed items.
  Message(const std::uint8_t* data, std::size_t size, detail::NameTable* names = nullptr) noexcept
      : data_(data), size_(size), names_(names) {}

  // Counts the elements: not a constant-time operation.
  std::size_t size() const noexcept;
  bool empty() const noexcept { return size_ == 0; }
  // Throws Error(out_of_range).
  Value operator[](std::size_t i) const;
  Iterator begin() const noexcept { return Iterator(data_, data_ + size_, names_); }
  Iterator end() const noexcept { return Iterator(data_ + size_, data_ + size_, names_); }
  template <class T>
  T as(std::size_t i) const;
  template <class T>
  std::optional<T> get(std::size_t i) const;

  // The first element if it is text, else empty.
  std::string_view tag() const noexcept;
  // The first element if it is a port.
  std::optional<Port> tag_port() const;
  // Without the first n elements.
  Message rest(std::size_t n) const noexcept;

  // A JSON array: see Value::json.
  std::string json() const;
  OwnedMessage copy() const;

  const std::uint8_t* data() const noexcept { return data_; }
  std::size_t size_bytes() const noexcept { return size_; }
  detail::NameTable* names() const noexcept { return names_; }
  // Same encoding.
  friend bool operator==(const Message& a, const Message& b) noexcept {
    return a.size_ == b.size_ && (a.size_ == 0 || std::memcmp(a.data_, b.data_, a.size_) == 0);
  }

 private:
  friend class Value;
  std::optional<Value> at(std::size_t i) const noexcept;

  const std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
  detail::NameTable* names_ = nullptr;
};

// The entries of a map, in the order they were written.
class Entries {
 public:
  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = std::pair<Value, Value>;
    using difference_type = std::ptrdiff_t;
    using pointer = const value_type*;
    using reference = value_type;

    Iterator() noexcept = default;
    explicit Iterator(Message::Iterator at) noexcept : at_(at) {}
    value_type operator*() const noexcept {
      Message::Iterator value = at_;
      return {*at_, *++value};
    }
    Iterator& operator++() noexcept {
      ++at_;
      ++at_;
      return *this;
    }
    Iterator operator++(int) noexcept {
      Iterator old = *this;
      ++*this;
      return old;
    }
    friend bool operator==(const Iterator&, const Iterator&) noexcept = default;

   private:
    Message::Iterator at_;
  };

  explicit Entries(Message items) noexcept : items_(items) {}
  Iterator begin() const noexcept { return Iterator(items_.begin()); }
  Iterator end() const noexcept { return Iterator(items_.end()); }
  bool empty() const noexcept { return items_.empty(); }

 private:
  Message items_;  // key, value, key, value...
};

}  // namespace aemp

#include <aemp/detail/decode.h>

#endif  // AEMP_VALUE_H
