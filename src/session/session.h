// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Session: one connection to another node: transport policy, handshake, frames, liveness. What the
// frames mean is its owner's business.
//
//   connecting -> handshake -> deciding -> [handshake] -> up -> closing -> ended
//
// closing: a last CLOSE frame, or what finish() left in the queue, goes out; input is discarded.
#ifndef AEMP_SESSION_SESSION_H
#define AEMP_SESSION_SESSION_H

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/nanos.h"
#include "loop/reactor.h"
#include "loop/stream.h"
#include "session/blocks.h"
#include "session/handshake.h"
#include "session/in_buffer.h"
#include "session/out_buffer.h"
#include "session/records.h"
#include "session/session_config.h"
#include "session/session_owner.h"
#include "wire/hello.h"
#include "wire/packet.h"
#include "wire/reassembly.h"

namespace aemp {

// Lives on the heap and deletes itself in the loop's reap phase after it ended. Owner, pool, queue
// and configuration must live until on_closed() or abandon(). Thread rule: the loop's thread.
class Session final : public IoHandler,
                      public Flushable,
                      public Resumable,
                      public Reaped,
                      private HandshakeGate {
 public:
  // I: connects, to a relay over `stream`. What goes wrong arrives as on_closed(), but for want of
  // memory for the object. `expected_node` is empty if it is not known who answers there.
  static Session* dial(Reactor& reactor, BlockPool& pool, const SessionConfig& config,
                       const Address& to, std::string expected_node, SessionOwner& owner,
                       std::unique_ptr<Stream> stream = nullptr);
  // R: takes over `fd`, which was accepted, or a stream; then there is no `fd`.
  static Session* adopt(Reactor& reactor, BlockPool& pool, const SessionConfig& config, int fd,
                        const Address& peer, SessionOwner& owner,
                        std::unique_ptr<Stream> stream = nullptr);

  // --- handshake, see SessionOwner::on_hello; ignored when the connection has ended meanwhile ---
  // The first two throw std::bad_alloc: then it ends, and the owner hears of it from the loop.
  void proceed(std::uint64_t last_link);
  void accept(std::uint64_t link_id);  // up when it returns
  void refuse(CloseCode code, std::string_view text);
  // R: reads what has come of message 1, for who has said one that needs a secret is no stranger.
  // The owner hears no more of it than on_knock().
  void hear() noexcept;

  // --- when up ---

  // From now on `queue` is written from here; nullptr: no more. The frame that is partly written
  // stays first in it. Call wake() after adding to it.
  void attach(OutBuffer* queue);
  // What is queued is written at the end of this turn.
  void wake() {
    if (!write_blocked_) reactor_.flush_later(*this);
  }
  // While held nothing is read or delivered, and nothing of the queue is written.
  void hold(bool on);
  // A small frame without payload rules (IDLE_*), ahead of what is queued, at the next boundary of
  // frames. A peer that asks IDLE_ASK again before the answer was written is a protocol error.
  void control(std::uint8_t type, std::span<const std::uint8_t> body = {});
  // Sends PING the same way; on_pong() tells when the answer came.
  void ping(std::uint64_t nonce);
  // Writes what is queued, shuts down writing and discards input until the other end closes too,
  // then on_closed(). The caller bounds the time with abandon().
  void finish();
  // Ends at once; unread and undelivered bytes are lost, the owner is not called again. In any
  // state. The session may be gone when it returns outside of its own callbacks.
  void abandon();
  // Ends it with a CLOSE frame, then on_closed(). The second: a frame's content is unacceptable.
  void close_with(CloseCode code, std::string_view sentence);
  void protocol_error(std::string_view sentence) { close_with(CloseCode::protocol, sentence); }
  // Right after accept() or in on_ready(): ends without a word, and leaves the connection to the
  // caller. Nothing behind the handshake was read yet. The owner hears no more.
  Released release() noexcept;
  // Before the owner ends it at once: a CLOSE frame that says why, if the socket takes it now.
  void last_word(CloseCode code, std::string_view sentence) noexcept;

  // --- observation ---
  enum class State : std::uint8_t { connecting, handshake, deciding, up, closing, ended };
  State state() const noexcept { return state_; }
  bool is_up() const noexcept { return state_ == State::up; }
  bool is_initiator() const noexcept { return initiator_; }
  const Hello& peer() const noexcept { return peer_; }  // from on_hello() on
  // The other end's static key, if it has proved to own one.
  const std::optional<crypto::PublicKey>& peer_key() const noexcept { return peer_key_; }
  bool is_encrypted() const noexcept { return records_ != nullptr; }
  std::uint64_t link_id() const noexcept { return link_id_; }
  const Address& address() const noexcept { return address_; }
  Nanos age() const noexcept;  // since it was up; before that, since it began
  // Since the last byte was read, and how much of that the own loop was late.
  Nanos silent() const noexcept { return std::max<Nanos>(reactor_.now() - last_rx_, 0); }
  Nanos late() const noexcept { return reactor_.late_total() - late_at_rx_; }
  Nanos rtt() const noexcept { return rtt_; }  // last measured, 0 = not yet
  std::uint64_t bytes_in() const noexcept { return bytes_in_; }
  std::uint64_t bytes_out() const noexcept { return bytes_out_; }
  std::uint64_t messages_in() const noexcept { return messages_in_; }  // frames given to the owner
  std::uint64_t messages_out() const noexcept;                         // frames of the queue

 private:
  class Watchdog final : public TimerNode {
   public:
    explicit Watchdog(Session& session) noexcept : session_(session) {}
    void on_timer() override { session_.on_watchdog(); }

   private:
    Session& session_;
  };
  // Marks a call that comes from the loop, or a step that must not be taken by half. If it is left
  // by an exception, memory was refused, nobody knows where the session stands, and the next call
  // from the loop ends it: "out of memory".
  class Entry {
   public:
    explicit Entry(Session& session) noexcept : session_(session) { ++session_.depth_; }
    ~Entry() {
      if (left_) return;
      --session_.depth_;
      session_.failed_ = true;
      session_.reactor_.resume_later(session_);
    }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    // The last thing to do with the session in this call.
    void leave() {
      left_ = true;
      if (--session_.depth_ == 0) session_.settle();
    }

   private:
    Session& session_;
    bool left_ = false;
  };
  struct Ping {
    std::uint64_t nonce = 0;
    Nanos sent = 0;  // 0 = none
    bool own = false;
  };
  static constexpr std::size_t kPings = 4;

  Session(Reactor& reactor, BlockPool& pool, const SessionConfig& config, const Address& address,
          SessionOwner& owner, bool initiator, std::unique_ptr<Stream> stream);
  ~Session() override;

  // session.cc: life
  void start_dial();
  void connected();
  std::string refused_by_policy();
  bool is_loopback();
  void make_handshake();
  void watch(std::uint8_t interest);
  void update_interest();
  void unwatch();
  std::uint8_t interest_wanted() const noexcept;
  void arm(Nanos deadline);
  void send_handshake();
  void go_up();
  void detach();
  void linger();
  void end(CloseInfo::By by, CloseCode code, std::string_view text, bool clean);
  void fail();
  void note_end(CloseInfo::By by, CloseCode code, std::string_view text, bool clean);
  void drop_connection();
  void settle();

  // session_read.cc
  IoResult read_some(std::span<std::uint8_t> into);
  void on_ready(std::uint8_t events) override;
  void resume() override;
  void read();
  void on_connect_ready(std::uint8_t events);
  bool may_answer(bool proven) override {
    return owner_ == nullptr || owner_->on_knock(*this, proven);
  }
  void read_handshake();
  bool read_piece();
  void handshake_step();
  void handshake_failed();
  void answer_stranger();
  void read_stray();
  void read_frames();
  void read_records();
  void take_records();
  void handle_close_record(const Record& record);
  void deliver();
  void deliver_frames();
  void handle_frame(const FrameHeader& header, const std::uint8_t* body, Packet& packet,
                    std::string& error);
  void handle_control(const Packet& packet, std::string& error);
  void handle_fragment(const Packet& frag, std::string& error);
  void handle_pong(std::uint64_t nonce);
  void discard_input();
  void input_ended();
  bool received(const IoResult& result);
  void heard() noexcept;
  void connection_lost(const IoResult& result, std::string_view when);

  // session_write.cc
  IoResult write_some(std::span<const Slice> from);
  void flush() override;
  void write();
  std::size_t compose(std::span<Slice> out, std::size_t& head) noexcept;
  std::size_t sealed(Slice& out);
  void seal();
  void consume(std::size_t n, std::size_t head);
  void put_close(CloseCode code, std::string_view sentence);
  void all_written();
  bool writes_queue() const noexcept { return queue_ != nullptr && !held_ && !queue_->empty(); }
  std::size_t control_pending() const noexcept { return control_.size() - control_at_; }
  void put_control(std::uint8_t type, std::span<const std::uint8_t> body);
  void send_ping(std::uint64_t nonce, bool own);
  void answer_ping(std::uint64_t nonce);

  // session_watch.cc: time-outs
  void on_watchdog();
  void watch_peer();
  void judge_peer();
  void arm_for_peer();

  Reactor& reactor_;
  BlockPool& pool_;
  const SessionConfig* config_;
  SessionOwner* owner_;  // null: has heard the last of this session
  State state_ = State::connecting;
  bool initiator_, held_ = false;
  bool write_blocked_ = false;  // waiting for room in the socket
  bool write_dead_ = false;     // the socket takes no more
  bool finishing_ = false;      // closing as finish() asked; else with a last CLOSE frame
  bool input_ended_ = false;    // closing: the other end closed
  bool shut_ = false;           // closing: writing was shut down
  bool retired_ = false, was_up_ = false, failed_ = false;  // the last: see Entry
  std::uint8_t interest_ = 0, depth_ = 0;  // the last: calls from the loop that are under way
  int fd_ = -1;                            // or stream_
  Reactor::Token token_;
  std::unique_ptr<Stream> stream_;
  Watchdog watchdog_{*this};

  std::unique_ptr<Handshake> handshake_;
  std::unique_ptr<Reassembly> large_;
  std::optional<CloseInfo> close_info_;  // set: the owner is to hear of the end
  InBuffer in_;
  std::unique_ptr<Records> records_;  // of an encrypted link
  OutBuffer* queue_ = nullptr;
  std::vector<std::uint8_t> control_;  // whole frames that go ahead of the queue
  std::size_t control_at_ = 0;         // written of it
  std::size_t idle_answer_end_ = 0;    // where the last IDLE_OK or IDLE_NO in it ends

  Address address_;
  std::string expected_node_;
  Hello peer_;
  std::optional<crypto::PublicKey> peer_key_;
  std::uint64_t link_id_ = 0;

  Nanos began_ = 0;             // dialled or accepted; connected; up
  Nanos last_rx_ = 0;           // a sign of life, see heard()
  std::uint64_t unopened_ = 0;  // bytes since then
  Nanos last_tx_ = 0, last_ping_ = 0;
  Nanos late_at_rx_ = 0;     // the reactor's late_total() at last_rx_
  Nanos suspect_since_ = 0;  // silent for too long, but the loop was late; 0 = no
  std::uint64_t suspect_turn_ = 0;
  Nanos ping_after_ = 0;  // of own silence
  Nanos rtt_ = 0;
  Ping pings_[kPings];
  std::uint64_t next_nonce_ = 1;
  std::uint64_t bytes_in_ = 0, bytes_out_ = 0, messages_in_ = 0;
  std::uint64_t messages_base_ = 0;  // written of queue_ before attach()
  std::uint64_t messages_out_ = 0;   // written of queues that were detached
};

}  // namespace aemp

#endif  // AEMP_SESSION_SESSION_H
