// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/channel_dial.h"

#include <new>
#include <utility>

#include "base/fill_in.h"
#include "base/report.h"
#include "base/reserve.h"
#include "node/core.h"

namespace aemp {

class ChannelDial::Attempt final : public SessionOwner, public Reaped {
 public:
  explicit Attempt(ChannelDial& dial) : dial_(dial) {}
  ~Attempt() override { stop(); }
  void stop() noexcept {
    if (session != nullptr) std::exchange(session, nullptr)->abandon();
  }

  Session* session = nullptr;  // until it ended

 private:
  void on_hello(Session&, const Hello& hello) override { dial_.on_hello(*this, hello); }
  void on_ready(Session&) override { dial_.on_ready(*std::exchange(session, nullptr)); }
  void on_packet(Session&, const Packet&) override {}
  void on_pong(Session&, std::uint64_t, Nanos) override {}
  void on_closed(Session&, const CloseInfo& info) override {
    session = nullptr;
    dial_.attempt_failed(*this, info.text);
  }

  ChannelDial& dial_;
};

namespace {

SessionConfig config_for(NodeCore& core, const std::string& token) {
  SessionConfig config = core.network.session_config();
  config.own.service = std::string(kServiceData) + token;
  return config;
}

}  // namespace

ChannelDial::ChannelDial(NodeCore& core, ChannelDialOwner& owner, const ChannelGoal& goal,
                         std::vector<Endpoint> endpoints)
    : core_(core),
      owner_(&owner),
      goal_(goal),
      config_(config_for(core, goal.token)),
      endpoints_(std::move(endpoints)) {
  core_.reactor.arm(*this, core_.reactor.now());
}

ChannelDial::~ChannelDial() { stop(); }

void ChannelDial::stop() noexcept {
  owner_ = nullptr;
  core_.reactor.disarm(*this);
  for (auto& attempt : attempts_) attempt->stop();
  if (!std::exchange(looking_up_, false)) return;
  lookup_.reset();
}

void ChannelDial::on_timer() {
  if (owner_ == nullptr || chosen_ != nullptr) return;
  try {
    try_next();
  } catch (const std::bad_alloc&) {
    note("dialling", "out of memory");
  }
  go_on();
}

void ChannelDial::try_next() {
  Address at;
  if (!next_address(at)) return;
  reserve_one(attempts_);
  attempts_.push_back(std::make_unique<Attempt>(*this));
  Attempt& attempt = *attempts_.back();
  try {
    attempt.session =
        Session::dial(core_.reactor, core_.network.pool(), config_, at, goal_.node, attempt);
  } catch (...) {
    attempts_.pop_back();
    throw;
  }
}

// False: there is none now.
bool ChannelDial::next_address(Address& at) {
  while (lookup_ && !looking_up_ && next_found_ < lookup_->found().size()) {
    const Endpoint& named = endpoints_[next_ - 1];
    at = lookup_->found()[next_found_++].at(named.address.port);
    if (core_.settings.may_reach(at)) return true;
  }
  while (!looking_up_ && next_ < endpoints_.size()) {
    const Endpoint& endpoint = endpoints_[next_++];
    if (endpoint.is_named()) {
      lookup_.emplace(core_.reactor, endpoint.host, static_cast<LookupOwner&>(*this));
      looking_up_ = true;
      next_found_ = 0;
    } else if (core_.settings.may_reach(endpoint.address)) {
      at = endpoint.address;
      return true;
    }
  }
  return false;
}

void ChannelDial::on_looked_up(std::string_view why) noexcept {
  looking_up_ = false;
  if (!why.empty()) note("looking up", why);
  if (owner_ != nullptr) core_.reactor.arm(*this, core_.reactor.now());
}

// The first that answers is the one. Until now nothing but a greeting has left this node.
void ChannelDial::on_hello(Attempt& attempt, const Hello& hello) {
  if (chosen_ != nullptr || hello.incarnation != goal_.incarnation) {
    note(attempt.session->address().str(), "another incarnation of the node answers");
    attempt.stop();
    return go_on();
  }
  chosen_ = &attempt;
  core_.reactor.disarm(*this);
  attempt.session->proceed(0);
}

void ChannelDial::on_ready(Session& session) {
  if (ChannelDialOwner* owner = std::exchange(owner_, nullptr)) {
    owner->on_dialled(session);
  } else {
    session.abandon();
  }
}

void ChannelDial::attempt_failed(Attempt& attempt, std::string_view why) noexcept {
  note("dialling", why);
  // What it was for may be known over there by now, and does not come twice.
  if (chosen_ == &attempt) return fail();
  if (chosen_ == nullptr && owner_ != nullptr) core_.reactor.arm(*this, core_.reactor.now());
}

void ChannelDial::note(std::string_view at, std::string_view why) noexcept {
  core_.log.say(Log::kLink, [&] {
    return fill_in("data connection to %: %: %", {goal_.node, at, why});
  });
  try {
    last_failure_ = printable_utf8(why, 300);
  } catch (const std::bad_alloc&) {
    last_failure_.clear();
  }
}

void ChannelDial::go_on() noexcept {
  if (owner_ == nullptr || chosen_ != nullptr) return;
  const bool more = next_ < endpoints_.size() ||
                    (lookup_ && !looking_up_ && next_found_ < lookup_->found().size());
  if (more && !looking_up_) {
    if (!armed()) {
      core_.reactor.arm(*this, core_.reactor.now() + core_.settings.connect_interval);
    }
    return;
  }
  if (looking_up_) return;
  for (const auto& attempt : attempts_) {
    if (attempt->session != nullptr) return;
  }
  fail();
}

void ChannelDial::fail() noexcept {
  ChannelDialOwner* owner = std::exchange(owner_, nullptr);
  if (owner == nullptr) return;
  for (auto& attempt : attempts_) attempt->stop();
  owner->on_not_dialled(last_failure_.empty() ? "none of its addresses can be dialled from here"
                                              : std::string_view(last_failure_));
}

}  // namespace aemp
