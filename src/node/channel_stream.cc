// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/channel_stream.h"

#include <algorithm>
#include <new>
#include <utility>
#include <vector>

#include "base/fill_in.h"
#include "node/channel_invoke.h"
#include "node/core.h"

namespace aemp {

namespace {

// However short the time-out that the other end announces.
constexpr Nanos kMinPing = 10 * kMillisecond;

}  // namespace

StreamEnd::StreamEnd(ChannelTable& table, Session& session)
    : ChannelEnd(table, session.peer().node_id),
      address_(session.address()),
      key_(session.peer_key()),
      ping_after_(std::max(Nanos{session.peer().heartbeat_ms} * kMillisecond / 3, kMinPing)),
      initiator_(session.is_initiator()),
      early_(core_.network.pool()) {
  Released connection = session.release();
  fd_ = connection.fd;
  try {
    records_ =
        std::make_unique<ChannelRecords>(core_.network.pool(), std::move(connection.records));
    records_->begin_with(connection.first);
  } catch (...) {
    core_.reactor.host().net().close(fd_);
    throw;
  }
}

StreamEnd::~StreamEnd() { sever({}); }

void StreamEnd::start(ChannelStarter* starter) noexcept {
  starter_ = starter;
  last_rx_ = last_tx_ = core_.reactor.now();
  late_at_rx_ = core_.reactor.late_total();
  sign_ = initiator_;
  core_.log.say(Log::kLink, [&] {
    return fill_in("channel to % at % is up", {node_, address_.str()});
  });
  kick();
  arm_watchdog();
}

std::size_t StreamEnd::buffered() const {
  return queue_.bytes() + (records_->out_empty() ? 0 : records_->pending().size);
}

void StreamEnd::kick() noexcept {
  if (over_) return;
  core_.reactor.flush_later(*this);
  core_.reactor.resume_later(*this);
}

// After what was read before and not delivered.
void StreamEnd::go_on() {
  if (fd_taker_) return hand_over_fd();
  take_records();
  if (!over_) update_interest();
  if (!over_) core_.reactor.flush_later(*this);
}

void StreamEnd::sever(std::string_view why) noexcept {
  if (fd_ < 0) return;
  if (!why.empty()) last_word(CloseCode::going, why);
  if (token_) core_.reactor.unwatch(std::exchange(token_, Reactor::Token()));
  core_.reactor.disarm(watchdog_);
  core_.reactor.cancel_flush(*this);
  core_.reactor.host().net().close(std::exchange(fd_, -1));
  if (ChannelStarter* starter = std::exchange(starter_, nullptr)) starter->not_started();
}

bool StreamEnd::give_fd(detail::Function<void(int, Channel::Bytes)>& f) {
  if (!records_->is_plain() || ended_ || fd_taker_) return false;
  ended_ = true;
  set(fd_taker_, std::move(f));
  return true;
}

// Once both directions are bare and all has been said in the other way.
void StreamEnd::hand_over_fd() {
  take_records();
  if (over_) return;
  update_interest();
  if (over_ || !records_->bare_in() || !records_->bare_out() || !records_->out_empty()) {
    if (!over_) core_.reactor.flush_later(*this);
    return;
  }
  std::vector<std::uint8_t> early(early_.bytes());
  for (std::size_t at = 0; at < early.size();) {
    Slice slice;
    early_.gather({&slice, 1});
    std::copy_n(slice.data, slice.size, early.data() + at);
    at += slice.size;
    early_.consume(slice.size);
  }
  if (token_) core_.reactor.unwatch(std::exchange(token_, Reactor::Token()));
  const int fd = std::exchange(fd_, -1);
  auto taker = std::exchange(fd_taker_, {});
  over_ = true;
  core_.reactor.disarm(watchdog_);
  core_.reactor.cancel_flush(*this);
  bool taken = false;
  auto body = [&] {
    taken = true;
    taker.f(fd, std::as_bytes(std::span(early)));
  };
  run(
      taker.context, [](void* b) { (*static_cast<decltype(body)*>(b))(); }, &body);
  if (!taken) core_.reactor.host().net().close(fd);
  finish(Message());
}

}  // namespace aemp
