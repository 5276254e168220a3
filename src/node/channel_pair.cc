// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/channel_pair.h"

#include <new>
#include <utility>

#include "node/core.h"

namespace aemp {

namespace {

// What is handed over in a turn: others have their turn too.
constexpr std::size_t kPerTurn = 256 * 1024;

}  // namespace

PairEnd::~PairEnd() {
  if (other_ != nullptr) other_->other_ = nullptr;
}

void PairEnd::join(PairEnd& a, PairEnd& b) noexcept {
  a.other_ = &b;
  b.other_ = &a;
}

void PairEnd::kick() noexcept {
  if (over_) return;
  core_.reactor.resume_later(*this);
  if (other_ != nullptr) core_.reactor.resume_later(*other_);
}

void PairEnd::sever(std::string_view why) noexcept {
  PairEnd* other = std::exchange(other_, nullptr);
  if (other == nullptr) return;
  other->other_ = nullptr;
  if (other->over_) return;
  other->cut_ = true;
  try {
    other->cut_text_ = why.empty() ? "the other end takes nothing any more" : why;
  } catch (const std::bad_alloc&) {
    other->cut_text_.clear();
  }
  core_.reactor.resume_later(*other);
}

void PairEnd::go_on() {
  if (cut_) {
    // Both had ended it, and the other one was the first to see that.
    if (ended_ && other_ended_) return finish(Message());
    return lose("closed", cut_text_);
  }
  if (other_ == nullptr) return;
  pull();
  if (!over_) settle();
}

void PairEnd::pull() {
  for (std::size_t taken = 0; takes_data() && other_ != nullptr && !other_->queue_.empty();) {
    if (taken >= kPerTurn) return core_.reactor.resume_later(*this);
    Slice slice;
    other_->queue_.gather({&slice, 1});
    taken += slice.size;
    deliver(std::as_bytes(std::span(slice.data, slice.size)));
    if (over_ || other_ == nullptr) return;
    other_->queue_.consume(slice.size);
    other_->written();
  }
  if (other_ == nullptr || other_ended_ || !other_->ended_ || !other_->queue_.empty()) return;
  core_.reactor.resume_later(*other_);
  other_ended();
}

void PairEnd::settle() noexcept {
  if (other_ == nullptr || !ended_ || !other_->other_ended_) return;
  if (other_ended_) return finish(Message());
  if (closed_) end_within(core_.settings.heartbeat_timeout);
}

}  // namespace aemp
