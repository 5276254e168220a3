// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The life of a session: from connecting to the reap phase.
#include "session/session.h"

#include <algorithm>
#include <new>
#include <utility>

#include "base/fill_in.h"
#include "session/plain_handshake.h"
#include "session/secure_handshake.h"

namespace aemp {

namespace {

// The time a peer has to take a last CLOSE frame and to close its end.
constexpr Nanos kLinger = kSecond;
// A backstop for data that the other host does not acknowledge; peers are judged long before.
constexpr Nanos kUserTimeout = 30 * kSecond;
// However short the time-out that the other end announces.
constexpr Nanos kMinPing = 10 * kMillisecond;

constexpr std::string_view kPolicy =
    "without a secret there are links over unix sockets of the same user and, with insecure on "
    "both ends, over loopback TCP only; for a secret see aemp gensecret";

}  // namespace

Session::Session(Reactor& reactor, BlockPool& pool, const SessionConfig& config,
                 const Address& address, SessionOwner& owner, bool initiator,
                 std::unique_ptr<Stream> stream)
    : reactor_(reactor),
      pool_(pool),
      config_(&config),
      owner_(&owner),
      initiator_(initiator),
      stream_(std::move(stream)),
      in_(pool),
      address_(address) {
  began_ = last_rx_ = last_tx_ = reactor_.now();
  late_at_rx_ = reactor_.late_total();
}

Session::~Session() {
  if (state_ != State::ended) drop_connection();
}

Session* Session::dial(Reactor& reactor, BlockPool& pool, const SessionConfig& config,
                       const Address& to, std::string expected_node, SessionOwner& owner,
                       std::unique_ptr<Stream> stream) {
  auto* session = new Session(reactor, pool, config, to, owner, true, std::move(stream));
  session->expected_node_ = std::move(expected_node);
  try {
    session->start_dial();
  } catch (const std::bad_alloc&) {
    session->fail();
  }
  return session;
}

Session* Session::adopt(Reactor& reactor, BlockPool& pool, const SessionConfig& config, int fd,
                        const Address& peer, SessionOwner& owner, std::unique_ptr<Stream> stream) {
  auto* session = new Session(reactor, pool, config, peer, owner, false, std::move(stream));
  session->fd_ = fd;
  try {
    session->connected();
  } catch (const std::bad_alloc&) {
    session->fail();
  }
  return session;
}

void Session::start_dial() {
  if (!address_.is_local() && !config_->insecure && !config_->credentials) {
    return end(CloseInfo::By::us, CloseCode::refused, kPolicy, true);
  }
  if (stream_ == nullptr) {
    Result<int> fd = reactor_.host().net().connect(address_);
    if (!fd.ok()) {
      return end(CloseInfo::By::network, CloseCode::none, fd.status().text(), false);
    }
    fd_ = *fd;
  }
  watch(kWritable);
  if (state_ == State::ended) return;
  arm(began_ + config_->handshake_timeout);
}

// Empty: the connection may be used.
std::string Session::refused_by_policy() {
  Net& net = reactor_.host().net();
  if (address_.is_local()) {
    const PeerCred cred = net.peer_cred(fd_);
    if (!cred.known) return "the system does not tell whose socket the other end is";
    if (cred.uid == config_->uid) return {};
    return fill_in("the other end belongs to user %, not %; %", {cred.uid, config_->uid, kPolicy});
  }
  if (config_->credentials) return {};
  if (!config_->insecure || stream_ != nullptr) return std::string(kPolicy);
  Result<Address> local = net.local_address(fd_);
  Result<Address> remote = net.peer_address(fd_);
  if (!local.ok()) return local.status().text();
  if (!remote.ok()) return remote.status().text();
  if (local->is_loopback() && remote->is_loopback()) return {};
  return fill_in("% to % is not loopback; %", {local->str(), remote->str(), kPolicy});
}

void Session::connected() {
  std::string refusal = refused_by_policy();
  if (!refusal.empty()) {
    return end(CloseInfo::By::us, CloseCode::refused, refusal, true);
  }
  const Nanos user_timeout = std::max(kUserTimeout, 4 * config_->heartbeat_timeout);
  if (stream_ == nullptr) reactor_.host().net().tune(fd_, config_->nodelay, user_timeout);
  state_ = State::handshake;
  began_ = last_rx_ = reactor_.now();
  make_handshake();
  watch(kReadable);
  if (state_ == State::ended) return;
  arm(began_ + (initiator_ ? config_->handshake_timeout
                           : std::min(config_->message1_timeout, config_->handshake_timeout)));
  if (handshake_->state() == Handshake::State::failed) return handshake_failed();
  send_handshake();
}

void Session::make_handshake() {
  using Role = Handshake::Role;
  const Role role = initiator_ ? Role::initiator : Role::responder;
  HandshakeSetup setup{config_->own, std::move(expected_node_), this};
  if (stream_ == nullptr) setup.own.seen_address = address_.str();
  if (address_.is_local() || !config_->credentials) {
    using OtherEnd = PlainHandshake::OtherEnd;
    handshake_ = std::make_unique<PlainHandshake>(
        role, std::move(setup), address_.is_local() ? OtherEnd::same_user : OtherEnd::stranger);
    return;
  }
  setup.own.protection = config_->encrypt || !is_loopback() ? kEncrypted : kUnprotected;
  handshake_ = std::make_unique<SecureHandshake>(role, std::move(setup), config_->credentials,
                                                 reactor_.host().random());
}

bool Session::is_loopback() {
  if (stream_ != nullptr) return false;
  Net& net = reactor_.host().net();
  const Result<Address> local = net.local_address(fd_);
  const Result<Address> remote = net.peer_address(fd_);
  return local.ok() && remote.ok() && local->is_loopback() && remote->is_loopback();
}

void Session::watch(std::uint8_t interest) {
  if (stream_ != nullptr) return stream_->watch(*this, interest);
  if (token_) {
    if (interest_ != interest) reactor_.interest(token_, interest);
    interest_ = interest;
    return;
  }
  interest_ = interest;
  Result<Reactor::Token> token = reactor_.watch(fd_, interest, this);
  if (!token.ok()) {
    end(CloseInfo::By::network, CloseCode::none, token.status().text(), false);
    return;
  }
  token_ = *token;
}

std::uint8_t Session::interest_wanted() const noexcept {
  const std::uint8_t readable = input_ended_ ? 0 : kReadable;
  return write_blocked_ ? static_cast<std::uint8_t>(readable | kWritable) : readable;
}

void Session::unwatch() {
  if (stream_ != nullptr) stream_->watch(*this, 0);
  if (token_) reactor_.unwatch(std::exchange(token_, Reactor::Token()));
}

void Session::arm(Nanos deadline) { reactor_.arm(watchdog_, deadline); }

void Session::proceed(std::uint64_t last_link) {
  if (state_ != State::deciding || !initiator_ || failed_) return;
  Entry entry(*this);
  state_ = State::handshake;
  handshake_->proceed(last_link);
  send_handshake();
  entry.leave();
}

void Session::accept(std::uint64_t link_id) {
  // What has failed half-way has lost its ciphers: it would come up without.
  if (state_ != State::deciding || initiator_ || failed_) return;
  Entry entry(*this);
  handshake_->accept(link_id);
  send_handshake();
  go_up();
  entry.leave();
}

void Session::refuse(CloseCode code, std::string_view text) {
  if (state_ != State::deciding || initiator_) return;
  handshake_->refuse(code, text);
  handshake_->take_output(control_);
  note_end(CloseInfo::By::us, code, text, true);
  linger();
}

void Session::send_handshake() {
  handshake_->take_output(control_);
  if (control_.size() > control_at_) wake();
}

void Session::go_up() {
  link_id_ = handshake_->link_id();
  peer_ = handshake_->peer();
  if (const crypto::PublicKey* key = handshake_->peer_key()) peer_key_ = *key;
  if (std::unique_ptr<Ciphers> ciphers = handshake_->take_ciphers()) {
    records_ = std::make_unique<Records>(pool_, std::move(*ciphers), reactor_.now());
    // What is left of the handshake goes out as it is.
    records_->out.begin_with(std::span(control_).subspan(control_at_));
    control_.clear();
    control_at_ = 0;
  }
  handshake_.reset();
  state_ = State::up;
  was_up_ = true;
  began_ = last_rx_ = last_tx_ = last_ping_ = reactor_.now();
  late_at_rx_ = reactor_.late_total();
  ping_after_ = std::max(Nanos{peer_.heartbeat_ms} * kMillisecond / 3, kMinPing);
  arm_for_peer();
}

void Session::attach(OutBuffer* queue) {
  if (state_ != State::up || queue == queue_) return;
  detach();
  queue_ = queue;
  if (queue_ == nullptr) return;
  messages_base_ = queue_->messages_total() - queue_->messages_queued();
  wake();
}

// A frame that is partly written must go on before anything else does.
void Session::detach() {
  if (queue_ == nullptr) return;
  if (const std::size_t rest = queue_->to_boundary(); rest > 0) {
    Slice first;
    queue_->gather({&first, 1});
    control_.insert(control_.begin(), first.data, first.data + rest);
    if (idle_answer_end_ > 0) idle_answer_end_ += rest;
    queue_->consume(rest);
  }
  messages_out_ = messages_out();
  queue_ = nullptr;
}

Nanos Session::age() const noexcept { return reactor_.now() - began_; }

std::uint64_t Session::messages_out() const noexcept {
  if (queue_ == nullptr) return messages_out_;
  return messages_out_ + queue_->messages_total() - queue_->messages_queued() - messages_base_;
}

void Session::hold(bool on) {
  if (held_ == on) return;
  held_ = on;
  if (on || state_ != State::up) return;
  watch(interest_wanted());
  if (state_ != State::up) return;
  reactor_.resume_later(*this);
}

void Session::finish() {
  if (state_ == State::ended || state_ == State::closing) return;
  if (state_ != State::up) {
    return end(CloseInfo::By::us, CloseCode::going, "not needed any more", true);
  }
  finishing_ = true;
  state_ = State::closing;
  held_ = false;
  reactor_.disarm(watchdog_);
  watch(interest_wanted());
  wake();
}

void Session::close_with(CloseCode code, std::string_view sentence) {
  if (state_ == State::closing && !finishing_) return;
  if (state_ != State::up) return end(CloseInfo::By::us, code, sentence, true);
  note_end(CloseInfo::By::us, code, sentence, false);
  try {
    detach();
    put_close(code, sentence);
    linger();
  } catch (const std::bad_alloc&) {
    // Then it is cut without a word. The owner hears of the end, so it must not go on.
    drop_connection();
  }
}

void Session::last_word(CloseCode code, std::string_view sentence) noexcept {
  if (state_ != State::up) return;
  try {
    detach();
    put_close(code, sentence);
    write();
  } catch (const std::bad_alloc&) {
    // Then it is cut without a word.
  }
}

// The owner's part is over. What is in control_ is sent, and then nothing but the other end's close
// is waited for, so that unread input does not destroy what was sent.
void Session::linger() {
  state_ = State::closing;
  held_ = false;
  watch(interest_wanted());
  if (state_ != State::closing) return;
  arm(reactor_.now() + kLinger);
  wake();
}

void Session::end(CloseInfo::By by, CloseCode code, std::string_view text, bool clean) {
  if (state_ == State::ended) return;
  note_end(by, code, text, clean);
  drop_connection();
}

// What comes after the step that memory was refused for must not happen.
void Session::fail() {
  failed_ = false;
  end(CloseInfo::By::us, CloseCode::none, "out of memory", false);
}

void Session::note_end(CloseInfo::By by, CloseCode code, std::string_view text, bool clean) {
  if (owner_ == nullptr || close_info_) return;
  CloseInfo info;
  info.by = by;
  info.code = code;
  info.text = text;
  info.clean = clean;
  info.was_up = was_up_;
  close_info_ = std::move(info);
  if (depth_ == 0) reactor_.resume_later(*this);
}

void Session::drop_connection() {
  state_ = State::ended;
  unwatch();
  reactor_.disarm(watchdog_);
  reactor_.cancel_flush(*this);
  stream_.reset();
  if (fd_ >= 0) reactor_.host().net().close(std::exchange(fd_, -1));
}

void Session::abandon() {
  owner_ = nullptr;
  queue_ = nullptr;
  if (state_ != State::ended) drop_connection();
  if (depth_ == 0) settle();
}

Released Session::release() noexcept {
  unwatch();
  Released out{std::exchange(fd_, -1), std::move(records_), std::move(control_)};
  out.first.erase(out.first.begin(), out.first.begin() + static_cast<std::ptrdiff_t>(control_at_));
  control_.clear();
  control_at_ = 0;
  abandon();
  return out;
}

// The end of every call that comes from the loop: what was put off until now.
void Session::settle() {
  if (owner_ != nullptr && close_info_) {
    SessionOwner* owner = std::exchange(owner_, nullptr);
    ++depth_;
    owner->on_closed(*this, *close_info_);
    --depth_;
  }
  if (owner_ == nullptr && state_ == State::closing) reactor_.keep(*this);
  if (state_ == State::closing || state_ == State::ended) in_.clear();
  if (state_ == State::ended) records_.reset();
  if (state_ == State::ended && !retired_) {
    retired_ = true;
    reactor_.cancel_resume(*this);
    reactor_.reap(std::unique_ptr<Reaped>(this));
  }
}

}  // namespace aemp
