// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The templates of ChannelEnd.
#ifndef AEMP_NODE_CHANNEL_INVOKE_H
#define AEMP_NODE_CHANNEL_INVOKE_H

#include <new>
#include <utility>

#include "node/channel_end.h"
#include "node/core.h"

namespace aemp {

template <class F>
void ChannelEnd::guarded(F&& f) noexcept {
  try {
    if (!over_) f();
  } catch (const std::bad_alloc&) {
    if (!over_) finish(no_memory());
  }
}

// It may be replaced while it runs, and lives until it returned.
template <class Signature, class... Args>
bool ChannelEnd::invoke(Bound<Signature>& bound, Args... args) {
  const Port context = bound.context;
  detail::Function<Signature> f = std::move(bound.f);
  bound.lent = true;
  auto body = [&] { f(args...); };
  const bool fine = run(
      context, [](void* b) { (*static_cast<decltype(body)*>(b))(); }, &body);
  if (std::exchange(bound.lent, false) && !over_) bound.f = std::move(f);
  if (over_) return false;
  if (fine) return true;
  sever("a callback of the other end failed");
  lose("die", "a callback of this end threw, or its port is dead");
  return false;
}

template <class Signature>
void ChannelEnd::set(Bound<Signature>& bound, detail::Function<Signature> f) {
  detail::Function<Signature> old = std::exchange(bound.f, std::move(f));
  bound.context = core_.dispatcher.self();
  bound.lent = false;
  kick();
}

}  // namespace aemp

#endif  // AEMP_NODE_CHANNEL_INVOKE_H
