// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/channels.h"

#include <algorithm>
#include <new>
#include <utility>

#include "base/fill_in.h"
#include "base/report.h"
#include "base/reserve.h"
#include "base/throw_error.h"

namespace aemp {

namespace {

constexpr std::size_t kMaxBinds = 32;
constexpr std::size_t kMaxToken = 40;  // bytes; HELLO has room for so many
// However long the other node would wait.
constexpr std::uint64_t kMaxWait = 24u * 3600 * 1000;

std::string_view token_of(const Hello& hello) noexcept {
  const std::string_view service = hello.service;
  return service.starts_with(kServiceData) ? service.substr(kServiceData.size())
                                           : std::string_view();
}

}  // namespace

Channels::Channels(NodeCore& core) : core_(core), table_(new ChannelTable(core)) {}

Channels::~Channels() = default;

Channels& Channels::of(NodeCore& core) {
  if (core.channels == nullptr) core.channels = std::make_unique<Channels>(core);
  return static_cast<Channels&>(*core.channels);
}

void Channels::define(std::string_view name, detail::ChannelFunction function) {
  auto made = std::make_unique<Function>(std::move(function));
  auto& place = functions_[std::string(name)];
  // It may be running.
  if (auto old = std::exchange(place, std::move(made))) core_.reactor.reap(std::move(old));
}

Channels::Function* Channels::find(std::string_view name) const {
  const auto it = functions_.find(name);
  return it == functions_.end() ? nullptr : it->second.get();
}

void Channels::connect(const Port& node, Nanos timeout, std::string_view function,
                       const OwnedMessage& args, detail::ChannelResult done) {
  reserve_one(requests_);
  requests_.push_back(
      std::make_unique<ChannelRequest>(*this, node, timeout, function, std::move(done)));
  ChannelRequest& request = *requests_.back();
  try {
    core_.is_local(node.name()) ? request.start_here(args) : request.start(args);
  } catch (...) {
    request.drop();
    remove(request);
    throw;
  }
}

Channels::Wrong Channels::check(std::string_view name, Message args, bool from_this_node) {
  const auto wrong = [&](std::string_view word, std::string_view what) {
    return Wrong{word,
                 fill_in("channel '%' of node % %", {printable_utf8(name, 255), core_.id(), what})};
  };
  Function* function = find(name);
  if (function == nullptr) return wrong("die", "is not defined");
  if (core_.settings.secure && !from_this_node) {
    return wrong("refused", "may not be made from other nodes");
  }
  try {
    if (function->f(args, nullptr)) return {};
  } catch (const Error& e) {
    return wrong("die",
                 fill_in("does not take these arguments: %", {printable_utf8(e.what(), 512)}));
  }
  return wrong("die", "does not take these arguments");
}

void Channels::call(std::string_view name, Message args, ChannelEnd& end) {
  Function* function = find(name);
  bool done = false;
  if (function != nullptr) {
    const Channel channel = table_->handle(end);
    core_.dispatcher.guarded("function for channels", [&] { done = function->f(args, &channel); });
  }
  if (!done && !core_.left) end.cancel("the function for it failed");
}

std::vector<Endpoint> Channels::endpoints_of(const Peer* peer, Message binds) const {
  std::vector<Endpoint> out;
  const Connection* link = peer == nullptr ? nullptr : peer->link();
  if (link != nullptr && link->initiator && link->session != nullptr &&
      !link->session->address().is_relay()) {
    out.emplace_back(link->session->address());
  }
  std::size_t seen = 0;
  for (const Value bind : binds) {
    if (++seen > kMaxBinds) break;
    Endpoint endpoint;
    if (!parse_endpoint(bind.as<std::string_view>(), 0, endpoint).ok()) continue;
    const Address& at = endpoint.address;
    if (at.any_host || at.is_unspecified() || (!at.is_local() && at.port == 0)) continue;
    if (std::find(out.begin(), out.end(), endpoint) == out.end()) out.push_back(endpoint);
  }
  return out;
}

ChannelRequest* Channels::request(std::string_view node, std::string_view token) const noexcept {
  for (const auto& r : requests_) {
    if (r->is_of(node, token)) return r.get();
  }
  return nullptr;
}

ChannelOffer* Channels::offer(std::string_view node, std::string_view token) const noexcept {
  for (const auto& o : offers_) {
    if (o->is_of(node, token)) return o.get();
  }
  return nullptr;
}

bool Channels::take(Peer& from, std::string_view function, Message args) {
  const bool request_of_it = function == "aemp.channel";
  const bool dial = function == "aemp.channel_dial";
  const bool failed = function == "aemp.channel_failed";
  if (!request_of_it && !dial && !failed) return false;
  if (args.as<int>(0) != kChannelVersion) return !request_of_it;
  if (request_of_it) {
    on_request(from, args.rest(1));
    return true;
  }
  const auto token = args.as<std::string_view>(1);
  ChannelOffer* found = offer(from.id(), token);
  if (dial) {
    if (found != nullptr) found->dial();
    return true;
  }
  const auto why = args.as<std::string_view>(2);
  if (found != nullptr) found->give_up();
  if (ChannelRequest* own = request(from.id(), token)) own->failed_there(why);
  return true;
}

Channels::Wrong Channels::refuses(const Peer& from, std::string_view function, Message args) {
  Wrong wrong = check(function, args, false);
  if (!wrong.word.empty()) return wrong;
  std::size_t waiting = 0, open = 0, bytes = args.size_bytes();
  for (const auto& o : offers_) {
    if (o->node() != from.id()) continue;
    ++waiting;
    bytes += o->args_bytes();
  }
  table_->each([&](ChannelEnd& end) {
    const StreamEnd* stream = end.stream();
    if (stream != nullptr && stream->serves() && end.node() == from.id()) ++open;
  });
  if (waiting >= kMaxChannelOffers || open >= kMaxChannelsOfNode ||
      bytes > core_.settings.max_message) {
    return {"refused",
            fill_in("node % has % channels of node % and % requests that wait: at most "
                    "% and %",
                    {core_.id(), open, from.id(), waiting, kMaxChannelsOfNode, kMaxChannelOffers})};
  }
  return {};
}

// args: token, ms, binds, function, its arguments, the reply port.
void Channels::on_request(Peer& from, Message args) {
  const Message rest = args.rest(4);
  if (rest.empty()) throw_error(Errc::bad_type, "no reply address: expected a port");
  const Value last = rest[rest.size() - 1];
  const Port reply = last.as<Port>();
  const Message own(rest.data(), static_cast<std::size_t>(last.data() - rest.data()), rest.names());
  const auto function = args.as<std::string_view>(3);
  const auto answer = [&](const OwnedMessage& what) {
    core_.router.resend(detail::Outgoing::Verb::send, reply, what);
  };
  const Wrong wrong = refuses(from, function, own);
  if (!wrong.word.empty()) return answer(message(false, wrong.word, wrong.sentence));
  ChannelGoal goal{from.id(), from.incarnation(), std::string(args.as<std::string_view>(0))};
  if (goal.token.empty() || goal.token.size() > kMaxToken || offer(goal.node, goal.token)) {
    return answer(message(false, "die", "a token that is no good"));
  }
  const std::vector<std::string>& here = core_.network.session_config().own.binds;
  const Message binds = args[2].items();
  std::vector<Endpoint> there = endpoints_of(&from, binds);
  if (here.empty() && there.empty()) {
    return answer(
        message(false, "refused",
                fill_in("neither node % nor node % can be dialled, for both listen nowhere; a data "
                        "connection needs one of them that can",
                        {goal.node, core_.id()})));
  }
  const Nanos wait =
      static_cast<Nanos>(std::min(args.as<std::uint64_t>(1), kMaxWait)) * kMillisecond;
  reserve_one(offers_);
  offers_.push_back(
      std::make_unique<ChannelOffer>(*this, std::move(goal), function, own, std::move(there)));
  ChannelOffer& made = *offers_.back();
  try {
    made.start(wait);
    answer(message(true, here));
  } catch (...) {
    made.give_up();
    throw;
  }
  if (here.empty()) made.dial();
}

bool Channels::expects(const Hello& hello) const noexcept {
  const std::string_view token = token_of(hello);
  if (token.empty()) return false;
  const ChannelOffer* offered = offer(hello.node_id, token);
  if (offered != nullptr && offered->expects(hello.incarnation)) return true;
  const ChannelRequest* asked = request(hello.node_id, token);
  return asked != nullptr && asked->expects(hello.incarnation);
}

void Channels::adopt(Session& session) noexcept {
  const Hello& hello = session.peer();
  const std::string_view token = token_of(hello);
  // Its handshake may have begun before reload().
  if (core_.network.is_revoked(session.address(), session.peer_key(), hello.node_id)) {
    return session.abandon();
  }
  ChannelOffer* offered = offer(hello.node_id, token);
  if (offered != nullptr && offered->expects(hello.incarnation)) return offered->adopt(session);
  ChannelRequest* asked = request(hello.node_id, token);
  if (asked != nullptr && asked->expects(hello.incarnation)) return asked->adopt(session);
  session.abandon();
}

void Channels::credentials_changed() noexcept {
  table_->each([&](ChannelEnd& end) {
    const StreamEnd* stream = end.stream();
    if (stream == nullptr) return;
    if (core_.network.is_revoked(stream->address(), stream->key(), stream->node())) {
      end.lose_later("transport_error", "its key is not allowed any more");
    }
  });
}

void Channels::remove(ChannelRequest& request) noexcept {
  const auto it = std::find_if(requests_.begin(), requests_.end(),
                               [&](const auto& r) { return r.get() == &request; });
  if (it == requests_.end()) return;
  core_.reactor.reap(std::move(*it));
  requests_.erase(it);
}

void Channels::remove(ChannelOffer& offer) noexcept {
  const auto it = std::find_if(offers_.begin(), offers_.end(),
                               [&](const auto& o) { return o.get() == &offer; });
  if (it == offers_.end()) return;
  core_.reactor.reap(std::move(*it));
  offers_.erase(it);
}

void Channels::fill(Stats& stats) const noexcept {
  stats.channels = table_->open();
  stats.channel_bytes_in = table_->bytes_in;
  stats.channel_bytes_out = table_->bytes_out;
}

void Channels::stop() noexcept {
  while (!requests_.empty()) {
    requests_.back()->drop();
    remove(*requests_.back());
  }
  while (!offers_.empty()) offers_.back()->give_up();
  table_.reset();
  for (auto& [name, function] : functions_) core_.reactor.reap(std::move(function));
  functions_.clear();
}

}  // namespace aemp
