// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/channel_offer.h"

#include <new>
#include <utility>

#include "base/fill_in.h"
#include "node/channels.h"
#include "node/core.h"

namespace aemp {

ChannelOffer::ChannelOffer(Channels& channels, ChannelGoal goal, std::string_view function,
                           Message args, std::vector<Endpoint> endpoints)
    : channels_(channels),
      core_(channels.core()),
      goal_(std::move(goal)),
      function_(function),
      args_(args),
      endpoints_(std::move(endpoints)) {}

ChannelOffer::~ChannelOffer() { drop(); }

void ChannelOffer::start(Nanos timeout) {
  monitor_ = core_.monitor(core_.node_port_of(goal_.node),
                           detail::make_receiver([this](Message) { give_up(); }));
  core_.reactor.arm(*this, add_clamped(core_.reactor.now(), timeout));
}

void ChannelOffer::drop() noexcept {
  std::exchange(monitor_, Monitor()).cancel();
  core_.reactor.disarm(*this);
  if (dial_ != nullptr) {
    dial_->stop();
    core_.reactor.reap(std::move(dial_));
  }
  if (StreamEnd* end = std::exchange(end_, nullptr)) {
    end->forget_starter();
    end->cancel("the request has ended");
  }
}

void ChannelOffer::give_up() noexcept {
  drop();
  channels_.remove(*this);
}

void ChannelOffer::dial() noexcept {
  if (dial_ != nullptr || end_ != nullptr) return;
  try {
    dial_ = std::make_unique<ChannelDial>(core_, static_cast<ChannelDialOwner&>(*this), goal_,
                                          endpoints_);
  } catch (const std::bad_alloc&) {
    on_not_dialled("out of memory");
  }
}

void ChannelOffer::on_not_dialled(std::string_view why) noexcept {
  channels_.tell(goal_.node, "aemp.channel_failed", goal_.token, why.substr(0, 512));
  give_up();
}

// Null: there was no memory, and the connection is closed.
StreamEnd* ChannelOffer::take(Session& session) noexcept {
  try {
    auto made = std::make_unique<StreamEnd>(channels_.table(), session);
    StreamEnd* end = made.get();
    end->set_serves();
    channels_.table().add(std::move(made));
    return end;
  } catch (const std::bad_alloc&) {
    session.abandon();
    return nullptr;
  }
}

// The other end, who was dialled, knows already.
void ChannelOffer::on_dialled(Session& session) noexcept {
  StreamEnd* end = take(session);
  if (end == nullptr) return on_not_dialled("out of memory");
  end->start(nullptr);
  give_up();
  channels_.call(function_, args_, *end);
}

void ChannelOffer::adopt(Session& session) noexcept {
  end_ = take(session);
  if (end_ == nullptr) return give_up();
  end_->start(this);
}

void ChannelOffer::started(StreamEnd& end) {
  end_ = nullptr;
  give_up();
  channels_.call(function_, args_, end);
}

void ChannelOffer::not_started() noexcept {
  end_ = nullptr;
  give_up();
}

}  // namespace aemp
