// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What a session writes: control frames first, at boundaries of frames, then the peer's queue.
#include <algorithm>

#include "session/session.h"

namespace aemp {

namespace {

constexpr std::size_t kSlices = 16;
constexpr unsigned kWritesPerTurn = 4;
// Where so much waits already, the other end does not read; answers to its PINGs can go.
constexpr std::size_t kMaxControl = 4096;

}  // namespace

IoResult Session::write_some(std::span<const Slice> from) {
  return stream_ != nullptr ? stream_->write(from) : reactor_.host().net().write(fd_, from);
}

void Session::flush() {
  Entry entry(*this);
  if (failed_) fail();
  write();
  entry.leave();
}

void Session::write() {
  if (write_dead_ || state_ == State::ended || state_ == State::connecting) return;
  for (unsigned round = 0; round < kWritesPerTurn; ++round) {
    Slice slices[kSlices];
    std::size_t head = 0;
    const std::size_t n = records_ != nullptr ? sealed(slices[0]) : compose(slices, head);
    if (n == 0) return all_written();
    std::size_t size = 0;
    for (std::size_t i = 0; i < n; ++i) size += slices[i].size;
    const IoResult result = write_some({slices, n});
    if (result.n < 0 && !result.again()) {
      // What the other end sent before it went may still be there to be read.
      write_dead_ = true;
      return all_written();
    }
    const std::size_t done = result.n < 0 ? 0 : static_cast<std::size_t>(result.n);
    if (done > 0) {
      bytes_out_ += done;
      last_tx_ = reactor_.now();
      if (records_ != nullptr) {
        records_->out.consume(done);
      } else {
        consume(done, head);
      }
    }
    if (done < size) {
      write_blocked_ = true;
      return update_interest();
    }
  }
  reactor_.resume_later(*this);
}

// What is sealed and not yet written; how many slices: 1 or 0.
std::size_t Session::sealed(Slice& out) {
  if (records_->out.empty()) seal();
  if (records_->out.empty()) return 0;
  out = records_->out.pending();
  return 1;
}

// Seals of what waits as much as a block takes: what is sealed can no longer be taken back, and
// nothing goes ahead of it.
void Session::seal() {
  RecordWriter& out = records_->out;
  const std::size_t waiting = control_pending() + (writes_queue() ? queue_->bytes() : 0);
  if (waiting == 0 && records_->close.empty()) return;
  out.begin(waiting + records_->close.size());
  bool fine = true;
  for (std::size_t room = out.room(); fine && room > 0; room = out.room()) {
    Slice slices[kSlices];
    std::size_t head = 0, size = 0;
    const std::size_t n = compose(slices, head);
    for (std::size_t i = 0; i < n; ++i) size += slices[i].size;
    if (size == 0) break;
    size = std::min(size, room);
    fine = out.put(kRecordData, {slices, n}, size, reactor_.now());
    if (fine) consume(size, head);
  }
  if (fine && !records_->close.empty() && control_pending() == 0 &&
      records_->close.size() <= out.room()) {
    const Slice close{records_->close.data(), records_->close.size()};
    fine = out.put(kRecordClose, {&close, 1}, close.size, reactor_.now());
    records_->close.clear();
  }
  out.settle();
  if (!fine) end(CloseInfo::By::us, CloseCode::none, "the link's key is used up", false);
}

// Fills `out`. `head`: how many bytes of the queue go before the control frames.
std::size_t Session::compose(std::span<Slice> out, std::size_t& head) noexcept {
  const std::size_t control = control_pending();
  if (control == 0) return writes_queue() ? queue_->gather(out) : 0;
  std::size_t n = 0;
  if (queue_ != nullptr && control_at_ == 0) head = queue_->to_boundary();
  if (head > 0) {
    if (held_) return 0;
    queue_->gather(out.first(1));
    out[n++].size = head;
  }
  out[n++] = {control_.data() + control_at_, control};
  if (!writes_queue()) return n;
  const std::size_t more = queue_->gather(out.subspan(n));
  if (more == 0) return n;
  out[n].data += head;
  out[n].size -= head;
  return n + more;
}

// n bytes of what compose() showed are on their way.
void Session::consume(std::size_t n, std::size_t head) {
  if (head > 0) {
    const std::size_t part = std::min(n, head);
    queue_->consume(part);
    n -= part;
  }
  if (const std::size_t control = control_pending(); control > 0) {
    const std::size_t part = std::min(n, control);
    control_at_ += part;
    n -= part;
    if (part == control) {
      control_.clear();
      control_at_ = idle_answer_end_ = 0;
      if (control_.capacity() > kMaxControl) control_.shrink_to_fit();
    }
  }
  if (n > 0) queue_->consume(n);
}

void Session::all_written() {
  if (state_ == State::closing && !shut_) {
    shut_ = true;
    // Over a stream the other end is told by CLOSE or BYE alone.
    if (!write_dead_ && stream_ == nullptr) reactor_.host().net().shutdown_write(fd_);
    if (input_ended_) return input_ended();
  }
  update_interest();
}

void Session::update_interest() {
  if (token_ || stream_ != nullptr) watch(interest_wanted());
}

void Session::put_control(std::uint8_t type, std::span<const std::uint8_t> body) {
  const std::size_t at = control_.size();
  control_.resize(at + kFrameHeaderBytes + body.size());
  store_frame_header(control_.data() + at, type, body.size());
  copy_bytes(control_.data() + at + kFrameHeaderBytes, body.data(), body.size());
  wake();
}

void Session::put_close(CloseCode code, std::string_view sentence) {
  if (records_ != nullptr) {
    put_close_body(records_->close, code, sentence);
  } else {
    put_close_frame(control_, code, sentence);
  }
}

void Session::control(std::uint8_t type, std::span<const std::uint8_t> body) {
  if (state_ != State::up) return;
  put_control(type, body);
  if (type == kFrameIdleOk || type == kFrameIdleNo) idle_answer_end_ = control_.size();
}

void Session::ping(std::uint64_t nonce) {
  if (state_ == State::up) send_ping(nonce, false);
}

void Session::send_ping(std::uint64_t nonce, bool own) {
  Ping* slot = &pings_[0];
  for (Ping& ping : pings_) {
    if (ping.sent < slot->sent) slot = &ping;
  }
  last_ping_ = reactor_.now();
  *slot = {nonce, std::max<Nanos>(last_ping_, 1), own};
  std::uint8_t body[8];
  store_be64(body, nonce);
  put_control(kFramePing, body);
}

void Session::answer_ping(std::uint64_t nonce) {
  if (control_pending() > kMaxControl) return;
  std::uint8_t body[8];
  store_be64(body, nonce);
  put_control(kFramePong, body);
}

}  // namespace aemp
