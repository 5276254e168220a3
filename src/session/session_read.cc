// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What a session reads.
#include <algorithm>
#include <array>
#include <new>

#include "base/fill_in.h"
#include "session/session.h"

namespace aemp {

namespace {

constexpr unsigned kFramesPerTurn = 1024;
// So few while more than kBacklog bytes wait in the loop's run queue: a turn runs more jobs than
// that, so that what receivers pass on within the process is done with before more comes in.
constexpr unsigned kFramesBehind = 16;
constexpr std::size_t kBacklog = 1 << 20;
constexpr std::size_t kDiscardBytes = 16 * 1024;
constexpr unsigned kDiscardsPerTurn = 16;
// So much of a record is a sign of life before the record is whole. Less is not: anybody on the way
// could make a link seem alive for hours with a byte now and then.
constexpr std::uint64_t kProgress = 1024;

}  // namespace

void Session::on_ready(std::uint8_t events) {
  Entry entry(*this);
  if (failed_) {
    fail();
  } else if (held_ && state_ == State::up) {
    // Level-triggered: it would be reported until hold(false), which watches again.
    unwatch();
  } else if (state_ == State::connecting) {
    on_connect_ready(events);
  } else {
    if (write_blocked_ && (events & (kWritable | kHangup | kError)) != 0) {
      write_blocked_ = false;
      wake();
    }
    if ((events & (kReadable | kHangup | kError)) != 0) read();
  }
  entry.leave();
}

void Session::resume() {
  Entry entry(*this);
  if (failed_) fail();
  if (state_ == State::up && !held_) deliver();
  if (state_ == State::up || state_ == State::closing) wake();
  entry.leave();
}

IoResult Session::read_some(std::span<std::uint8_t> into) {
  return stream_ != nullptr ? stream_->read(into) : reactor_.host().net().read(fd_, into);
}

void Session::read() {
  switch (state_) {
    case State::handshake:
      return read_handshake();
    case State::deciding:
      return read_stray();
    case State::up:
      return read_frames();
    case State::closing:
      return discard_input();
    case State::connecting:
    case State::ended:
      return;
  }
}

void Session::on_connect_ready(std::uint8_t events) {
  if (stream_ != nullptr) return connected();
  Net& net = reactor_.host().net();
  if (const int error = net.error(fd_); error != 0) {
    return end(CloseInfo::By::network, CloseCode::none,
               fill_in("cannot connect: %", {errno_text(error)}), false);
  }
  if (net.peer_address(fd_).ok()) return connected();
  // Woken too early, or too late: it was connected and is not any more.
  if ((events & (kHangup | kError)) == 0) return;
  end(CloseInfo::By::network, CloseCode::none, "the connection was lost at once", false);
}

bool Session::received(const IoResult& result) {
  if (result.n <= 0) return false;
  const auto n = static_cast<std::uint64_t>(result.n);
  bytes_in_ += n;
  unopened_ += n;
  if (records_ == nullptr || unopened_ >= kProgress) heard();
  return true;
}

// The peer lives.
void Session::heard() noexcept {
  last_rx_ = reactor_.now();
  late_at_rx_ = reactor_.late_total();
  suspect_since_ = 0;
  unopened_ = 0;
}

void Session::connection_lost(const IoResult& result, std::string_view when) {
  if (result.again()) return;
  const bool clean = in_.bytes() == 0 && (large_ == nullptr || large_->idle()) &&
                     (records_ == nullptr || records_->in.bytes() == 0);
  if (result.n == 0) {
    const std::string_view hint = handshake_ != nullptr ? handshake_->hint() : std::string_view();
    end(CloseInfo::By::peer, CloseCode::none,
        fill_in("the other end closed the connection%%", {when, hint}), clean);
  } else {
    end(CloseInfo::By::network, CloseCode::none, fill_in("%%", {errno_text(result.err), when}),
        false);
  }
}

void Session::read_handshake() {
  while (state_ == State::handshake && read_piece()) {
  }
}

// Whether there may be more.
bool Session::read_piece() {
  std::array<std::uint8_t, kMaxHandshakeBytes> buffer;
  const std::size_t want = std::min(handshake_->want(), buffer.size());
  const IoResult result = read_some({buffer.data(), want});
  if (!received(result)) {
    connection_lost(result, " during the handshake");
    return false;
  }
  const auto n = static_cast<std::size_t>(result.n);
  handshake_->feed({buffer.data(), n});
  handshake_step();
  return n == want;
}

// Not beyond message 2, be it sent or not: then the owner would be called.
void Session::hear() noexcept {
  try {
    while (state_ == State::handshake && bytes_out_ + control_pending() == 0 && read_piece()) {
    }
  } catch (const std::bad_alloc&) {
    fail();
  }
}

void Session::handshake_step() {
  switch (handshake_->state()) {
    case Handshake::State::need_more: {
      const std::size_t before = control_pending();
      send_handshake();
      // The greeting has been answered: from here on the other end has the longer time.
      if (control_pending() > before) arm(began_ + config_->handshake_timeout);
      return;
    }
    case Handshake::State::hello:
      peer_ = handshake_->peer();
      state_ = State::deciding;
      return owner_->on_hello(*this, peer_);
    case Handshake::State::done:
      go_up();
      return owner_->on_ready(*this);
    case Handshake::State::failed:
      return handshake_failed();
  }
}

void Session::handshake_failed() {
  const Handshake::Failure& failure = handshake_->failure();
  const CloseInfo::By by = failure.by_peer ? CloseInfo::By::peer : CloseInfo::By::us;
  // What waited before is message 2, and this is no answer to it: a replay, for one.
  const std::size_t waited = control_pending();
  handshake_->take_output(control_);
  const bool says_why = control_pending() > waited;
  if (says_why && handshake_->proven()) {
    note_end(by, failure.code, failure.text, true);
    return linger();
  }
  if (says_why) answer_stranger();
  end(by, failure.code, failure.text, true);
}

// If the socket takes it now: a stranger is not waited for. What else it has said is read, for
// unread input would destroy the answer.
void Session::answer_stranger() {
  std::array<std::uint8_t, kMaxHandshakeBytes> rest;
  read_some(rest);
  const Slice answer{control_.data() + control_at_, control_pending()};
  write_some({&answer, 1});
}

// While the owner decides, the other end has nothing to say.
void Session::read_stray() {
  std::uint8_t byte;
  const IoResult result = read_some({&byte, 1});
  if (!received(result)) return connection_lost(result, " during the handshake");
  end(CloseInfo::By::us, CloseCode::protocol, "bytes before the link was up", false);
}

void Session::read_frames() {
  if (in_.has_frame()) return;  // resume() will see to it
  if (records_ != nullptr) return read_records();
  const std::span<std::uint8_t> room = in_.room();
  const IoResult result = read_some(room);
  if (!received(result)) {
    connection_lost(result, in_.bytes() == 0 ? "" : " within a frame");
    return in_.release();
  }
  in_.filled(static_cast<std::size_t>(result.n));
  deliver_frames();
}

void Session::read_records() {
  if (!records_->opened.empty()) return;  // likewise
  const IoResult result = read_some(records_->in.room());
  if (!received(result)) {
    const bool between = in_.bytes() == 0 && records_->in.bytes() == 0;
    connection_lost(result, between ? "" : " within a frame");
    records_->in.release();
    return in_.release();
  }
  records_->in.filled(static_cast<std::size_t>(result.n));
  take_records();
}

// Opens records, and delivers what is in them, as long as the owner keeps up.
void Session::take_records() {
  std::string error;
  while (state_ == State::up && !held_ && !in_.has_frame()) {
    if (records_->opened.empty()) {
      Record record;
      const std::uint64_t opened = records_->in.opened();
      const RecordReader::Next next = records_->in.next(record, error);
      if (records_->in.opened() != opened) heard();
      switch (next) {
        case RecordReader::Next::none:
          return records_->in.release();
        case RecordReader::Next::error:
          return end(CloseInfo::By::us, CloseCode::protocol, error, false);
        case RecordReader::Next::record:
          break;
      }
      if (record.type == kRecordClose) return handle_close_record(record);
      records_->opened = record.data;
    }
    const std::span<std::uint8_t> room = in_.room();
    const std::size_t n = std::min(room.size(), records_->opened.size());
    copy_bytes(room.data(), records_->opened.data(), n);
    records_->opened = records_->opened.subspan(n);
    in_.filled(n);
    deliver_frames();
  }
}

void Session::handle_close_record(const Record& record) {
  Packet packet;
  std::string error;
  if (parse_packet(kFrameClose, record.data.data(), record.data.size(), packet, error) ==
      Parsed::packet) {
    return handle_control(packet, error);
  }
  end(CloseInfo::By::us, CloseCode::protocol, error, false);
}

void Session::deliver() {
  deliver_frames();
  if (records_ != nullptr) take_records();
}

void Session::deliver_frames() {
  FrameHeader header;
  const std::uint8_t* body;
  Packet packet;
  std::string error;
  unsigned budget = reactor_.jobs().queued_bytes() > kBacklog ? kFramesBehind : kFramesPerTurn;
  for (; state_ == State::up && !held_; --budget) {
    const InBuffer::Next next = in_.peek(header, body);
    if (next == InBuffer::Next::none) return in_.release();
    if (budget == 0) return reactor_.resume_later(*this);
    if (next == InBuffer::Next::oversized) {
      close_with(CloseCode::protocol, fill_in("a frame of % bytes, at most % are allowed",
                                              {header.body_len, kMaxFrameBody}));
      break;
    }
    in_.pop(header);
    handle_frame(header, body, packet, error);
  }
}

void Session::handle_frame(const FrameHeader& header, const std::uint8_t* body, Packet& packet,
                           std::string& error) {
  const Parsed parsed = parse_packet(header.type, body, header.body_len, packet, error);
  if (parsed != Parsed::packet) [[unlikely]] {
    if (parsed == Parsed::error) close_with(CloseCode::protocol, error);
    return;
  }
  if (header.type >= kFrameFrag && header.type != kFrameBye) {
    return handle_control(packet, error);
  }
  if (large_ != nullptr && !large_->idle() && large_->conflicts(packet)) [[unlikely]] {
    return close_with(CloseCode::protocol, fill_in("% within a large message to the same port",
                                                   {frame_word(packet.type)}));
  }
  ++messages_in_;
  owner_->on_packet(*this, packet);
}

void Session::handle_control(const Packet& packet, std::string& error) {
  switch (packet.type) {
    case kFrameFrag:
      return handle_fragment(packet, error);
    case kFramePing:
      return answer_ping(packet.nonce);
    case kFramePong:
      return handle_pong(packet.nonce);
    case kFrameClose: {
      const std::string_view text = packet.text.empty() ? word(packet.code) : packet.text;
      return end(CloseInfo::By::peer, packet.code, text, true);
    }
    case kFrameReady:
      return close_with(CloseCode::protocol, "READY on a link that is up");
    case kFrameIdleAsk:
      // Who does not read the answers could make them pile up without end.
      if (idle_answer_end_ > control_at_) {
        return close_with(CloseCode::protocol, "IDLE_ASK before the last one was answered");
      }
      return owner_->on_packet(*this, packet);
    default:
      return owner_->on_packet(*this, packet);
  }
}

void Session::handle_fragment(const Packet& frag, std::string& error) {
  if (large_ == nullptr) large_ = std::make_unique<Reassembly>(config_->max_message);
  Packet whole;
  switch (large_->add(frag, whole, error)) {
    case Reassembly::Result::more:
      return;
    case Reassembly::Result::error:
      return close_with(CloseCode::protocol, error);
    case Reassembly::Result::complete:
      break;
  }
  ++messages_in_;
  owner_->on_packet(*this, whole);
  large_->release();
}

void Session::handle_pong(std::uint64_t nonce) {
  for (Ping& ping : pings_) {
    if (ping.sent == 0 || ping.nonce != nonce) continue;
    const bool own = ping.own;
    rtt_ = std::max<Nanos>(reactor_.now() - ping.sent, 1);
    ping.sent = 0;
    if (!own) owner_->on_pong(*this, nonce, rtt_);
    return;
  }
}

void Session::discard_input() {
  if (input_ended_) return;
  std::array<std::uint8_t, kDiscardBytes> buffer;
  for (unsigned i = 0; i < kDiscardsPerTurn; ++i) {
    const IoResult result = read_some(buffer);
    if (result.n == 0) return input_ended();
    if (result.again()) return;
    if (result.n > 0) {
      if (static_cast<std::size_t>(result.n) < buffer.size()) return;
      continue;
    }
    return end(CloseInfo::By::network, CloseCode::none, errno_text(result.err), false);
  }
}

// The other end has closed. That is the end, unless it may still be reading what is left to write.
void Session::input_ended() {
  input_ended_ = true;
  if (!shut_ && !write_dead_) return update_interest();
  if (finishing_) {
    note_end(CloseInfo::By::us, CloseCode::going, "finished", queue_ == nullptr || queue_->empty());
  }
  drop_connection();
}

}  // namespace aemp
