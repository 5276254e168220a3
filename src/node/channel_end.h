// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// ChannelEnd: one end of a channel: the program's callbacks, what waits to be written, and how far
// the two directions have come. How bytes get to the other end is the business of those who derive
// from it:
//
//   StreamEnd (channel_stream.h)  over a connection to another node
//   PairEnd (channel_pair.h)      within this node
#ifndef AEMP_NODE_CHANNEL_END_H
#define AEMP_NODE_CHANNEL_END_H

#include <aemp/channel.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "loop/reactor.h"
#include "node/channel_queue.h"

namespace aemp {

class ChannelTable;
class NodeCore;
class StreamEnd;

// Calls thunk(arg) in the context of that port of this node, or in none. False when it threw, which
// is logged or kills the port, or when port or node are gone.
bool run_callback(NodeCore& core, const Port& context, void (*thunk)(void*), void* arg);

// Belongs to its ChannelTable until it is over, and then lives to the end of the turn.
class ChannelEnd : public Reaped, protected Resumable {
 public:
  ChannelEnd(ChannelTable& table, std::string node);
  ChannelEnd(const ChannelEnd&) = delete;
  ChannelEnd& operator=(const ChannelEnd&) = delete;

  const std::string& node() const { return node_; }
  bool over() const { return over_; }
  virtual StreamEnd* stream() noexcept { return nullptr; }

  // What Channel says; none of them calls the program back.
  bool write(Channel::Bytes bytes);
  virtual std::size_t buffered() const { return queue_.bytes(); }
  void end();
  void close();
  void pause(bool on);
  void on_data(detail::Function<void(Channel::Bytes)> f);
  void on_end(detail::Function<void()> f);
  void on_drain(detail::Function<void()> f);
  void on_close(detail::Function<void(Message)> f);
  virtual bool give_fd(detail::Function<void(int, Channel::Bytes)>&) { return false; }
  // At once and for good; `why` is for the other end. The program is not called.
  void cancel(std::string_view why) noexcept;

  // The program is told from the loop. Both live for ever.
  void lose_later(const char* word, const char* sentence) noexcept;
  // From the loop only: over, and the program is told.
  void finish(Message reason) noexcept;
  void lose(std::string_view word, std::string_view sentence) noexcept;

 protected:
  template <class Signature>
  struct Bound {
    explicit operator bool() const { return f || lent; }
    Port context;  // empty: none
    detail::Function<Signature> f;
    bool lent = false;  // it runs
  };

  // What there is to do has changed: there is more to write, or to read.
  virtual void kick() noexcept = 0;
  // Ends the way to the other end at once. If there is a reason the other end is told.
  virtual void sever(std::string_view why) noexcept = 0;
  void resume() override;
  // From the loop: after what all ends do there.
  virtual void go_on() = 0;

  // Throws std::bad_alloc for a step that was not taken: then it is over.
  template <class F>
  void guarded(F&& f) noexcept;

  // Data may come in: somebody takes it, or it is dropped.
  bool takes_data() const { return !over_ && (closed_ || (data_ && !paused_)); }
  void deliver(Channel::Bytes bytes);
  void other_ended();
  // Of queue_ something has gone.
  void written() noexcept;
  // False when it threw, its port is dead, or the channel is over meanwhile.
  template <class Signature, class... Args>
  bool invoke(Bound<Signature>& bound, Args... args);
  template <class Signature>
  void set(Bound<Signature>& bound, detail::Function<Signature> f);
  bool run(const Port& context, void (*thunk)(void*), void* arg) {
    return run_callback(core_, context, thunk, arg);
  }
  // Over when the other end does not end within so long.
  void end_within(Nanos span) noexcept;

  ChannelTable& table_;
  NodeCore& core_;
  const std::string node_;
  ChannelQueue queue_;
  Bound<void(Channel::Bytes)> data_;
  bool ended_ = false;        // by this end: nothing more is written
  bool closed_ = false;       // by this end: nothing more is wanted
  bool other_ended_ = false;  // all that the other end wrote was read
  bool paused_ = false;
  bool over_ = false;

 private:
  friend class ChannelTable;
  struct Patience final : TimerNode {
    explicit Patience(ChannelEnd& end) : end(end) {}
    void on_timer() override { end.finish(Message()); }
    ChannelEnd& end;
  };

  Bound<void()> end_;
  Bound<void()> drain_;
  Bound<void(Message)> close_;
  Patience patience_{*this};
  bool congested_ = false;
  bool drained_ = false;        // and not told yet
  const char* word_ = nullptr;  // of lose_later()
  const char* sentence_ = nullptr;
  std::uint32_t slot_ = 0;
};

}  // namespace aemp

#endif  // AEMP_NODE_CHANNEL_END_H
