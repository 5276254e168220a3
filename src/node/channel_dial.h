// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// ChannelDial: makes one data connection to a node, over the first of its addresses that leads
// there: each next one is tried connect_interval after the last, or when that has failed. Names of
// hosts are looked up, one after the other. Only one attempt gets so far that this node tells who
// it is and what for.
#ifndef AEMP_NODE_CHANNEL_DIAL_H
#define AEMP_NODE_CHANNEL_DIAL_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/endpoint.h"
#include "loop/reactor.h"
#include "loop/resolver.h"
#include "session/session.h"

namespace aemp {

class NodeCore;

class ChannelDialOwner {
 public:
  // The session is up and to be released before this returns.
  virtual void on_dialled(Session& session) noexcept = 0;
  virtual void on_not_dialled(std::string_view why) noexcept = 0;

 protected:
  ~ChannelDialOwner() = default;
};

// To whom, and what for.
struct ChannelGoal {
  std::string node;
  std::uint64_t incarnation = 0;
  std::string token;
};

class ChannelDial final : public Reaped, private TimerNode, private LookupOwner {
 public:
  // The owner is told once, from the loop. Throws std::bad_alloc.
  ChannelDial(NodeCore& core, ChannelDialOwner& owner, const ChannelGoal& goal,
              std::vector<Endpoint> endpoints);
  ~ChannelDial() override;
  // Nothing is told any more.
  void stop() noexcept;
  // Why the last attempt has failed.
  const std::string& last_failure() const { return last_failure_; }

 private:
  class Attempt;

  void on_timer() override;
  void on_looked_up(std::string_view why) noexcept override;
  void try_next();
  bool next_address(Address& at);
  void on_hello(Attempt& attempt, const Hello& hello);
  void on_ready(Session& session);
  void attempt_failed(Attempt& attempt, std::string_view why) noexcept;
  void note(std::string_view at, std::string_view why) noexcept;
  void go_on() noexcept;
  void fail() noexcept;

  NodeCore& core_;
  ChannelDialOwner* owner_;  // null: was told
  const ChannelGoal goal_;
  const SessionConfig config_;
  const std::vector<Endpoint> endpoints_;
  std::size_t next_ = 0;
  std::optional<Lookup> lookup_;
  bool looking_up_ = false;
  std::size_t next_found_ = 0;
  std::vector<std::unique_ptr<Attempt>> attempts_;
  Attempt* chosen_ = nullptr;  // the one that goes on
  std::string last_failure_;
};

}  // namespace aemp

#endif  // AEMP_NODE_CHANNEL_DIAL_H
