// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Decodes a message into the parameters of a callable and calls it: one pass, no allocation but
// what the parameters' types make.
#ifndef AEMP_DETAIL_CALL_H
#define AEMP_DETAIL_CALL_H

#include <aemp/detail/decode.h>
#include <aemp/detail/signature.h>
#include <aemp/value.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace aemp::detail {

template <class T>
inline constexpr bool takes_rest = is_one_of<T, Message, OwnedMessage>;

// The rules of where parameters may stand.
template <class... Ts>
consteval bool rest_is_last() {
  std::size_t i = 0;
  return ((++i == sizeof...(Ts) || !takes_rest<Ts>)&&...);
}
template <class... Ts>
consteval bool optionals_are_last() {
  bool seen = false;
  return (((seen = seen || is_optional<Ts>) ? is_optional<Ts> || takes_rest<Ts> : true) && ...);
}
template <class P>
inline constexpr bool is_out_parameter =
    std::is_lvalue_reference_v<P> && !std::is_const_v<std::remove_reference_t<P>>;

// Where the argument for a parameter of type P waits for the call.
template <class T>
struct Held {
  T value{};
  bool load(Cursor& c) {
    if constexpr (std::is_same_v<T, Message>) {
      value = Message(c.at, static_cast<std::size_t>(c.end - c.at), c.names);
      c.at = c.end;
      return true;
    } else if constexpr (std::is_same_v<T, OwnedMessage>) {
      value = OwnedMessage(Message(c.at, static_cast<std::size_t>(c.end - c.at)));
      c.at = c.end;
      return true;
    } else if constexpr (is_optional<T>) {
      return c.at == c.end || decode(c, value);
    } else {
      return c.at != c.end && decode(c, value);
    }
  }
};

// The text of a port does not lie in the message.
template <>
struct Held<std::string_view> {
  std::string_view value;
  std::string port;
  bool load(Cursor& c) {
    if (c.at == c.end) return false;
    if (decode_text(c, value)) return true;
    if (!decode_string(c, port)) return false;
    value = port;
    return true;
  }
};
template <>
struct Held<std::optional<std::string_view>> {
  std::optional<std::string_view> value;
  Held<std::string_view> text;
  bool load(Cursor& c) {
    if (c.at == c.end) return true;
    if (is_null(*skip_tags(c.at))) {
      c.at = skip_item(c.at);
      return true;
    }
    if (!text.load(c)) return false;
    value = text.value;
    return true;
  }
};

template <std::size_t I, class P>
struct Slot : Held<std::remove_cvref_t<P>> {
  P&& pass() noexcept { return static_cast<P&&>(this->value); }
};

template <class Indices, class... Ps>
struct Slots;
template <std::size_t... I, class... Ps>
struct Slots<std::index_sequence<I...>, Ps...> : Slot<I, Ps>... {
  bool load(Cursor& c) { return (this->Slot<I, Ps>::load(c) && ...) && c.at == c.end; }
  template <class F>
  void call(F& f) {
    static_cast<void>(f(this->Slot<I, Ps>::pass()...));
  }
};

template <class F, class... Ps>
bool call_with(F& f, Cursor c, TypeList<Ps...>) {
  static_assert((!is_out_parameter<Ps> && ...),
                "aemp: a receiver's parameters are values, const references or rvalue references.");
  static_assert((Decodable<std::remove_cvref_t<Ps>> && ...),
                "aemp: a value cannot become the type of this receiver's parameter. Write bool "
                "aemp_decode(aemp::Value, T&) beside the type, which needs a default constructor "
                "(enums and pointers cannot do without).");
  static_assert(rest_is_last<std::remove_cvref_t<Ps>...>(),
                "aemp: a parameter of type Message takes the rest and stands last; take arrays as "
                "Value.");
  static_assert(optionals_are_last<std::remove_cvref_t<Ps>...>(),
                "aemp: std::optional parameters stand last, or before a last Message.");
  if constexpr ((Decodable<std::remove_cvref_t<Ps>> && ...) && (!is_out_parameter<Ps> && ...)) {
    Slots<std::index_sequence_for<Ps...>, Ps...> slots;
    if (!slots.load(c)) return false;
    slots.call(f);
  }
  return true;
}

template <class F>
bool call_with(F& f, Cursor, TypeList<>) {
  static_cast<void>(f());
  return true;
}

template <class F>
bool call_with(F& f, Cursor c) {
  return call_with(f, c, typename Signature<F>::Args());
}

}  // namespace aemp::detail

#endif  // AEMP_DETAIL_CALL_H
