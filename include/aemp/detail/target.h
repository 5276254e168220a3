// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Into which C++ types a value can be decoded, and as what.
#ifndef AEMP_DETAIL_TARGET_H
#define AEMP_DETAIL_TARGET_H

#include <aemp/detail/encode.h>

#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace aemp::detail {

template <class T>
concept UserDecoded =
    (std::is_class_v<T> || std::is_union_v<T> ||
     std::is_enum_v<T>)&&std::is_default_constructible_v<T>&& requires(const Value& v, T& t) {
  { aemp_decode(v, t) } -> std::convertible_to<bool>;
};

template <class T>
concept ByteContainer = requires {
  typename T::value_type;
}
&&std::is_same_v<typename T::value_type, std::byte>;

template <class T>
concept Appendable = requires(T& c) {
  c.clear();
  c.emplace_back(std::declval<typename T::value_type>());
};

template <class T>
concept SetLike = requires(T& c) {
  typename T::key_type;
  c.clear();
  c.insert(c.end(), std::declval<typename T::value_type>());
};

template <class T>
inline constexpr bool is_std_array = false;
template <class T, std::size_t N>
inline constexpr bool is_std_array<std::array<T, N>> = true;

enum class Target : unsigned char {
  none,
  boolean,
  integer,
  floating,
  text,
  text_view,
  u8text,
  port,
  value,
  message,
  owned_value,
  owned_message,
  byte_view,
  user,
  optional,
  map,
  array,
  sequence,
  set,
  tuple
};

template <class T>
consteval Target container_target() {
  if constexpr (is_std_array<T>) {
    return Target::array;
  } else if constexpr (MapRange<T>) {
    return Target::map;
  } else if constexpr (SizedRange<T> && Appendable<T>) {
    return Target::sequence;
  } else if constexpr (SizedRange<T> && SetLike<T>) {
    return Target::set;
  } else if constexpr (TupleLike<T>) {
    return Target::tuple;
  } else {
    return Target::none;
  }
}

template <class T>
consteval Target target_of() {
  if (std::is_same_v<T, bool>) return Target::boolean;
  if (Integer<T>) return Target::integer;
  if (Float<T>) return Target::floating;
  if (std::is_same_v<T, std::string>) return Target::text;
  if (std::is_same_v<T, std::string_view>) return Target::text_view;
  if (std::is_same_v<T, std::u8string>) return Target::u8text;
  if (std::is_same_v<T, Port>) return Target::port;
  if (std::is_same_v<T, Value>) return Target::value;
  if (std::is_same_v<T, Message>) return Target::message;
  if (std::is_same_v<T, OwnedValue>) return Target::owned_value;
  if (std::is_same_v<T, OwnedMessage>) return Target::owned_message;
  if (std::is_same_v<T, std::span<const std::byte>>) return Target::byte_view;
  if (is_optional<T>) return Target::optional;
  if (UserDecoded<T>) return Target::user;
  return container_target<T>();
}

template <class T>
consteval bool decodable();

template <class T, std::size_t... I>
consteval bool decodable_tuple(std::index_sequence<I...>) {
  return (decodable<std::remove_cv_t<std::tuple_element_t<I, T>>>() && ...);
}

// Whether a value can become a T.
template <class T>
consteval bool decodable() {
  constexpr Target target = target_of<T>();
  if constexpr (target == Target::sequence || target == Target::set || target == Target::array) {
    return ByteContainer<T> || decodable<typename T::value_type>();
  } else if constexpr (target == Target::optional) {
    return decodable<typename T::value_type>();
  } else if constexpr (target == Target::map) {
    return decodable<typename T::key_type>() && decodable<typename T::mapped_type>();
  } else if constexpr (target == Target::tuple) {
    return decodable_tuple<T>(std::make_index_sequence<std::tuple_size<T>::value>());
  } else {
    return target != Target::none;
  }
}

template <class T>
concept Decodable = decodable<T>();

consteval const char* wanted_integer(bool is_signed, std::size_t size) {
  switch (size) {
    case 1:
      return is_signed ? "an 8-bit integer" : "an unsigned 8-bit integer";
    case 2:
      return is_signed ? "a 16-bit integer" : "an unsigned 16-bit integer";
    case 4:
      return is_signed ? "a 32-bit integer" : "an unsigned 32-bit integer";
    default:
      return is_signed ? "a 64-bit integer" : "an unsigned 64-bit integer";
  }
}

// What a T is made from, for sentences.
template <class T>
consteval const char* wanted() {
  constexpr Target target = target_of<T>();
  switch (target) {
    case Target::boolean:
      return "true or false";
    case Target::integer:
      return wanted_integer(std::is_signed_v<T>, sizeof(T));
    case Target::floating:
      return "a number";
    case Target::text:
    case Target::text_view:
    case Target::u8text:
      return "text";
    case Target::port:
      return "a port";
    case Target::byte_view:
      return "bytes";
    case Target::map:
      return "a fitting map";
    case Target::optional:
      if constexpr (target == Target::optional) return wanted<typename T::value_type>();
      break;
    case Target::user:
      return "what the program's type is made from";
    case Target::message:
    case Target::owned_message:
      return "an array";
    default:
      break;
  }
  return ByteContainer<T> ? "bytes of the fitting number" : "a fitting array";
}

}  // namespace aemp::detail

#endif  // AEMP_DETAIL_TARGET_H
