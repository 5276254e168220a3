// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What a session makes of the records of an encrypted link, sealed by the test.
#include <aemp/sim.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "session/session.h"
#include "support/secure_peer.h"

namespace aemp {
namespace {

using wire_test::bytes;
using wire_test::Bytes;

CredentialsRef shared_secret() {
  const std::array<std::uint8_t, 32> secret{1, 2, 3};
  std::vector<crypto::Key> psks;
  psks.push_back(Credentials::psk(secret, ""));
  return CredentialsRef(new Credentials(std::move(psks), std::nullopt, {}, ""));
}

class SessionRecords : public testing::Test, protected memory::SessionWorld {
 protected:
  // A responder that is up, with the test as its initiator.
  void up_stranger() {
    address = Address::tcp4(127, 0, 0, 1, 4040);
    b_config.credentials = shared_secret();
    b.hello = [this](Session& s, const Hello&) {
      if (accepts) s.accept(0x77);
    };
    std::tie(far, b_fd) = host.sockets.pair(address, address);
    b_session = Session::adopt(reactor, pool, b_config, b_fd, address, b);
    memory::SecurePeer peer(*this, far, Handshake::Role::initiator, b_config.credentials);
    ASSERT_EQ(b_session->is_up(), accepts);
    keys = peer.take_ciphers();
  }
  // Then another may come.
  void forget() {
    if (b.closes == 0) b_session->abandon();
    b_session = nullptr;
    b_queue.clear();
    b = memory::Recorder();
  }
  void say_record(std::uint8_t type, const Bytes& data) {
    Bytes record;
    ASSERT_TRUE(put_record(keys->to_peer, type, data, record));
    say(far, record);
  }

  bool accepts = true;  // from inside of on_hello()
  int far = -1;
  std::unique_ptr<Ciphers> keys;
};

// Only who has the key can make them.
TEST_F(SessionRecords, AnyThatCanBeOpenedIsASignOfLife) {
  for (const std::uint8_t type : {kRecordPad, kRecordData}) {
    up_stranger();
    for (int second = 0; second < 30 && b.closes == 0; ++second) {
      say_record(type, {});
      run_for(kSecond);
    }
    EXPECT_EQ(b.closes, 0) << int{type} << ": " << b.closed.text;
    run_for(10 * kSecond);
    EXPECT_EQ(b.closes, 1) << int{type};
    forget();
  }
}

// Whatever the owner does then: there are no bare frames instead.
TEST_F(SessionRecords, AreWhatALinkIsMadeOfThoughMemoryIsRefused) {
  sim::Network net(1);
  sim::Process process(net);
  accepts = false;
  bool refused = true;
  for (std::uint64_t nth = 0; refused; ++nth) {
    up_stranger();
    refused = false;
    process.fail_allocations(nth, 1);
    try {
      process.inside([&] { b_session->accept(0x77); });
    } catch (const std::bad_alloc&) {
      refused = true;
      b_session->accept(0x77);
    }
    process.fail_allocations(0, 0);
    EXPECT_EQ(b_session->is_up(), !refused) << nth;
    if (b_session->is_up()) {
      b_session->attach(&b_queue);
      b_sends(bytes("'in the clear'"));
    }
    settle();
    const Bytes said = hear(far);
    const Bytes bare = bytes("'in the clear'");
    EXPECT_EQ(std::search(said.begin(), said.end(), bare.begin(), bare.end()), said.end()) << nth;
    EXPECT_EQ(b.closes, refused ? 1 : 0) << nth;
    forget();
  }
}

}  // namespace
}  // namespace aemp
