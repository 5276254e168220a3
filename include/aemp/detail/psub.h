// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What Node::psub returns and Node::peval runs through.
#ifndef AEMP_DETAIL_PSUB_H
#define AEMP_DETAIL_PSUB_H

#include <aemp/port.h>
#include <aemp/receiver.h>

#include <optional>
#include <type_traits>
#include <utility>

namespace aemp {

class NodeCore;

namespace detail {

// Finds the node from a handle that may outlive it. Counted; `core` is null once it left.
struct Anchor {
  NodeCore* core;
  std::uint32_t refs;
};
inline void unref(Anchor* anchor) noexcept {
  if (anchor != nullptr && --anchor->refs == 0) delete anchor;
}

// A port's context to run code in.
class Context {
 public:
  Context(Anchor* anchor, Port port) noexcept : anchor_(anchor), port_(std::move(port)) {
    ++anchor_->refs;
  }
  Context(Context&& other) noexcept
      : anchor_(std::exchange(other.anchor_, nullptr)), port_(std::move(other.port_)) {}
  Context& operator=(Context&& other) noexcept {
    std::swap(anchor_, other.anchor_);
    port_.swap(other.port_);
    return *this;
  }
  ~Context() { unref(anchor_); }
  // Runs thunk(arg) in the port's context. False when port or node are gone, or when it threw
  // (which kills the port).
  bool run(void (*thunk)(void*), void* arg) const;

 private:
  Anchor* anchor_;
  Port port_;
};

// A callable with f's parameters, bound to a port's context.
template <class F, class R, class List>
class Psub;
template <class F, class R, class... Args>
class Psub<F, R, TypeList<Args...>> {
 public:
  Psub(Context context, F f) : context_(std::move(context)), f_(std::forward<F>(f)) {}
  auto operator()(Args... args) {
    if constexpr (std::is_void_v<R>) {
      auto body = [&] { f_(std::forward<Args>(args)...); };
      context_.run([](void* b) { (*static_cast<decltype(body)*>(b))(); }, &body);
    } else {
      std::optional<R> result;
      auto body = [&] { result.emplace(f_(std::forward<Args>(args)...)); };
      if (!context_.run([](void* b) { (*static_cast<decltype(body)*>(b))(); }, &body)) {
        result.reset();
      }
      return result;
    }
  }

 private:
  Context context_;
  F f_;
};

}  // namespace detail

}  // namespace aemp

#endif  // AEMP_DETAIL_PSUB_H
