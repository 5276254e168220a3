// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Reply: what Node::cal calls back with.
#ifndef AEMP_DETAIL_REPLY_H
#define AEMP_DETAIL_REPLY_H

#include <aemp/value.h>

#include <chrono>
#include <concepts>
#include <string_view>

namespace aemp {

// What a cal() ended with. A view: valid until the callback returns.
class Reply {
 public:
  Reply(bool ok, Message message) noexcept : ok_(ok), message_(message) {}
  bool ok() const noexcept { return ok_; }
  explicit operator bool() const noexcept { return ok_; }
  // The answer; empty when not ok().
  Message message() const noexcept { return ok_ ? message_ : Message(); }
  // Why there is none: the destination's reason, or `timeout`. Empty when ok().
  Message reason() const noexcept { return ok_ ? Message() : message_; }

 private:
  bool ok_;
  Message message_;
};

namespace detail {

template <class T>
inline constexpr bool is_duration = false;
template <class Rep, class Period>
inline constexpr bool is_duration<std::chrono::duration<Rep, Period>> = true;

template <class F>
concept Callback = !std::convertible_to<F, Port> && !std::convertible_to<F, std::string_view>;

}  // namespace detail

}  // namespace aemp

#endif  // AEMP_DETAIL_REPLY_H
