// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What an end of a channel writes.
#include <algorithm>
#include <new>
#include <vector>

#include "node/channel_invoke.h"
#include "node/channel_stream.h"
#include "node/core.h"
#include "wire/packet.h"

namespace aemp {

namespace {

constexpr std::size_t kSlices = 16;
// Then others have their turn: a transfer is not to delay messages.
constexpr unsigned kWritesPerTurn = 4;
// The time a connection has to be closed by the other end, when both have ended it.
constexpr Nanos kLinger = kSecond;

}  // namespace

void StreamEnd::flush() {
  guarded([this] { write(); });
}

void StreamEnd::write() {
  if (blocked_ || dead_ || shut_) return update_interest();
  for (unsigned round = 0; round < kWritesPerTurn; ++round) {
    Slice slice;
    if (!next_slice(slice)) return over_ ? void() : all_written();
    const IoResult result = core_.reactor.host().net().write(fd_, {&slice, 1});
    if (result.n < 0 && !result.again()) {
      // What the other end sent before it went may still be there to be read.
      dead_ = true;
      queue_.clear();
      written();
      if (!data_ && !fd_taker_) return lost(errno_text(result.err));
      return update_interest();
    }
    const std::size_t done = result.n < 0 ? 0 : static_cast<std::size_t>(result.n);
    if (done > 0) sent(done);
    if (done < slice.size) {
      blocked_ = true;
      return update_interest();
    }
  }
  core_.reactor.resume_later(*this);
}

// False: there is nothing to write.
bool StreamEnd::next_slice(Slice& out) {
  if (records_->out_empty() && !records_->bare_out()) seal();
  if (over_) return false;
  from_queue_ = records_->out_empty();
  if (!from_queue_) {
    out = records_->pending();
    return true;
  }
  return records_->bare_out() && queue_.gather({&out, 1}) == 1;
}

void StreamEnd::sent(std::size_t n) {
  last_tx_ = core_.reactor.now();
  if (from_queue_) {
    queue_.consume(n);
  } else {
    records_->consume(n);
  }
  written();
}

// What waits, as much as a block takes.
void StreamEnd::seal() {
  const bool bare = bare_asked_ || (fd_taker_ && queue_.empty());
  const bool ends = ended_ && !fd_taker_ && !close_sent_ && !bare;
  if (queue_.empty() && !sign_ && !ends && !bare) return;
  const Nanos now = core_.reactor.now();
  records_->begin(queue_.bytes() + 64);
  bool fine = true;
  if (std::exchange(sign_, false)) fine = records_->put(kRecordPad, {}, 0, now);
  if (bare) {
    fine = fine && records_->put(kRecordBare, {}, 0, now);
    return;
  }
  for (std::size_t room = records_->room(); fine && room > 0 && !queue_.empty();
       room = records_->room()) {
    Slice slices[kSlices];
    const std::size_t n = queue_.gather(slices);
    std::size_t size = 0;
    for (std::size_t i = 0; i < n; ++i) size += slices[i].size;
    size = std::min(size, room);
    fine = records_->put(kRecordData, {slices, n}, size, now);
    if (fine) queue_.consume(size);
  }
  if (fine && ends && queue_.empty() && records_->room() > 0) {
    constexpr auto kGoing = static_cast<std::uint8_t>(CloseCode::going);
    const Slice end{&kGoing, 1};
    fine = records_->put(kRecordClose, {&end, 1}, 1, now);
    close_sent_ = true;
  }
  records_->settle();
  if (!fine) lost("the connection's key is used up");
}

void StreamEnd::all_written() {
  if (records_->bare_out() && ended_ && !fd_taker_) close_sent_ = true;
  const bool both = close_sent_ && other_ended_;
  if (close_sent_ && !shut_ && (both || records_->bare_out())) {
    shut_ = true;
    core_.reactor.host().net().shutdown_write(fd_);
    if (input_over_) return finish(Message());
  }
  if (both) {
    end_within(kLinger);
  } else if (closed_ && close_sent_) {
    end_within(core_.settings.heartbeat_timeout);
  }
  if (fd_taker_) core_.reactor.resume_later(*this);
  update_interest();
}

// If the socket takes it now, behind what is sealed.
void StreamEnd::last_word(CloseCode code, std::string_view why) noexcept {
  if (fd_ < 0 || records_->bare_out() || dead_ || close_sent_) return;
  const auto push = [this] {
    const Slice slice = records_->pending();
    const IoResult result = core_.reactor.host().net().write(fd_, {&slice, 1});
    if (result.n != static_cast<std::ptrdiff_t>(slice.size)) return false;
    records_->consume(slice.size);
    return true;
  };
  try {
    if (!records_->out_empty() && !push()) return;
    std::vector<std::uint8_t> body;
    put_close_body(body, code, why);
    records_->begin(body.size());
    const Slice slice{body.data(), body.size()};
    if (records_->put(kRecordClose, {&slice, 1}, body.size(), core_.reactor.now())) push();
  } catch (const std::bad_alloc&) {
    // Then it is cut without a word.
  }
}

}  // namespace aemp
