// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/channel_request.h"

#include <algorithm>
#include <new>
#include <utility>

#include "base/fill_in.h"
#include "base/report.h"
#include "node/channel_pair.h"
#include "node/channels.h"
#include "node/core.h"
#include "node/no_memory.h"

namespace aemp {

ChannelRequest::ChannelRequest(Channels& channels, const Port& node, Nanos timeout,
                               std::string_view function, detail::ChannelResult done)
    : channels_(channels),
      core_(channels.core()),
      node_(node),
      timeout_(std::max<Nanos>(timeout, 0)),
      function_(function),
      context_(core_.dispatcher.self()),
      done_(std::move(done)) {
  goal_.node = node.node();
  goal_.token = core_.random_text();
}

ChannelRequest::~ChannelRequest() { drop(); }

void ChannelRequest::start_here(const OwnedMessage& args) {
  here_ = true;
  args_ = args;
  core_.reactor.arm(*this, core_.reactor.now());
}

void ChannelRequest::start(const OwnedMessage& args) {
  reply_ = core_.calls.begin(node_, [this](const Reply& reply) { on_reply(reply); });
  monitor_ = core_.monitor(node_, detail::make_receiver([this](Message reason) {
                             waits_for_dial_ = false;  // there is nobody to be told
                             fail(reason);
                           }));
  const auto ms = static_cast<std::uint64_t>((timeout_ + kMillisecond - 1) / kMillisecond);
  detail::Outgoing out(core_, detail::Outgoing::Verb::send, node_);
  out.put("aemp.channel", kChannelVersion, goal_.token, ms,
          core_.network.session_config().own.binds, function_, args, reply_);
  out.commit();
  core_.reactor.arm(*this, add_clamped(core_.reactor.now(), timeout_));
}

void ChannelRequest::drop() noexcept {
  if (reply_) core_.calls.drop(std::exchange(reply_, Port()));
  std::exchange(monitor_, Monitor()).cancel();
  core_.reactor.disarm(*this);
  waits_for_dial_ = false;
  if (dial_ != nullptr) {
    dial_->stop();
    core_.reactor.reap(std::move(dial_));
  }
  if (end_ != nullptr) core_.reactor.reap(std::move(end_));
}

void ChannelRequest::on_reply(const Reply& reply) {
  reply_ = Port();
  if (!reply.ok()) {
    const Message reason = reply.reason();
    if (reason.tag() != "die") return fail(reason);
    return fail("die", fill_in("channel '%' of node %: that node has no functions for channels",
                               {function_, goal_.node}));
  }
  try {
    on_answer(reply.message());
  } catch (const Error&) {
    lost("an answer that makes no sense");
  } catch (const std::bad_alloc&) {
    fail(no_memory());
  }
}

void ChannelRequest::on_answer(Message answer) {
  if (!answer.as<bool>(0)) {
    const std::string word = one_line(answer.as<std::string_view>(1), 64);
    return fail(word, printable_utf8(answer.as<std::string_view>(2), 1024));
  }
  const Message binds = answer[1].items();
  const Peer* peer = core_.network.peers().find(goal_.node);
  if (peer == nullptr || peer->link() == nullptr) return lost("the link to the node is lost");
  goal_.incarnation = peer->incarnation();
  waits_for_dial_ = true;
  if (binds.empty()) return;
  dial_ = std::make_unique<ChannelDial>(core_, static_cast<ChannelDialOwner&>(*this), goal_,
                                        channels_.endpoints_of(peer, binds));
}

void ChannelRequest::on_not_dialled(std::string_view why) noexcept {
  const bool private_here = core_.network.session_config().own.binds.empty();
  if (private_here || std::exchange(dialled_there_, true)) {
    with_reason(
        [&] {
          return message("transport_error", goal_.node,
                         fill_in("no data connection to node %: %", {goal_.node, why}));
        },
        [&](Message reason) { fail(reason); });
    return;
  }
  channels_.tell(goal_.node, "aemp.channel_dial", goal_.token);
}

void ChannelRequest::failed_there(std::string_view why) noexcept {
  if (end_ != nullptr) return;
  waits_for_dial_ = false;
  with_reason(
      [&] {
        return message(
            "transport_error", goal_.node,
            fill_in("no data connection from node %: %", {goal_.node, printable_utf8(why, 512)}));
      },
      [&](Message reason) { fail(reason); });
}

// Up. The program is told by the next turn: nothing is called from inside a session's call.
void ChannelRequest::adopt(Session& session) noexcept {
  try {
    end_ = std::make_unique<StreamEnd>(channels_.table(), session);
    core_.reactor.arm(*this, core_.reactor.now());
  } catch (const std::bad_alloc&) {
    session.abandon();
    fail(no_memory());
  }
}

void ChannelRequest::on_timer() {
  try {
    if (here_) return run_here();
    if (end_ != nullptr) return connected();
  } catch (const std::bad_alloc&) {
    return fail(no_memory());
  }
  const std::string_view why = dial_ != nullptr ? dial_->last_failure() : std::string_view();
  with_reason(
      [&] {
        return message("timeout", fill_in("no data connection to node % within % ms%%",
                                          {goal_.node, timeout_ / kMillisecond,
                                           why.empty() ? "" : "; the last attempt: ", why}));
      },
      [&](Message reason) { fail(reason); });
}

void ChannelRequest::connected() {
  StreamEnd& end = *end_;
  const Channel channel = channels_.table().add(std::move(end_));
  end.start(nullptr);
  if (!tell(Result<Channel>(channel))) end.cancel("the callback of the other end failed");
}

void ChannelRequest::run_here() {
  const Channels::Wrong wrong = channels_.check(function_, args_, true);
  if (!wrong.word.empty()) return fail(wrong.word, wrong.sentence);
  ChannelTable& table = channels_.table();
  auto near = std::make_unique<PairEnd>(table, goal_.node);
  auto far = std::make_unique<PairEnd>(table, goal_.node);
  PairEnd& here = *near;
  PairEnd& there = *far;
  const Channel channel = table.add(std::move(near));
  try {
    table.add(std::move(far));
  } catch (...) {
    channel.cancel();
    throw;
  }
  PairEnd::join(here, there);
  // tell() lets this go.
  Channels& channels = channels_;
  if (!tell(Result<Channel>(channel))) here.cancel("the callback of the other end failed");
  if (!there.over()) channels.call(function_, args_, there);
}

void ChannelRequest::fail(std::string_view word, std::string_view sentence) noexcept {
  with_reason([&] { return message(word, sentence); }, [&](Message reason) { fail(reason); });
}

void ChannelRequest::lost(std::string_view sentence) noexcept {
  with_reason([&] { return message("transport_error", goal_.node, sentence); },
              [&](Message reason) { fail(reason); });
}

void ChannelRequest::fail(Message reason) noexcept {
  core_.log.say(Log::kLink, [&] {
    return fill_in("no channel '%' of node %: %", {function_, goal_.node, reason.json()});
  });
  // It may dial, or call the function, any more.
  if (waits_for_dial_ && end_ == nullptr) {
    channels_.tell(goal_.node, "aemp.channel_failed", goal_.token, "the other end has given up");
  }
  tell(Result<Channel>(reason));
}

bool ChannelRequest::tell(Result<Channel> result) {
  drop();
  channels_.remove(*this);
  detail::ChannelResult done = std::move(done_);
  auto body = [&] { done(std::move(result)); };
  return run_callback(
      core_, context_, [](void* b) { (*static_cast<decltype(body)*>(b))(); }, &body);
}

}  // namespace aemp
