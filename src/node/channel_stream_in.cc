// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What an end of a channel reads, and whether it hears of the other end at all.
#include <algorithm>
#include <string>
#include <utility>

#include "base/fill_in.h"
#include "base/report.h"
#include "node/channel_invoke.h"
#include "node/channel_stream.h"
#include "node/core.h"
#include "wire/packet.h"

namespace aemp {

void StreamEnd::on_ready(std::uint8_t events) {
  guarded([&] {
    if (blocked_ && (events & (kWritable | kHangup | kError)) != 0) {
      blocked_ = false;
      core_.reactor.flush_later(*this);
    }
    if (reads()) {
      if ((events & (kReadable | kHangup | kError)) != 0) read();
    } else if ((events & (kHangup | kError)) != 0) {
      // Nobody has ever read, so nobody misses what is left. Else it is reported until it is read.
      if (!data_ && !fd_taker_) return lost("the other end closed the connection");
      core_.reactor.unwatch(std::exchange(token_, Reactor::Token()));
      hung_ = true;
    }
    if (!over_) update_interest();
  });
}

bool StreamEnd::reads() const {
  if (over_ || input_over_ || !opened_.empty()) return false;
  if (fd_taker_ && records_->bare_in()) return false;  // who gets it reads the rest
  return starter_ != nullptr || other_ended_ || fd_taker_ || takes_data();
}

void StreamEnd::update_interest() {
  const bool reads_now = reads();
  // While nobody read, nobody listened.
  if (reads_now && !std::exchange(reading_, reads_now)) heard();
  reading_ = reads_now;
  if (hung_ && !reads_now) return;
  hung_ = false;
  const auto wanted =
      static_cast<std::uint8_t>((reads_now ? kReadable : 0) | (blocked_ ? kWritable : 0));
  if (token_) {
    if (interest_ != wanted) core_.reactor.interest(token_, wanted);
  } else {
    Result<Reactor::Token> token = core_.reactor.watch(fd_, wanted, this);
    if (!token.ok()) return lost(token.status().text());
    token_ = *token;
  }
  interest_ = wanted;
}

void StreamEnd::read() {
  Net& net = core_.reactor.host().net();
  const IoResult result = net.read(fd_, records_->read_room());
  if (result.n > 0) {
    records_->filled(static_cast<std::size_t>(result.n));
    if (records_->is_plain()) heard();
    return take_records();
  }
  records_->release();
  if (result.again()) return;
  if (result.n < 0) return lost(errno_text(result.err));
  input_ended();
}

void StreamEnd::input_ended() {
  input_over_ = true;
  if (records_->bare_in() && !other_ended_) other_ended();
  if (over_) return;
  if (!other_ended_) return lost("the other end closed the connection");
  if (close_sent_ && buffered() == 0) return finish(Message());
  // It waits for what this end still writes, unless it was the first to say CLOSE.
  if (!records_->bare_in()) lose("closed", "the other end takes nothing any more");
}

void StreamEnd::take_records() {
  std::string error;
  for (;;) {
    if (over_) return;
    if (!opened_.empty()) {
      if (!fd_taker_ && !takes_data()) return;
      take_data(std::exchange(opened_, {}));
      continue;
    }
    const bool wanted = starter_ != nullptr || other_ended_ || fd_taker_ || takes_data();
    if (!wanted) return;
    Record record;
    const std::uint64_t before = records_->read();
    const RecordReader::Next next = records_->next(record, error);
    if (next == RecordReader::Next::error) return protocol_error(error);
    if (records_->read() != before) {
      heard();
      if (ChannelStarter* starter = std::exchange(starter_, nullptr)) starter->started(*this);
      if (over_) return;
    }
    if (next == RecordReader::Next::none) return records_->release();
    take_record(record);
  }
}

void StreamEnd::take_record(const Record& record) {
  if (record.type == kRecordClose) return take_close(record);
  if (other_ended_) return protocol_error("data behind the end");
  if (record.type == kRecordBare) {
    bare_asked_ = true;
    core_.reactor.flush_later(*this);
  } else {
    opened_ = std::as_bytes(record.data);
  }
}

void StreamEnd::take_close(const Record& record) {
  Packet packet;
  std::string error;
  if (parse_packet(kFrameClose, record.data.data(), record.data.size(), packet, error) !=
      Parsed::packet) {
    return protocol_error(error);
  }
  if (packet.code == CloseCode::going && packet.text.empty() && !other_ended_) {
    other_ended();
    if (!over_) core_.reactor.flush_later(*this);
    return;
  }
  const std::string_view text = packet.text.empty() ? word(packet.code) : packet.text;
  lose("closed", one_line(text, kMaxCloseText));
}

void StreamEnd::take_data(Channel::Bytes bytes) {
  if (!fd_taker_) return deliver(bytes);
  if (early_.bytes() + bytes.size() > core_.settings.queue_limit) {
    return lose("overrun", "too much came before the descriptor could be given away");
  }
  early_.append({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

void StreamEnd::protocol_error(std::string_view sentence) noexcept {
  last_word(CloseCode::protocol, sentence);
  lost(sentence);
}

void StreamEnd::heard() noexcept {
  last_rx_ = core_.reactor.now();
  late_at_rx_ = core_.reactor.late_total();
}

void StreamEnd::on_watchdog() noexcept {
  guarded([this] { watch_peer(); });
}

// As a link's session does. Time in which this process was late counts once only.
void StreamEnd::watch_peer() {
  const Nanos now = core_.reactor.now();
  if (now - last_tx_ >= ping_after_ && !blocked_ && !shut_ && !records_->bare_out()) {
    sign_ = true;
    last_tx_ = now;
    core_.reactor.flush_later(*this);
  }
  const Nanos timeout = core_.settings.heartbeat_timeout;
  if (reads() && !records_->bare_in() && now - last_rx_ >= timeout) {
    read();
    if (over_) return;
    const Nanos silent = now - last_rx_;
    const Nanos late = std::min(core_.reactor.late_total() - late_at_rx_, timeout);
    if (reads() && silent - late >= timeout) {
      last_word(CloseCode::timeout, "nothing was heard from this end");
      return lost(fill_in("silent for % ms", {silent / kMillisecond}));
    }
  }
  arm_watchdog();
}

void StreamEnd::arm_watchdog() noexcept {
  const Nanos now = core_.reactor.now();
  const Nanos timeout = core_.settings.heartbeat_timeout;
  Nanos judge = last_rx_ + timeout;
  if (judge <= now) judge = now + timeout / 4;
  Nanos sign = last_tx_ + ping_after_;
  if (sign <= now) sign = now + ping_after_;
  core_.reactor.arm(watchdog_, std::min(judge, sign));
}

}  // namespace aemp
