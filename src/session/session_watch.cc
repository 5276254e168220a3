// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// A session's time-outs: the handshake's, and the peer's silence.
#include <algorithm>

#include "base/fill_in.h"
#include "session/session.h"

namespace aemp {

namespace {

// A loop that is always late gets its allowance only so often: turns in which the socket was read.
constexpr std::uint64_t kSuspectTurns = 4;

std::string milliseconds(Nanos span) { return fill_in("% ms", {span / kMillisecond}); }

}  // namespace

void Session::on_watchdog() {
  Entry entry(*this);
  if (failed_) fail();
  switch (state_) {
    case State::connecting:
      end(CloseInfo::By::network, CloseCode::timeout,
          fill_in("no connection within %", {milliseconds(config_->handshake_timeout)}), false);
      break;
    case State::handshake:
    case State::deciding:
      end(CloseInfo::By::network, CloseCode::timeout,
          fill_in("no link within %", {milliseconds(reactor_.now() - began_)}), false);
      break;
    case State::up:
      watch_peer();
      break;
    case State::closing:
      drop_connection();
      break;
    case State::ended:
      break;
  }
  entry.leave();
}

void Session::watch_peer() {
  const Nanos now = reactor_.now();
  if (now - std::max(last_tx_, last_ping_) >= ping_after_ && control_pending() == 0) {
    send_ping(next_nonce_++, true);
  }
  if (!held_) judge_peer();
  if (state_ == State::up) arm_for_peer();
}

// Down after heartbeat_timeout of silence, the own loop's lateness not counted, and not before the
// socket was read. A loop that is late all the time would never count that far: once the silence is
// too long by the clock, the same time again and several turns are enough.
void Session::judge_peer() {
  const Nanos timeout = config_->heartbeat_timeout;
  const Nanos now = reactor_.now();
  if (now - last_rx_ < timeout || in_.has_frame()) return;
  read_frames();
  if (state_ != State::up || held_ || now - last_rx_ < timeout) return;
  const Nanos silent = now - last_rx_;
  const Nanos late = reactor_.late_total() - late_at_rx_;
  if (suspect_since_ == 0) {
    suspect_since_ = now;
    suspect_turn_ = reactor_.turns();
  }
  const bool twice =
      now - suspect_since_ >= timeout && reactor_.turns() - suspect_turn_ >= kSuspectTurns;
  if (silent - late < timeout && !twice) return;
  // Who was too busy to say anything finds out that way.
  last_word(CloseCode::timeout,
            fill_in("nothing was heard from this node for %", {milliseconds(silent)}));
  end(CloseInfo::By::network, CloseCode::timeout, fill_in("silent for %", {milliseconds(silent)}),
      false);
}

void Session::arm_for_peer() {
  const Nanos now = reactor_.now();
  Nanos judge = last_rx_ + config_->heartbeat_timeout;
  if (judge <= now) judge = now + config_->heartbeat_timeout / 4;
  Nanos ping = std::max(last_tx_, last_ping_) + ping_after_;
  if (ping <= now) ping = now + ping_after_;
  arm(std::min(judge, ping));
}

}  // namespace aemp
