// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What a node spends on connections whose other end has not proved anything: see aemp/limits.h.
//
// Half-open connections are of two tiers: strangers, and those whose first message proves that
// they, or somebody whom they recorded, know the secret. Each tier has room for `half_open`, and
// within it the oldest goes first: handshakes of honest nodes are over within a round trip, so what
// is old is what is slow. No stranger costs a proven one its place. A stranger that is about to
// lose its place is heard first: what it has sent may be waiting to be read.
#include "base/fill_in.h"
#include "node/core.h"
#include "node/network.h"

namespace aemp {

namespace {

// Of the descriptors that the process may have, what strangers cannot take: one in so many.
constexpr std::size_t kReserve = 4;

}  // namespace

void Network::on_accepted(Listener& at, int& fd, const Address& from) {
  admit(&at, fd, nullptr, from, Source::of(from));
}

void Network::accept(std::unique_ptr<Stream> stream, const Address& relay) {
  int none = -1;
  admit(nullptr, none, std::move(stream), relay, Source::relay(relay.path));
}

void Network::admit(const Listener* at, int& fd, std::unique_ptr<Stream> stream,
                    const Address& from, const Source& source) {
  const bool secret = knocks_with_secret(from);
  const auto verdict = sources_->arrived(source, !secret, core_.reactor.now());
  if (!secret && verdict != Sources::Verdict::welcome) {
    ++accepted_;
    if (stream == nullptr) core_.reactor.host().net().close(fd);
    refusals_.count(verdict == Sources::Verdict::blocked ? Refusal::blocked : Refusal::over_rate,
                    source);
    return;
  }
  const bool over_rate = verdict == Sources::Verdict::over_rate;
  make_room(at, fd, source, over_rate);
  Connection& link = add(false);
  link.source = source;
  link.listener = at;
  link.over_rate = over_rate;
  try {
    half_open_.add(link);
    link.session =
        Session::adopt(core_.reactor, *pool_, session_config_, fd, from, link, std::move(stream));
  } catch (...) {
    remove(link);
    throw;
  }
  ++accepted_;
}

void Network::on_accept_trouble(const Address& at, int error) {
  core_.log.say(Log::kWarning, [&] {
    return fill_in("cannot accept connections at %: %; trying again every 100 ms",
                   {at.str(), errno_text(error)});
  });
}

void Network::on_shed() {
  ++accepted_;
  refusals_.count(Refusal::descriptors);
}

// Whether the first message from there shows if the other end knows a secret.
bool Network::knocks_with_secret(const Address& from) const noexcept {
  const CredentialsRef& credentials = session_config_.credentials;
  return credentials && credentials->has_secret() && !from.is_local();
}

void Network::make_room(const Listener* at, int& fd, const Source& source, bool over_rate) {
  const LinkLimits& limits = core_.settings.limits;
  const auto same_source = [&](const Connection& link) { return link.source == source; };
  if (over_rate) {
    evict(Refusal::over_rate, 1, same_source);
  } else if (sources_->limits_half_open(source)) {
    evict(Refusal::source_crowded, limits.half_open_per_source, same_source);
  }
  evict(Refusal::crowded, limits.half_open,
        [&](const Connection& link) { return link.listener == at; });
  if (fd < 0) return;
  Net& net = core_.reactor.host().net();
  const DescriptorUse use = net.descriptors(fd);
  if (use.open > use.most - use.most / kReserve) {
    evict(Refusal::descriptors, 1, [](const Connection&) { return true; });
    fd = net.move_down(fd);
  }
}

// One stranger that matches goes, if there are at least so many.
template <class Match>
void Network::evict(Refusal why, std::size_t least, Match&& match) {
  const auto stranger = [&](const Connection& link) { return !link.proven && match(link); };
  while (Connection* oldest = half_open_.oldest(least, stranger)) {
    if (knocks_with_secret(oldest->session->address())) {
      oldest->session->hear();
      if (oldest->proven) continue;
      if (oldest->session->state() == Session::State::ended) {
        // It has failed, which will be told.
        half_open_.remove(*oldest);
        continue;
      }
    }
    return send_away(*oldest, why);
  }
}

void Network::send_away(Connection& link, Refusal why) noexcept {
  refusals_.count(why, link.source);
  if (refusals_.may_log()) {
    core_.log.say(Log::kLink, [&] {
      return fill_in("connection from %: made room for a newer one, for it has not said hello",
                     {link.session->address().str()});
    });
  }
  drop(link);
}

// Its first message is there. What answering costs is limited for those who need not prove anything
// to ask, and for sources of which too much comes: theirs may be recorded.
bool Network::on_knock(Connection& link, bool proven) {
  if (!proven || link.over_rate) {
    const std::uint64_t rate = core_.settings.limits.x25519_rate;
    if (!x25519_.take(TokenBucket::Rate::of(rate, kSecond, rate), core_.reactor.now())) {
      link.refusal = Refusal::x25519;
      return false;
    }
  }
  if (!proven) return true;
  Connection* oldest = half_open_.oldest(
      core_.settings.limits.half_open,
      [&](const Connection& other) { return other.proven && other.listener == link.listener; });
  if (oldest != nullptr) send_away(*oldest, Refusal::crowded);
  link.proven = true;
  return true;
}

// It has said hello.
void Network::known(Connection& link) noexcept {
  half_open_.remove(link);
  sources_->succeeded(link.source);
}

// An accepted connection has ended before it was a link.
void Network::count_refusal(const Connection& link, const CloseInfo& info) noexcept {
  Refusal why = Refusal::lost;
  if (link.refusal) {
    why = *link.refusal;
  } else if (info.code == CloseCode::timeout && info.by == CloseInfo::By::network) {
    why = Refusal::timed_out;
  } else if (info.code != CloseCode::none && info.by == CloseInfo::By::us) {
    why = Refusal::failed;
  }
  refusals_.count(why, link.source);
  if (why != Refusal::failed && why != Refusal::timed_out) return;
  if (!sources_->failed(link.source, core_.reactor.now())) return;
  if (knocks_with_secret(link.session->address()) || !refusals_.may_warn()) return;
  core_.log.say(Log::kWarning, [&] {
    return fill_in("connections from % are closed at once for % ms: too many failed, the last: %",
                   {link.source.str(), core_.settings.limits.block_time / kMillisecond, info.text});
  });
}

}  // namespace aemp
