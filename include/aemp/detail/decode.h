// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// How a value becomes a C++ value: see <aemp/receiver.h>. decode() reads the item at the cursor,
// which is not at its end, and moves past it; after false the cursor may be anywhere.
#ifndef AEMP_DETAIL_DECODE_H
#define AEMP_DETAIL_DECODE_H

#include <aemp/detail/owned.h>
#include <aemp/detail/target.h>
#include <aemp/value.h>

#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace aemp {

namespace detail {

bool decode_signed(Cursor& c, std::int64_t& out) noexcept;
bool decode_unsigned(Cursor& c, std::uint64_t& out) noexcept;
bool decode_double(Cursor& c, double& out) noexcept;
bool decode_string(Cursor& c, std::string& out);
bool decode_port(Cursor& c, Port& out);
// Text or bytes that lie in the message.
bool decode_text_slowly(Cursor& c, std::string_view& out) noexcept;
bool decode_bytes_slowly(Cursor& c, std::span<const std::byte>& out) noexcept;
// The number of elements of the array, or of entries of the map, whose first one follows.
bool open_array(Cursor& c, std::size_t& n) noexcept;
bool open_map(Cursor& c, std::size_t& n) noexcept;

inline bool decode_text(Cursor& c, std::string_view& out) noexcept {
  const unsigned length = *c.at - unsigned{kText};
  if (length >= 24) [[unlikely]] {
    return decode_text_slowly(c, out);
  }
  out = {reinterpret_cast<const char*>(c.at + 1), length};
  c.at += 1 + length;
  return true;
}

inline bool decode_bytes(Cursor& c, std::span<const std::byte>& out) noexcept {
  const unsigned length = *c.at - unsigned{kBytes};
  if (length >= 24) [[unlikely]] {
    return decode_bytes_slowly(c, out);
  }
  out = {reinterpret_cast<const std::byte*>(c.at + 1), length};
  c.at += 1 + length;
  return true;
}

inline Value decode_value(Cursor& c) noexcept {
  const std::uint8_t* at = c.at;
  c.at = skip_item(at);
  return Value(at, c.at, c.names);
}

template <class T>
bool decode_integer(Cursor& c, T& out) noexcept {
  if (*c.at < 24) {
    out = static_cast<T>(*c.at++);
    return true;
  }
  using Wide = std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>;
  Wide wide;
  if constexpr (std::is_signed_v<T>) {
    if (!decode_signed(c, wide) || wide < std::numeric_limits<T>::min()) return false;
  } else {
    if (!decode_unsigned(c, wide)) return false;
  }
  if (wide > std::numeric_limits<T>::max()) return false;
  out = static_cast<T>(wide);
  return true;
}

template <class T>
bool decode(Cursor& c, T& out);

inline bool decode_boolean(Cursor& c, bool& out) noexcept {
  c.at = skip_tags(c.at);
  out = *c.at == 0xf5;
  return (*c.at++ | 1) == 0xf5;
}

bool decode_float(Cursor& c, float& out) noexcept;

// The elements of an array as a view.
inline bool decode_items(Cursor& c, Message& out) noexcept {
  const std::uint8_t* end = skip_item(c.at);
  std::size_t n;
  if (!open_array(c, n)) return false;
  out = Message(c.at, static_cast<std::size_t>(end - c.at), c.names);
  c.at = end;
  return true;
}

template <class T>
bool decode_byte_container(Cursor& c, T& out) {
  std::span<const std::byte> bytes;
  if (!decode_bytes(c, bytes)) return false;
  if constexpr (is_std_array<T>) {
    if (bytes.size() != out.size()) return false;
    for (std::size_t i = 0; i < bytes.size(); ++i) out[i] = bytes[i];
  } else {
    out = T(bytes.begin(), bytes.end());
  }
  return true;
}

// What an element is decoded into may be larger than what it was in the message: only so much is
// reserved before the elements are seen to fit.
inline constexpr std::size_t kReserve = 65536;

template <class T>
bool decode_sequence(Cursor& c, T& out) {
  std::size_t n;
  if (!open_array(c, n)) return false;
  out.clear();
  if constexpr (requires { out.reserve(n); }) {
    const std::size_t most = kReserve / sizeof(typename T::value_type) + 1;
    out.reserve(n < most ? n : most);
  }
  for (; n > 0; --n) {
    typename T::value_type element{};
    if (!decode(c, element)) return false;
    if constexpr (Appendable<T>) {
      out.emplace_back(std::move(element));
    } else {
      out.insert(out.end(), std::move(element));
    }
  }
  return true;
}

template <class T>
bool decode_array(Cursor& c, T& out) {
  std::size_t n;
  if (!open_array(c, n) || n != out.size()) return false;
  for (auto& element : out) {
    if (!decode(c, element)) return false;
  }
  return true;
}

template <class T>
bool decode_map(Cursor& c, T& out) {
  std::size_t n;
  if (!open_map(c, n)) return false;
  out.clear();
  for (; n > 0; --n) {
    typename T::key_type key{};
    typename T::mapped_type mapped{};
    if (!decode(c, key) || !decode(c, mapped)) return false;
    out.insert_or_assign(std::move(key), std::move(mapped));
  }
  return true;
}

template <class T, std::size_t... I>
bool decode_tuple(Cursor& c, T& out, std::index_sequence<I...>) {
  using std::get;
  std::size_t n;
  if (!open_array(c, n) || n != sizeof...(I)) return false;
  return (decode(c, get<I>(out)) && ...);
}

template <class T>
bool decode_optional(Cursor& c, T& out) {
  if (is_null(*skip_tags(c.at))) {
    c.at = skip_item(c.at);
    out.reset();
    return true;
  }
  return decode(c, out.emplace());
}

template <class T>
bool decode_compound(Cursor& c, T& out) {
  constexpr Target target = target_of<T>();
  if constexpr (target == Target::optional) {
    return decode_optional(c, out);
  } else if constexpr (target == Target::map) {
    return decode_map(c, out);
  } else if constexpr (target == Target::tuple) {
    return decode_tuple(c, out, std::make_index_sequence<std::tuple_size<T>::value>());
  } else if constexpr (ByteContainer<T>) {
    return decode_byte_container(c, out);
  } else if constexpr (target == Target::array) {
    return decode_array(c, out);
  } else {
    return decode_sequence(c, out);
  }
}

template <class T>
bool decode_view(Cursor& c, T& out) {
  if constexpr (target_of<T>() == Target::owned_value) {
    out = T(decode_value(c));
  } else {
    Message items;
    if (!decode_items(c, items)) return false;
    out = T(items);
  }
  return true;
}

template <class T>
bool decode(Cursor& c, T& out) {
  constexpr Target target = target_of<T>();
  if constexpr (target == Target::boolean) {
    return decode_boolean(c, out);
  } else if constexpr (target == Target::integer) {
    return decode_integer(c, out);
  } else if constexpr (std::is_same_v<T, float>) {
    return decode_float(c, out);
  } else if constexpr (std::is_same_v<T, double>) {
    return decode_double(c, out);
  } else if constexpr (target == Target::text) {
    return decode_string(c, out);
  } else if constexpr (target == Target::text_view) {
    return decode_text(c, out);
  } else if constexpr (target == Target::u8text) {
    std::string text;
    if (!decode_string(c, text)) return false;
    out.assign(text.begin(), text.end());
    return true;
  } else if constexpr (target == Target::port) {
    return decode_port(c, out);
  } else if constexpr (target == Target::value) {
    out = decode_value(c);
    return true;
  } else if constexpr (target == Target::byte_view) {
    return decode_bytes(c, out);
  } else if constexpr (target == Target::user) {
    return static_cast<bool>(aemp_decode(decode_value(c), out));
  } else if constexpr (target == Target::message || target == Target::owned_value ||
                       target == Target::owned_message) {
    return decode_view(c, out);
  } else {
    return decode_compound(c, out);
  }
}

// `index` is the element's place in its message, npos for a value by itself.
[[noreturn]] void throw_bad_type(const Value& found, const char* wanted, std::size_t index);

template <class T>
T as(const Value& v, std::size_t index) {
  static_assert(Decodable<T>,
                "aemp: a value cannot become this type. Write bool aemp_decode(aemp::Value, T&) "
                "beside the type, which needs a default constructor.");
  if constexpr (Decodable<T>) {
    Cursor c{v.data(), v.data() + v.size_bytes(), v.names()};
    T out{};
    if (!decode(c, out)) throw_bad_type(v, wanted<T>(), index);
    return out;
  }
}

template <class T>
std::optional<T> get(const Value& v) {
  static_assert(Decodable<T>,
                "aemp: a value cannot become this type. Write bool aemp_decode(aemp::Value, T&) "
                "beside the type, which needs a default constructor.");
  if constexpr (Decodable<T>) {
    Cursor c{v.data(), v.data() + v.size_bytes(), v.names()};
    T out{};
    if (decode(c, out)) return std::optional<T>(std::move(out));
  }
  return std::nullopt;
}

}  // namespace detail

template <class T>
T Value::as() const {
  return detail::as<T>(*this, std::string_view::npos);
}
template <class T>
std::optional<T> Value::get() const {
  return detail::get<T>(*this);
}
template <class T>
T Message::as(std::size_t i) const {
  return detail::as<T>((*this)[i], i);
}
template <class T>
std::optional<T> Message::get(std::size_t i) const {
  const std::optional<Value> v = at(i);
  return v.has_value() ? detail::get<T>(*v) : std::nullopt;
}

}  // namespace aemp

#endif  // AEMP_DETAIL_DECODE_H
