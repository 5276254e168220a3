// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Channel: a data connection, a stream of bytes to another node and back, made by
// Node::connect_to() for a function of Node::define_channel(). It has a connection of its own, over
// the same listeners and with the same protection as the nodes' link; that may end without it.
//
// A channel is a value that names the connection, as handles do: dropping it changes nothing, and
// what is asked of one that has ended does nothing. It lasts until both ends have ended it, one
// cancels it, or it is lost. Callbacks come from the loop, in the context of the port in whose
// context they were set; what one throws, and the death of that port, cancel the channel. Thread
// rule: channels belong to their loop's thread.
//
// Nothing is read before on_data() is set, nor while paused: the other end's buffered() grows.
#ifndef AEMP_CHANNEL_H
#define AEMP_CHANNEL_H

#include <aemp/detail/call.h>
#include <aemp/detail/function.h>
#include <aemp/detail/signature.h>
#include <aemp/error.h>
#include <aemp/handle.h>
#include <aemp/port.h>
#include <aemp/value.h>

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace aemp {

class NodeCore;

// Handle's cancel() ends it at once, with what is buffered: nothing is called here any more, and
// on_close() of the other end hears `closed`.
class Channel : public Handle {
 public:
  using Handle::Handle;
  using Bytes = std::span<const std::byte>;

  // Takes all of it. True: go on. False: more than congested_above bytes are buffered, wait for
  // on_drain(); or nothing is taken any more. Over queue_limit buffered bytes the channel is lost
  // (`overrun`). Throws std::bad_alloc, with nothing taken.
  bool write(Bytes bytes) const;
  bool write(std::string_view bytes) const { return write(std::as_bytes(std::span(bytes))); }
  // Bytes that the system has not taken yet.
  std::size_t buffered() const;
  // Nothing more is written. Once what is buffered has gone out the other end's on_end() is called.
  void end() const;
  // The same, and what still comes is dropped: this end has no more use for it, on_data(), on_end()
  // and on_drain() are not called any more. It waits for the other end to end for up to
  // heartbeat_timeout.
  void close() const;

  // Calls f(Bytes) with what came, in pieces of any size, valid until it returns.
  void on_data(detail::Function<void(Bytes)> f) const;
  // Calls f() when the other end has ended, behind all data. Without one: close().
  void on_end(detail::Function<void()> f) const;
  // Calls f() each time that fewer than drained_below bytes are buffered after write() said false.
  void on_drain(detail::Function<void()> f) const;
  // Calls f(reason) when it is over, once. Empty: both ends have ended it, or this one has closed
  // it and all has gone out. Else (word, node ID, sentence): `closed`, by the other end before its
  // end; `transport_error`, lost; `overrun`; `die`, a callback here threw, or its port is dead; or
  // `no_memory`.
  void on_close(detail::Function<void(Message)> f) const;
  // No on_data() from now on, until resume().
  void pause() const;
  void resume() const;

  // The other end's node; empty once it is over.
  std::string node() const;
  // Gives the descriptor away, once what was written has gone out and the other end sends bare
  // bytes too: calls f(fd, Bytes that came before). From now on nothing is written, and on_data()
  // and on_end() are not called; then f is, or on_close(). The caller closes fd, a connected
  // non-blocking stream socket. The other end's Channel goes on, without knowing whether this one
  // lives while it says nothing. False, and nothing is changed: the connection is encrypted, within
  // this node, or over.
  bool fd(detail::Function<void(int, Bytes)> f) const;
};

// What Node::connect_to() ends with.
template <class T>
class Result;
template <>
class Result<Channel> {
 public:
  explicit Result(Channel channel) noexcept : ok_(true), value_(std::move(channel)) {}
  explicit Result(Message reason) noexcept : reason_(reason) {}

  bool ok() const noexcept { return ok_; }
  explicit operator bool() const noexcept { return ok_; }
  // One that is over unless ok().
  const Channel& value() const noexcept { return value_; }
  const Channel& operator*() const noexcept { return value_; }
  const Channel* operator->() const noexcept { return &value_; }
  // Why there is none, empty when ok(). A view: valid until the callback returns.
  Message reason() const noexcept { return reason_; }

 private:
  bool ok_ = false;
  Channel value_;
  Message reason_;
};

namespace detail {

using ChannelResult = Function<void(Result<Channel>)>;
// Null: tells only whether the arguments fit.
using ChannelFunction = Function<bool(Message, const Channel*)>;

void connect_channel(NodeCore& core, std::string_view node, std::chrono::nanoseconds timeout,
                     std::string_view function, OwnedMessage args, ChannelResult done);
void define_channel(NodeCore& core, std::string_view name, ChannelFunction function);

template <class F, class First, class... Rest>
ChannelFunction make_channel_function(F f, TypeList<First, Rest...>) {
  static_assert(std::is_same_v<std::remove_cvref_t<First>, Channel>,
                "aemp: the first parameter of a function for channels is a Channel.");
  if (is_empty_callable<F>(f)) return nullptr;
  return [f = std::move(f)](Message args, const Channel* channel) mutable {
    auto run = [&](auto&&... rest) {
      if (channel != nullptr) f(Channel(*channel), std::forward<decltype(rest)>(rest)...);
    };
    const Cursor cursor{args.data(), args.data() + args.size_bytes(), args.names()};
    return call_with(run, cursor, TypeList<Rest...>());
  };
}

}  // namespace detail

// What Node has of it.
template <class N>
class ChannelCalls {
 public:
  // Makes a data connection to `node` (its ID, or one of its ports; this node too) and calls the
  // function that was define_channel()ed there with the other end and the arguments. The last
  // parameter is f(Result<Channel>), called exactly once, in the context of self() if there is
  // one, as psub() would: with this end, or with a reason that names the node, and then the
  // function was not called: `timeout`, `transport_error`, `refused` (calls from other nodes, or
  // too many of them, are; or neither of the two nodes can be dialled), or `die` (the function is
  // not defined, or does not take the arguments). A node that cannot be dialled dials back.
  // Leaving the network drops f uncalled. Throws Error(bad_name), Error(bad_value),
  // Error(too_big).
  template <class Rep, class Period, class... ArgsAndF>
  void connect_to(std::string_view node, std::chrono::duration<Rep, Period> timeout,
                  std::string_view function, ArgsAndF&&... args_and_f) {
    static_assert(sizeof...(ArgsAndF) > 0, "aemp: connect_to ends with a callback.");
    NodeCore& core = *static_cast<N*>(this)->core_;  // writing arguments may destroy the Node
    auto all = std::forward_as_tuple(std::forward<ArgsAndF>(args_and_f)...);
    constexpr std::size_t last = sizeof...(ArgsAndF) - 1;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      detail::connect_channel(core, node, std::chrono::ceil<std::chrono::nanoseconds>(timeout),
                              function, message(std::get<I>(all)...),
                              detail::ChannelResult(std::get<last>(std::move(all))));
    }
    (std::make_index_sequence<last>());
  }
  template <class Rep, class Period, class... ArgsAndF>
  void connect_to(const Port& where, std::chrono::duration<Rep, Period> timeout,
                  std::string_view function, ArgsAndF&&... args_and_f) {
    connect_to(std::string_view(where.node()), timeout, function,
               std::forward<ArgsAndF>(args_and_f)...);
  }
  // Makes f(Channel, arguments...) callable by connect_to(), replacing one of the same name; a last
  // Message takes the rest. These names are apart from those of define(). Throws
  // Error(reserved_name), Error(bad_name): empty, or over 255 bytes.
  template <class F>
  void define_channel(std::string_view name, F f) {
    using Signature = detail::Signature<F>;
    static_assert(Signature::known,
                  "aemp: a function for channels is a callable with exactly one call operator that "
                  "is no template: write out the parameter types of generic lambdas.");
    detail::define_channel(*static_cast<N*>(this)->core_, name,
                           detail::make_channel_function(std::move(f), typename Signature::Args()));
  }
};

}  // namespace aemp

#endif  // AEMP_CHANNEL_H
