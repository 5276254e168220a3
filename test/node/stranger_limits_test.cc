// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What strangers may cost a node: deadlines, half-open connections, descriptors, lines in the log.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "node/strangers.h"

namespace aemp::strangers {
namespace {

class StrangerLimits : public World {};

TEST_F(StrangerLimits, TheFirstMessageHasItsTime) {
  start();
  Stranger stranger(net);
  const int fd = stranger.dial(at);
  net.run_for(1990ms);
  EXPECT_EQ(stats().half_open, 1u);
  net.run_for(20ms);
  EXPECT_TRUE(stranger.closed(fd));
  EXPECT_EQ(stats().refused_timeout, 1u);
  expect_sums();
}

TEST_F(StrangerLimits, TheFirstMessageHasTheTimeThatIsSet) {
  limits.first_message_timeout = 300ms;
  start();
  Stranger stranger(net);
  stranger.dial(at);
  net.run_for(290ms);
  EXPECT_EQ(stats().half_open, 1u);
  net.run_for(20ms);
  EXPECT_EQ(stats().refused_timeout, 1u);
}

TEST_F(StrangerLimits, SlowDripDoesNotPutTheDeadlinesOff) {
  for (const bool knows : {false, true}) {
    node.reset();
    start();
    Stranger stranger(net);
    const int fd = stranger.dial(at);
    settle();
    Bytes words = message1();
    if (knows) {
      stranger.say(fd, words);
      settle();
      EXPECT_FALSE(stranger.hear(fd).empty()) << "message 2";
      words = {0x00, 0x40};  // message 3 begins
      words.resize(66, 'x');
    }
    const auto begin = net.now();
    for (const std::uint8_t byte : words) {
      if (stranger.closed(fd)) break;
      stranger.say(fd, {byte});
      net.run_for(200ms);
    }
    EXPECT_TRUE(stranger.closed(fd));
    EXPECT_GE(net.now() - begin, knows ? 4800ms : 1800ms);
    EXPECT_LE(net.now() - begin, knows ? 5200ms : 2200ms);
    EXPECT_EQ(stats().refused_timeout, 1u);
  }
}

TEST_F(StrangerLimits, TheHandshakeHasTheTimeThatIsSet) {
  limits.handshake_timeout = 700ms;
  start();
  Stranger silent(net), knowing(net);
  silent.dial(at);
  const int fd = knowing.dial(at);
  settle();
  knowing.say(fd, message1());
  net.run_for(680ms);
  EXPECT_EQ(stats().half_open, 2u);
  net.run_for(30ms);
  EXPECT_EQ(stats().refused_timeout, 2u) << "the first message has no more time than all";
}

TEST_F(StrangerLimits, BeyondHalfOpenTheOldestStrangerGoes) {
  start();
  std::vector<std::unique_ptr<Stranger>> strangers;
  std::vector<int> fds;
  for (int i = 0; i < 20; ++i) {
    strangers.push_back(std::make_unique<Stranger>(net));
    for (int j = 0; j < 15; ++j) {
      fds.push_back(strangers.back()->dial(at));
      net.run_for(1ms);
      EXPECT_LE(stats().half_open, 256u);
    }
  }
  EXPECT_EQ(stats().half_open, 256u);
  EXPECT_EQ(stats().refused_crowded, 44u);
  for (std::size_t i = 0; i < 300; ++i) {
    EXPECT_EQ(strangers[i / 15]->closed(fds[i]), i < 44) << i;
  }
  expect_sums();
}

TEST_F(StrangerLimits, HalfOpenIsWhatIsSet) {
  limits.half_open = 3;
  start();
  Stranger stranger(net);
  const std::vector<int> fds = dial(stranger, 5);
  EXPECT_EQ(stats().half_open, 3u);
  EXPECT_EQ(stats().refused_crowded, 2u);
  EXPECT_TRUE(stranger.closed(fds[0]));
  EXPECT_TRUE(stranger.closed(fds[1]));
  EXPECT_FALSE(stranger.closed(fds[2]));
}

TEST_F(StrangerLimits, HalfOpenIsCountedForEachListener) {
  limits.half_open = 3;
  start({server.address() + ":4040", server.address() + ":4041"});
  Stranger one(net), other(net);
  dial(one, 3);
  at = node->binds()[1];
  dial(other, 3);
  EXPECT_EQ(stats().half_open, 6u);
  EXPECT_EQ(stats().refused, 0u);
}

TEST_F(StrangerLimits, ASourceCrowdsOutOnlyItself) {
  start();
  Stranger crowd(net), other(net);
  const int fd = other.dial(at);
  settle();
  const std::vector<int> fds = dial(crowd, 20);
  EXPECT_EQ(stats().half_open, 17u);
  EXPECT_EQ(stats().refused_source, 4u);
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(crowd.closed(fds[i]), i < 4) << i;
  EXPECT_FALSE(other.closed(fd));
  expect_sums();
}

TEST_F(StrangerLimits, HalfOpenPerSourceIsWhatIsSet) {
  limits.half_open_per_source = 2;
  start();
  Stranger stranger(net);
  dial(stranger, 5);
  EXPECT_EQ(stats().half_open, 2u);
  EXPECT_EQ(stats().refused_source, 3u);
}

TEST_F(StrangerLimits, NoStrangerCostsAProvenOneItsPlace) {
  limits.half_open = 4;
  start();
  Stranger knowing(net), crowd(net);
  const int fd = dial(knowing, 1, message1())[0];
  EXPECT_FALSE(knowing.hear(fd).empty()) << "message 2";
  dial(crowd, 100);
  EXPECT_FALSE(knowing.closed(fd));
  EXPECT_EQ(stats().half_open, 5u);
  EXPECT_EQ(stats().refused_crowded, 96u);
}

TEST_F(StrangerLimits, ProvenOnesMakeRoomForEachOther) {
  limits.half_open = 4;
  start();
  Stranger knowing(net);
  std::vector<int> fds;
  for (int i = 0; i < 6; ++i) fds.push_back(dial(knowing, 1, message1())[0]);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_FALSE(knowing.hear(fds[i]).empty()) << "message 2";
    EXPECT_EQ(knowing.closed(fds[i]), i < 2) << i;
  }
  EXPECT_EQ(stats().refused_crowded, 2u);
}

TEST_F(StrangerLimits, ALinkSurvivesAStormOfStrangers) {
  limits.half_open = 8;
  start();
  join();
  ASSERT_TRUE(comes_up());
  std::vector<std::unique_ptr<Stranger>> storm;
  for (int i = 0; i < 50; ++i) {
    storm.push_back(std::make_unique<Stranger>(net));
    dial(*storm.back(), 10);
    dial(*storm.back(), 10, kJunk);
  }
  net.run_for(10s);
  EXPECT_TRUE(up());
  EXPECT_EQ(stats().links_lost, 0u);
  EXPECT_EQ(stats().links_taken, 1u);
  EXPECT_EQ(stats().refused, 1000u);
  EXPECT_EQ(stats().refused_failed, 500u);
  expect_sums();
}

// All of them have spoken before the node comes to read: nobody loses its place.
TEST_F(StrangerLimits, WhoHasSpokenIsHeardBeforeItIsTakenForAStranger) {
  limits.half_open_per_source = 1;
  start();
  Stranger site(net);
  server.stop();
  std::vector<int> fds;
  for (int i = 0; i < 60; ++i) {
    fds.push_back(site.dial(at));
    settle();
    site.say(fds.back(), message1());
  }
  settle();
  server.cont();
  net.run_for(100ms);
  for (const int fd : fds) EXPECT_FALSE(site.hear(fd).empty()) << "message 2";
  EXPECT_EQ(stats().refused, 0u);
  EXPECT_EQ(stats().half_open, 60u);
}

// With keys alone messages 2 and 3 are those of strangers. A secret that comes by reload() does not
// make them first messages, to be heard before somebody loses its place.
TEST_F(StrangerLimits, ReloadWithASecretMakesNoLinkAStranger) {
  with_key = true;
  limits.half_open_per_source = 1;
  start();
  Stranger slow(net, "home"), other(net);
  HandshakeSetup setup;
  setup.own.node_id = "honest";
  setup.own.incarnation = 7;
  SecureHandshake handshake(Handshake::Role::initiator, setup, credentials_of(config("honest")),
                            slow.process().host().random());
  const auto said = [&] {
    Bytes words;
    handshake.take_output(words);
    return words;
  };
  const int fd = dial(slow, 1, said())[0];
  handshake.feed(slow.hear(fd));
  ASSERT_EQ(handshake.state(), Handshake::State::hello);
  handshake.proceed(0);
  Config c = config("server");
  c.secret = secret;
  node->reload(c);
  other.dial(at);
  settle();
  // The node finds the newcomer first, and then what is to make the older one a link.
  server.stop();
  slow.dial(at);
  settle();
  slow.say(fd, said());
  settle();
  server.cont();
  settle();
  EXPECT_TRUE(slow.closed(fd));
  EXPECT_FALSE(up());
  EXPECT_EQ(stats().links_taken, 0u);
  EXPECT_EQ(stats().refused_source, 1u);
  expect_sums();
}

TEST_F(StrangerLimits, StrangersLeaveAQuarterOfTheDescriptors) {
  start();
  server.set_descriptor_limit(40);
  std::vector<std::unique_ptr<Stranger>> strangers;
  for (int i = 0; i < 10; ++i) {
    strangers.push_back(std::make_unique<Stranger>(net));
    dial(*strangers.back(), 10);
    EXPECT_LE(server.open_descriptors(), 30u);
  }
  EXPECT_EQ(server.open_descriptors(), 30u);
  EXPECT_EQ(stats().refused_descriptors, 71u);
  EXPECT_EQ(lines_with("cannot accept"), 0);
  join();
  EXPECT_TRUE(comes_up());
  expect_sums();
}

TEST_F(StrangerLimits, WithoutAnyDescriptorConnectionsAreClosedUnseenAndCounted) {
  start();
  server.set_descriptor_limit(server.open_descriptors());
  Stranger stranger(net);
  const int fd = stranger.dial(at);
  settle();
  EXPECT_TRUE(stranger.closed(fd));
  EXPECT_EQ(stats().refused_descriptors, 1u);
  expect_sums();
}

TEST_F(StrangerLimits, WhoIsGivenUpForWantOfMemoryIsCounted) {
  bool refused = true;
  std::uint64_t after = 0;
  for (; refused; ++after) {
    honest.reset();
    node.reset();
    start();
    join();
    const std::uint64_t before = server.refused_allocations();
    server.fail_allocations(after);
    comes_up(20ms);
    refused = server.refused_allocations() > before;
    server.fail_allocations(0, 0);
    EXPECT_TRUE(comes_up(60s)) << after;
    expect_sums();
  }
  EXPECT_GT(after, 10u);
}

// The one answer that strangers get does not keep a descriptor open.
TEST_F(StrangerLimits, WhoSpeaksAnotherVersionIsToldAndGone) {
  start();
  const std::size_t before = server.open_descriptors();
  Stranger stranger(net);
  Bytes words = message1();
  words[4] = 9;
  for (const int fd : dial(stranger, 50, words)) {
    const Bytes answer = stranger.hear(fd);
    ASSERT_EQ(answer.size(), 8u);
    EXPECT_EQ(answer[0], 'A');
    EXPECT_TRUE(stranger.closed(fd));
  }
  EXPECT_EQ(server.open_descriptors(), before);
  EXPECT_EQ(stats().refused_failed, 50u);
}

// Message 2 is still to be sent when it is clear that nobody can read it.
TEST_F(StrangerLimits, AReplayWithJunkBehindItIsGoneAtOnce) {
  start();
  const std::size_t before = server.open_descriptors();
  Stranger replayer(net);
  Bytes words = message1();
  words.insert(words.end(), {0, 64});
  words.resize(words.size() + 64, 'x');
  for (const int fd : dial(replayer, 50, words)) EXPECT_TRUE(replayer.closed(fd));
  EXPECT_EQ(server.open_descriptors(), before);
  EXPECT_EQ(stats().refused_failed, 50u);
}

TEST_F(StrangerLimits, AFloodIsALinePerSecondThatSaysWhoAndWhy) {
  start();
  Stranger flood(net), other(net);
  dial(other, 3, kJunk);
  for (int i = 0; i < 1000; ++i) {
    const int fd = flood.dial(at);
    net.run_for(1ms);
    flood.say(fd, kJunk);
    net.run_for(1ms);
  }
  net.run_for(1s);
  const long told = lines_with("connections refused within 1 s");
  EXPECT_GE(told, 2);
  EXPECT_LE(told, 4);
  EXPECT_GE(lines_with("of them from " + flood.process().address() + ": "), told - 1);
  EXPECT_GE(lines_with(" failed the handshake"), told);
  EXPECT_LE(lines_with("no greeting of this protocol"), 100 * told);
  EXPECT_GE(lines_with("no greeting of this protocol"), 100);
  const auto before = lines.size();
  net.run_for(5s);
  EXPECT_EQ(lines.size(), before) << lines.back();
}

// With the strangers' lines all used up.
TEST_F(StrangerLimits, WhoClaimsTheNodesIdIsAFewErrorsPerSecond) {
  start();
  Stranger flood(net);
  dial(flood, 200, kJunk);
  for (int i = 0; i < 20; ++i) {
    sim::Process machine(net, "twin");
    Node twin(machine.loop());
    const Registration quiet = twin.on_log([](int, std::string_view) {});
    Config c = config("server");
    c.seeds = {{at}};
    twin.configure(c);
    net.run_for(3ms);
  }
  EXPECT_EQ(stats().refused_declined, 20u);
  EXPECT_EQ(lines_with("1 node ID server is in use"), 10);
  net.run_for(2s);
  EXPECT_EQ(lines_with("1 node ID server is in use"), 10);
}

std::string refusal(const Limits& limits) {
  Loop loop;
  Node node(loop);
  Config c;
  c.private_node();
  c.limits = limits;
  try {
    node.configure(c);
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::bad_config);
    return e.what();
  }
  return {};
}

