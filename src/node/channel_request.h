// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// ChannelRequest: a Node::connect_to() that has not ended yet.
#ifndef AEMP_NODE_CHANNEL_REQUEST_H
#define AEMP_NODE_CHANNEL_REQUEST_H

#include <aemp/channel.h>
#include <aemp/handle.h>
#include <aemp/port.h>
#include <aemp/value.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "node/channel_dial.h"
#include "node/channel_stream.h"

namespace aemp {

class Channels;
class Reply;

class ChannelRequest final : public Reaped, private TimerNode, private ChannelDialOwner {
 public:
  ChannelRequest(Channels& channels, const Port& node, Nanos timeout, std::string_view function,
                 detail::ChannelResult done);
  ~ChannelRequest() override;

  // Once it is in the list of `channels`. The first: of this node.
  void start_here(const OwnedMessage& args);
  void start(const OwnedMessage& args);
  // leave(), or it could not start.
  void drop() noexcept;

  bool is_of(std::string_view node, std::string_view token) const noexcept {
    return goal_.node == node && goal_.token == token;
  }
  // That node may dial now.
  bool expects(std::uint64_t incarnation) const noexcept {
    return waits_for_dial_ && goal_.incarnation == incarnation && end_ == nullptr;
  }
  void adopt(Session& session) noexcept;
  void failed_there(std::string_view why) noexcept;

 private:
  void on_timer() override;
  void on_dialled(Session& session) noexcept override { adopt(session); }
  void on_not_dialled(std::string_view why) noexcept override;
  void on_reply(const Reply& reply);
  void on_answer(Message answer);
  void run_here();
  void connected();
  void fail(Message reason) noexcept;
  // (word, sentence), (word, node ID, sentence).
  void fail(std::string_view word, std::string_view sentence) noexcept;
  void lost(std::string_view sentence) noexcept;
  bool tell(Result<Channel> result);

  Channels& channels_;
  NodeCore& core_;
  const Port node_;
  const Nanos timeout_;
  const std::string function_;
  const Port context_;
  detail::ChannelResult done_;
  ChannelGoal goal_;
  Port reply_;  // of the call, while that waits
  Monitor monitor_;
  std::unique_ptr<ChannelDial> dial_;
  std::unique_ptr<StreamEnd> end_;  // up, to be told of
  OwnedMessage args_;               // of this node
  bool here_ = false;
  bool waits_for_dial_ = false;
  bool dialled_there_ = false;  // the other end was asked to dial
};

}  // namespace aemp

#endif  // AEMP_NODE_CHANNEL_REQUEST_H
