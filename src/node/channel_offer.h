// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// ChannelOffer: a request of another node that this one has agreed to: the connection is being
// made.
#ifndef AEMP_NODE_CHANNEL_OFFER_H
#define AEMP_NODE_CHANNEL_OFFER_H

#include <aemp/handle.h>
#include <aemp/value.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/endpoint.h"
#include "node/channel_dial.h"
#include "node/channel_stream.h"

namespace aemp {

class Channels;

class ChannelOffer final : public Reaped,
                           private TimerNode,
                           private ChannelDialOwner,
                           private ChannelStarter {
 public:
  ChannelOffer(Channels& channels, ChannelGoal goal, std::string_view function, Message args,
               std::vector<Endpoint> endpoints);
  ~ChannelOffer() override;

  // Once it is in the list of `channels`: waits for so long at most, and not without the link.
  void start(Nanos timeout);
  // leave(), or it could not start.
  void drop() noexcept;

  const std::string& node() const { return goal_.node; }
  std::size_t args_bytes() const { return args_.size_bytes(); }
  bool is_of(std::string_view node, std::string_view token) const noexcept {
    return goal_.node == node && goal_.token == token;
  }
  // That node may dial now.
  bool expects(std::uint64_t incarnation) const noexcept {
    return goal_.incarnation == incarnation && dial_ == nullptr && end_ == nullptr;
  }
  void adopt(Session& session) noexcept;
  // Dials.
  void dial() noexcept;
  void give_up() noexcept;

 private:
  void on_timer() override { give_up(); }
  void on_dialled(Session& session) noexcept override;
  void on_not_dialled(std::string_view why) noexcept override;
  void started(StreamEnd& end) override;
  void not_started() noexcept override;
  StreamEnd* take(Session& session) noexcept;

  Channels& channels_;
  NodeCore& core_;
  const ChannelGoal goal_;
  const std::string function_;
  const OwnedMessage args_;
  std::vector<Endpoint> endpoints_;
  Monitor monitor_;
  std::unique_ptr<ChannelDial> dial_;
  StreamEnd* end_ = nullptr;  // up here, and maybe there
};

}  // namespace aemp

#endif  // AEMP_NODE_CHANNEL_OFFER_H