TEST(Limits, BadValuesAreRefusedWithKeyValueAndWhatWasExpected) {
  const auto says = [](const std::function<void(Limits&)>& change, const std::string& what) {
    Limits l;
    change(l);
    EXPECT_NE(refusal(l).find(what), std::string::npos) << refusal(l);
  };
  says([](Limits& l) { l.first_message_timeout = 0ns; },
       "limits.first_message_timeout: 0 us: expected 1000 us to 3600000000 us");
  says([](Limits& l) { l.handshake_timeout = 2h; }, "limits.handshake_timeout: 7200000000 us");
  says([](Limits& l) { l.first_message_timeout = 6s; }, "at most handshake_timeout, 5000000 us");
  says([](Limits& l) { l.half_open = 0; }, "limits.half_open: 0: expected 1 to 65536");
  says([](Limits& l) { l.half_open = 65'537; }, "limits.half_open: 65537");
  says([](Limits& l) { l.half_open_per_source = 0; }, "limits.half_open_per_source: 0: expected");
  says([](Limits& l) { l.accept_rate = 0; }, "limits.accept_rate: 0: expected 1 to 1000000");
  says([](Limits& l) { l.accept_burst = 1'000'001; }, "limits.accept_burst: 1000001: expected");
  says([](Limits& l) { l.failures_per_minute = 0; }, "limits.failures_per_minute: 0: expected");
  says([](Limits& l) { l.block_time = 25h; }, "limits.block_time: 90000000000 us: expected");
  says([](Limits& l) { l.x25519_rate = 0; }, "limits.x25519_rate: 0: expected 1 to 1000000");
  Limits ends;
  ends.first_message_timeout = ends.handshake_timeout = 1h;
  ends.half_open = ends.half_open_per_source = 65'536;
  ends.accept_rate = ends.accept_burst = ends.failures_per_minute = ends.x25519_rate = 1'000'000;
  ends.block_time = 24h;
  EXPECT_EQ(refusal(ends), "");
  ends.first_message_timeout = ends.handshake_timeout = ends.block_time = 1ms;
  ends.half_open = ends.half_open_per_source = ends.accept_rate = ends.accept_burst = 1;
  ends.failures_per_minute = ends.x25519_rate = 1;
  EXPECT_EQ(refusal(ends), "");
}

}  // namespace
}  // namespace aemp::strangers
