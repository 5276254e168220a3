// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// StreamEnd: an end of a channel over a connection whose handshake is over. Who dialled says a
// record at once, so that who was dialled knows that the connection is up for both.
//
//   up -> both have said CLOSE -> writing is shut down -> the other end closes -> over
#ifndef AEMP_NODE_CHANNEL_STREAM_H
#define AEMP_NODE_CHANNEL_STREAM_H

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "node/channel_end.h"
#include "node/channel_records.h"
#include "session/session.h"

namespace aemp {

class StreamEnd;

// Waits for the first record of the other end.
class ChannelStarter {
 public:
  // May set callbacks, or end it.
  virtual void started(StreamEnd& end) = 0;
  // It is over without.
  virtual void not_started() noexcept = 0;

 protected:
  ~ChannelStarter() = default;
};

class StreamEnd final : public ChannelEnd, private IoHandler, private Flushable {
 public:
  // Releases the session, which is up. Throws std::bad_alloc; before, or with it closed.
  StreamEnd(ChannelTable& table, Session& session);
  ~StreamEnd() override;

  // Once it is in its table; nothing happens before. `starter`: if there is one nothing is
  // delivered before started().
  void start(ChannelStarter* starter) noexcept;
  StreamEnd* stream() noexcept override { return this; }
  void forget_starter() noexcept { starter_ = nullptr; }
  std::size_t buffered() const override;
  bool give_fd(detail::Function<void(int, Channel::Bytes)>& f) override;

  const Address& address() const { return address_; }
  const std::optional<crypto::PublicKey>& key() const { return key_; }
  // The other end has asked for it.
  bool serves() const { return serves_; }
  void set_serves() noexcept { serves_ = true; }

 private:
  struct Watchdog final : TimerNode {
    explicit Watchdog(StreamEnd& end) : end(end) {}
    void on_timer() override { end.on_watchdog(); }
    StreamEnd& end;
  };

  void kick() noexcept override;
  void sever(std::string_view why) noexcept override;
  void go_on() override;
  void lost(std::string_view sentence) noexcept { lose("transport_error", sentence); }

  // channel_stream_in.cc
  void on_ready(std::uint8_t events) override;
  bool reads() const;
  void update_interest();
  void read();
  void take_records();
  void take_record(const Record& record);
  void take_close(const Record& record);
  void take_data(Channel::Bytes bytes);
  void protocol_error(std::string_view sentence) noexcept;
  void input_ended();
  void heard() noexcept;
  void on_watchdog() noexcept;
  void watch_peer();
  void arm_watchdog() noexcept;

  // channel_stream_out.cc
  void flush() override;
  void write();
  bool next_slice(Slice& out);
  void seal();
  void sent(std::size_t n);
  void all_written();
  void last_word(CloseCode code, std::string_view why) noexcept;
  void hand_over_fd();

  const Address address_;
  const std::optional<crypto::PublicKey> key_;
  const Nanos ping_after_;
  const bool initiator_;
  bool serves_ = false;
  int fd_ = -1;
  Reactor::Token token_;
  std::uint8_t interest_ = 0;
  ChannelStarter* starter_ = nullptr;
  std::unique_ptr<ChannelRecords> records_;
  Channel::Bytes opened_;  // of them: what was not delivered yet
  Watchdog watchdog_{*this};

  bool blocked_ = false;     // waiting for room in the socket
  bool dead_ = false;        // the socket takes no more
  bool hung_ = false;        // likewise, and it is not watched, for nobody reads
  bool sign_ = false;        // a sign of life is to be sent
  bool close_sent_ = false;  // what ends this direction is on its way
  bool shut_ = false;        // this direction is shut down
  bool input_over_ = false;
  bool bare_asked_ = false;  // the other end sends bare bytes, and is to get such
  bool from_queue_ = false;  // what next_slice() showed
  bool reading_ = false;     // when that was last looked at
  Nanos last_rx_ = 0, last_tx_ = 0, late_at_rx_ = 0;

  Bound<void(int, Channel::Bytes)> fd_taker_;
  ChannelQueue early_;  // for it
};

}  // namespace aemp

#endif  // AEMP_NODE_CHANNEL_STREAM_H
