// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/channel_end.h"

#include <new>

#include "base/fill_in.h"
#include "node/channel_invoke.h"
#include "node/channel_table.h"
#include "node/core.h"
#include "node/no_memory.h"

namespace aemp {

ChannelEnd::ChannelEnd(ChannelTable& table, std::string node)
    : table_(table), core_(table.core()), node_(std::move(node)), queue_(core_.network.pool()) {}

bool ChannelEnd::write(Channel::Bytes bytes) {
  if (ended_ || word_ != nullptr) return false;
  if (bytes.empty()) return !congested_;
  const Settings& settings = core_.settings;
  if (buffered() + bytes.size() > settings.queue_limit) {
    lose_later("overrun", "more than queue_limit bytes were buffered");
    return false;
  }
  queue_.append({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  table_.bytes_out += bytes.size();
  if (buffered() > settings.congested_above) congested_ = true;
  kick();
  return !congested_;
}

void ChannelEnd::end() {
  if (std::exchange(ended_, true)) return;
  kick();
}

void ChannelEnd::close() {
  if (std::exchange(closed_, true)) return;
  ended_ = true;
  kick();
}

void ChannelEnd::on_data(detail::Function<void(Channel::Bytes)> f) { set(data_, std::move(f)); }
void ChannelEnd::on_end(detail::Function<void()> f) { set(end_, std::move(f)); }
void ChannelEnd::on_drain(detail::Function<void()> f) { set(drain_, std::move(f)); }
void ChannelEnd::on_close(detail::Function<void(Message)> f) { set(close_, std::move(f)); }

void ChannelEnd::pause(bool on) {
  paused_ = on;
  kick();
}

void ChannelEnd::cancel(std::string_view why) noexcept {
  if (std::exchange(over_, true)) return;
  sever(why);
  finish(Message());
}

void ChannelEnd::lose_later(const char* word, const char* sentence) noexcept {
  word_ = word;
  sentence_ = sentence;
  core_.reactor.resume_later(*this);
}

void ChannelEnd::lose(std::string_view word, std::string_view sentence) noexcept {
  with_reason([&] { return message(word, node_, sentence); }, [&](Message r) { finish(r); });
}

void ChannelEnd::finish(Message reason) noexcept {
  const bool told = std::exchange(over_, true);
  if (!told) sever({});
  core_.reactor.disarm(patience_);
  core_.reactor.cancel_resume(*this);
  table_.remove(*this);
  auto data = std::exchange(data_, {});
  auto end = std::exchange(end_, {});
  auto drain = std::exchange(drain_, {});
  auto close = std::exchange(close_, {});
  if (!told) {
    core_.log.say(Log::kLink, [&] {
      return fill_in("channel to % has ended: %",
                     {node_, reason.empty() ? "by both" : reason[reason.size() - 1].json()});
    });
  }
  if (told || !close.f) return;
  auto body = [&] { close.f(reason); };
  run(
      close.context, [](void* b) { (*static_cast<decltype(body)*>(b))(); }, &body);
}

// Outside of the program's calls: it is never called back from inside them.
void ChannelEnd::resume() {
  guarded([this] {
    if (word_ != nullptr) {
      sever(sentence_);
      return lose(word_, sentence_);
    }
    if (std::exchange(drained_, false) && drain_ && !closed_ && !invoke(drain_)) return;
    go_on();
  });
}

void ChannelEnd::written() noexcept {
  if (!congested_ || buffered() >= core_.settings.drained_below) return;
  congested_ = false;
  drained_ = true;
  core_.reactor.resume_later(*this);
}

void ChannelEnd::deliver(Channel::Bytes bytes) {
  table_.bytes_in += bytes.size();
  if (!closed_) invoke(data_, bytes);
}

void ChannelEnd::other_ended() {
  other_ended_ = true;
  if (closed_) return;
  if (end_) {
    invoke(end_);
  } else {
    close();
  }
}

void ChannelEnd::end_within(Nanos span) noexcept {
  if (patience_.armed()) return;
  core_.reactor.arm(patience_, add_clamped(core_.reactor.now(), span));
}

bool run_callback(NodeCore& core, const Port& context, void (*thunk)(void*), void* arg) {
  if (core.left) return false;
  if (context) {
    PortSlot* slot = core.ports.find({context.origin(), context.serial()});
    return slot != nullptr && core.dispatcher.run_in(*slot, thunk, arg);
  }
  bool fine = false;
  core.dispatcher.guarded("callback of a channel", [&] {
    thunk(arg);
    fine = true;
  });
  return fine;
}

}  // namespace aemp
