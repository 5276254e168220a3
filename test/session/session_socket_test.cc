// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Sessions over the system's own sockets; all else about them is tested without one.
#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>

#include "os/unix_host.h"
#include "session/session.h"
#include "support/session_pair.h"

namespace aemp {
namespace {

using memory::Recorder;

// Accepts one connection.
class Acceptor final : public IoHandler {
 public:
  Acceptor(Reactor& reactor, const Address& at, std::function<void(int, const Address&)> accepted)
      : net_(reactor.host().net()), reactor_(reactor), accepted_(std::move(accepted)) {
    fd_ = net_.listen(at).take();
    token_ = reactor_.watch(fd_, kReadable, this).take();
  }
  ~Acceptor() {
    reactor_.unwatch(token_);
    net_.close(fd_);
  }
  Address address() { return net_.local_address(fd_).take(); }
  void on_ready(std::uint8_t) override {
    Address peer;
    const int fd = net_.accept(fd_, &peer);
    if (fd >= 0) accepted_(fd, peer);
  }

 private:
  Net& net_;
  Reactor& reactor_;
  std::function<void(int, const Address&)> accepted_;
  int fd_ = -1;
  Reactor::Token token_;
};

class SessionSocketTest : public testing::TestWithParam<const char*> {
 protected:
  SessionSocketTest() : reactor_(make_unix_host()) {
    a_config_.own.node_id = "ann";
    a_config_.own.incarnation = 1;
    b_config_.own.node_id = "bob";
    b_config_.own.incarnation = 2;
    a_config_.insecure = b_config_.insecure = true;
    a_config_.uid = b_config_.uid = reactor_.host().identity().uid();
    a_.hello = [](Session& s, const Hello&) { s.proceed(0); };
    a_.ready = [this](Session& s) { s.attach(&a_queue_); };
    b_.hello = [this](Session& s, const Hello&) {
      s.accept(7);
      s.attach(&b_queue_);
    };
  }
  ~SessionSocketTest() override {
    for (auto [session, who] : {std::pair(a_session_, &a_), std::pair(b_session_, &b_)}) {
      if (session != nullptr && who->closes == 0) session->abandon();
    }
    a_queue_.clear();
    b_queue_.clear();
  }

  static Address address() {
    const std::string text = GetParam();
    return text == "unix" ? Address::local(testing::TempDir() + "aemp-session-" +
                                           std::to_string(getpid()) + ".sock")
                          : parse_address(text, 0).take();
  }
  bool run_until(const std::function<bool()>& done) {
    detail::Function<bool()> pred([&] { return done(); });
    return reactor_.run_until(pred, 10 * kSecond);
  }
  // Both up. False if the machine has no such address.
  bool connect() {
    Result<int> probe = reactor_.host().net().listen(address());
    if (!probe.ok()) return false;
    reactor_.host().net().close(*probe);
    acceptor_ = std::make_unique<Acceptor>(reactor_, address(), [this](int fd, const Address& p) {
      b_session_ = Session::adopt(reactor_, pool_, b_config_, fd, p, b_);
    });
    a_session_ = Session::dial(reactor_, pool_, a_config_, acceptor_->address(), "bob", a_);
    return run_until([this] { return a_session_->is_up() || a_.closes > 0; }) && a_.closes == 0;
  }
  void put(OutBuffer& queue, Session& session, std::size_t size) {
    Writer writer = queue.open(kFrameData, wire_test::prefix_of(memory::kFirstPort));
    writer.text(std::string(size, 'x'));
    queue.commit(writer);
    session.wake();
  }

  Reactor reactor_;
  BlockPool pool_;
  SessionConfig a_config_, b_config_;
  Recorder a_, b_;
  OutBuffer a_queue_{pool_}, b_queue_{pool_};
  Session* a_session_ = nullptr;
  Session* b_session_ = nullptr;
  std::unique_ptr<Acceptor> acceptor_;
};

TEST_P(SessionSocketTest, CarriesMessagesBothWays) {
  if (!connect()) GTEST_SKIP() << a_.closed.text;
  for (int i = 0; i < 200; ++i) {
    put(a_queue_, *a_session_, static_cast<std::size_t>(i) * 500);
    put(b_queue_, *b_session_, static_cast<std::size_t>(i) * 500);
  }
  EXPECT_TRUE(run_until([this] { return a_.packets == 200 && b_.packets == 200; }));
  EXPECT_EQ(a_session_->bytes_out(), b_session_->bytes_in());
  EXPECT_EQ(a_session_->messages_out(), 200u);
  EXPECT_EQ(pool_.taken(), 0u);
}

TEST_P(SessionSocketTest, FinishLosesNothingWithUnreadInputOnBothSides) {
  if (!connect()) GTEST_SKIP() << a_.closed.text;
  for (int i = 0; i < 300; ++i) {
    put(a_queue_, *a_session_, 20'000);
    put(b_queue_, *b_session_, 20'000);
  }
  a_session_->finish();
  EXPECT_TRUE(run_until([this] { return a_.closes == 1 && b_.closes == 1; }));
  EXPECT_EQ(b_.packets, 300u);
  EXPECT_EQ(b_.closed.by, CloseInfo::By::peer);
  EXPECT_TRUE(a_.closed.clean);
}

TEST_P(SessionSocketTest, AProtocolErrorReachesTheOtherEndThroughUnreadInput) {
  if (!connect()) GTEST_SKIP() << a_.closed.text;
  b_.packet = [](Session& s, const Packet&) { s.protocol_error("not like this"); };
  for (int i = 0; i < 100; ++i) put(a_queue_, *a_session_, 20'000);
  EXPECT_TRUE(run_until([this] { return a_.closes == 1 && b_.closes == 1; }));
  EXPECT_EQ(b_.packets, 1u);
  EXPECT_EQ(a_.closed.code, CloseCode::protocol) << a_.closed.text;
  EXPECT_EQ(a_.closed.text, "not like this");
}

TEST_P(SessionSocketTest, ALostPeerIsNoticedAtOnce) {
  if (!connect()) GTEST_SKIP() << a_.closed.text;
  b_session_->abandon();
  b_.closes = 1;
  EXPECT_TRUE(run_until([this] { return a_.closes == 1; }));
}

INSTANTIATE_TEST_SUITE_P(
    Sockets, SessionSocketTest, testing::Values("127.0.0.1:0", "[::1]:0", "unix"),
    [](const testing::TestParamInfo<const char*>& info) {
      return std::string(info.index == 0 ? "Tcp4" : info.index == 1 ? "Tcp6" : "Unix");
    });

}  // namespace
}  // namespace aemp
