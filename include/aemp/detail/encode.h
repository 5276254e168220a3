// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Which C++ type becomes which kind of value: see <aemp/writer.h>.
#ifndef AEMP_DETAIL_ENCODE_H
#define AEMP_DETAIL_ENCODE_H

#include <aemp/error.h>
#include <aemp/writer.h>

#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace aemp {

class OwnedValue;
class OwnedMessage;

namespace detail {

template <class T, class... Us>
inline constexpr bool is_one_of = (std::is_same_v<T, Us> || ...);

template <class T>
concept Integer = std::integral<T> && sizeof(T) <= 8 &&
                  !is_one_of<std::remove_cv_t<T>, bool, char, wchar_t, char8_t, char16_t, char32_t>;

template <class T>
concept Float = is_one_of<T, float, double>;

template <class C>
concept TextChar = is_one_of<C, char, char8_t>;

template <class T>
inline constexpr bool is_text = false;
template <TextChar C, class Traits, class Alloc>
inline constexpr bool is_text<std::basic_string<C, Traits, Alloc>> = true;
template <TextChar C, class Traits>
inline constexpr bool is_text<std::basic_string_view<C, Traits>> = true;

// Character arrays and pointers to characters.
template <class T>
inline constexpr bool is_c_text = (std::is_array_v<T> &&
                                   TextChar<std::remove_cv_t<std::remove_extent_t<T>>>) ||
                                  (std::is_pointer_v<T> &&
                                   TextChar<std::remove_cv_t<std::remove_pointer_t<T>>>);

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

[[noreturn]] void throw_null_text();

template <class T>
concept UserEncoded = (std::is_class_v<T> || std::is_union_v<T> ||
                       std::is_enum_v<T>)&&requires(Writer& w, const T& v) {
  aemp_encode(w, v);
};

template <class T>
concept SizedRange = requires(const T& c) {
  { c.size() } -> std::convertible_to<std::size_t>;
  c.begin() == c.end();
  typename T::value_type;
  requires !std::same_as<typename T::value_type, T>;
};

template <class T>
concept ByteRange = SizedRange<T> && requires(const T& c) {
  { c.data() } -> std::convertible_to<const std::byte*>;
};

template <class T>
concept MapRange = SizedRange<T> && requires(T& c, const typename T::key_type& k) {
  typename T::mapped_type;
  c.insert_or_assign(k, std::declval<const typename T::mapped_type&>());
};

template <class T>
concept TupleLike = requires {
  std::tuple_size<T>::value;
};

enum class Shape : unsigned char {
  none,
  null,
  boolean,
  integer,
  floating,
  text,
  c_text,
  view,
  user,
  optional,
  bytes,
  map,
  range,
  c_array,
  tuple
};

template <class T>
consteval Shape shape_of() {
  if (is_one_of<T, std::nullptr_t, std::nullopt_t>) return Shape::null;
  if (std::is_same_v<T, bool>) return Shape::boolean;
  if (Integer<T>) return Shape::integer;
  if (Float<T>) return Shape::floating;
  if (is_text<T>) return Shape::text;
  if (is_c_text<T>) return Shape::c_text;
  if (is_one_of<T, Port, Value, Message, OwnedValue, OwnedMessage>) return Shape::view;
  if (is_optional<T>) return Shape::optional;
  if (UserEncoded<T>) return Shape::user;
  if (ByteRange<T>) return Shape::bytes;
  if (MapRange<T>) return Shape::map;
  if (SizedRange<T>) return Shape::range;
  if (std::is_bounded_array_v<T>) return Shape::c_array;
  if (TupleLike<T>) return Shape::tuple;
  return Shape::none;
}

template <class T>
consteval bool encodable();

template <class T, std::size_t... I>
consteval bool encodable_tuple(std::index_sequence<I...>) {
  return (encodable<std::remove_cv_t<std::tuple_element_t<I, T>>>() && ...);
}

// Whether T and all that lies within it can be put into a message.
template <class T>
consteval bool encodable() {
  constexpr Shape shape = shape_of<T>();
  if constexpr (shape == Shape::optional || shape == Shape::range) {
    return encodable<std::remove_cv_t<typename T::value_type>>();
  } else if constexpr (shape == Shape::map) {
    return encodable<typename T::key_type>() && encodable<typename T::mapped_type>();
  } else if constexpr (shape == Shape::c_array) {
    return std::is_same_v<std::remove_cv_t<std::remove_extent_t<T>>, std::byte> ||
           encodable<std::remove_cv_t<std::remove_extent_t<T>>>();
  } else if constexpr (shape == Shape::tuple) {
    return encodable_tuple<T>(std::make_index_sequence<std::tuple_size<T>::value>());
  } else {
    return shape != Shape::none;
  }
}

template <class T>
concept Encodable = encodable<std::remove_cvref_t<T>>();

template <class T>
void encode(Writer& w, const T& v);

template <class C>
std::string_view as_chars(const C* text, std::size_t n) noexcept {
  return {reinterpret_cast<const char*>(text), n};
}

template <class T>
std::string_view c_text(const T& v) {
  if constexpr (std::is_array_v<T>) {
    std::size_t n = 0;
    while (n < std::extent_v<T> && v[n] != 0) ++n;
    return as_chars(v, n);
  } else {
    if (v == nullptr) throw_null_text();
    return as_chars(v, std::char_traits<char>::length(reinterpret_cast<const char*>(v)));
  }
}

template <class T>
void encode_user(Writer& w, const T& v) {
  Writer::Custom custom(w);
  aemp_encode(w, v);
  custom.check();
}

// Element is named for the sake of vector<bool>, whose iterators give proxies.
template <class Element, class It, class End>
void encode_elements(Writer& w, It at, End end) {
  Writer::Nested nested(w);
  for (; at != end; ++at) {
    const Element& element = *at;
    encode(w, element);
  }
}

template <class T>
void encode_map(Writer& w, const T& v) {
  w.map(v.size());
  Writer::Nested nested(w);
  for (const auto& [key, mapped] : v) {
    encode(w, key);
    encode(w, mapped);
  }
}

template <class T, std::size_t... I>
void encode_tuple(Writer& w, const T& v, std::index_sequence<I...>) {
  using std::get;
  w.array(sizeof...(I));
  Writer::Nested nested(w);
  (encode(w, get<I>(v)), ...);
}

void encode_view(Writer& w, const Port& v);
void encode_view(Writer& w, const Value& v);
void encode_view(Writer& w, const Message& v);
void encode_view(Writer& w, const OwnedValue& v);
void encode_view(Writer& w, const OwnedMessage& v);

template <class T>
void encode_compound(Writer& w, const T& v) {
  constexpr Shape shape = shape_of<T>();
  if constexpr (shape == Shape::map) {
    encode_map(w, v);
  } else if constexpr (shape == Shape::range) {
    w.array(static_cast<std::size_t>(v.size()));
    encode_elements<typename T::value_type>(w, v.begin(), v.end());
  } else if constexpr (shape == Shape::c_array) {
    if constexpr (std::is_same_v<std::remove_cv_t<std::remove_extent_t<T>>, std::byte>) {
      w.bytes(std::span<const std::byte>(v, std::extent_v<T>));
    } else {
      w.array(std::extent_v<T>);
      encode_elements<std::remove_cv_t<std::remove_extent_t<T>>>(w, v, v + std::extent_v<T>);
    }
  } else {
    encode_tuple(w, v, std::make_index_sequence<std::tuple_size<T>::value>());
  }
}

template <class T>
void encode(Writer& w, const T& v) {
  constexpr Shape shape = shape_of<T>();
  if constexpr (shape == Shape::null) {
    w.null();
  } else if constexpr (shape == Shape::boolean) {
    w.boolean(v);
  } else if constexpr (shape == Shape::integer && std::is_signed_v<T>) {
    w.integer(v);
  } else if constexpr (shape == Shape::integer) {
    w.unsigned_integer(v);
  } else if constexpr (shape == Shape::floating) {
    w.floating(static_cast<double>(v));
  } else if constexpr (shape == Shape::text) {
    w.text(as_chars(v.data(), v.size()));
  } else if constexpr (shape == Shape::c_text) {
    w.text(c_text(v));
  } else if constexpr (shape == Shape::view) {
    encode_view(w, v);
  } else if constexpr (shape == Shape::user) {
    encode_user(w, v);
  } else if constexpr (shape == Shape::bytes) {
    w.bytes(std::span<const std::byte>(v.data(), static_cast<std::size_t>(v.size())));
  } else if constexpr (shape == Shape::optional) {
    if (v.has_value()) {
      encode(w, *v);
    } else {
      w.null();
    }
  } else {
    encode_compound(w, v);
  }
}

}  // namespace detail

template <class T>
Writer& Writer::put(const T& value) {
  static_assert(detail::Encodable<T>,
                "aemp: this type cannot be put into a message. Write void "
                "aemp_encode(aemp::Writer&, const T&) beside the type (plain char, enums, "
                "pointers, wide characters, 128-bit integers and long double need one).");
  if constexpr (detail::Encodable<T>) detail::encode(*this, value);
  return *this;
}

}  // namespace aemp

#endif  // AEMP_DETAIL_ENCODE_H
