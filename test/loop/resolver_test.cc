// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Names are resolved as the files and the servers say, with the system's sockets and with simulated
// ones.
#include "loop/resolver.h"

#include <aemp/loop.h>
#include <aemp/sim.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "support/asker.h"
#include "support/name_server.h"
#include "support/names_host.h"

namespace aemp {
namespace {

using namespace std::chrono_literals;
using Bytes = NameServer::Bytes;
using Question = NameServer::Question;
using Reply = NameServer::Reply;

enum class System { real, simulated };

class ResolverTest : public testing::TestWithParam<System> {
 protected:
  // Two servers, ns1 and ns2.
  ResolverTest() {
    for (int i = 0; i < 2; ++i) {
      if (is_real()) {
        const Address at = Address::tcp4(192, 0, 2, static_cast<std::uint8_t>(i + 1), 53);
        servers_.push_back(std::make_unique<NameServer>(loop(), Address::tcp4(127, 0, 0, 1, 0)));
        host_.moved[at.str()] = servers_.back()->address();
        addresses_.push_back(at.str());
      } else {
        machines_.push_back(std::make_unique<sim::Process>(network_, i == 0 ? "ns1" : "ns2"));
        const Address at = parse_ip(machines_.back()->address())->at(53);
        servers_.push_back(std::make_unique<NameServer>(machines_.back()->loop(), at));
        addresses_.push_back(at.str());
      }
    }
    configure({ns1()});
  }
  ~ResolverTest() override { servers_.clear(); }

  bool is_real() const { return GetParam() == System::real; }
  Loop& loop() { return is_real() ? *loop_ : process_.loop(); }
  NameServer& server(std::size_t i = 0) { return *servers_[i]; }
  std::string ns1() const { return addresses_[0].substr(0, addresses_[0].find(':')); }
  std::string ns2() const { return addresses_[1].substr(0, addresses_[1].find(':')); }
  void file(const std::string& path, const std::string& text) {
    if (is_real()) host_.texts[path] = text;
    process_.write_file(path, text);
  }
  void configure(const std::vector<std::string>& servers, const std::string& more = "") {
    std::string text;
    for (const std::string& server : servers) text += "nameserver " + server + "\n";
    file("/etc/resolv.conf", text + more);
  }
  template <class Pred>
  bool run_until(Pred pred) {
    return is_real() ? loop().run_until(pred, 60s) : network_.run_until(pred, 600s);
  }
  std::string resolve(const std::string& name) {
    Asker asker(loop().reactor(), name);
    EXPECT_EQ(asker.told, 0) << "never from inside the call";
    EXPECT_TRUE(run_until([&] { return asker.told > 0; }));
    for (int i = 0; i < 5; ++i) is_real() ? loop().run_once(0ms) : network_.step(1s);
    EXPECT_EQ(asker.told, 1);
    return (asker.ok ? "" : "error: ") + asker.what;
  }
  static Reply no_answer(const Question&) { return {}; }
  static Reply fails(const Question& q) {
    return {{NameServer::message(q, NameServer::kServerFailed)}};
  }

  NamesHost host_;
  std::unique_ptr<Loop> loop_ = std::make_unique<Loop>(host_);
  sim::Network network_{5};
  sim::Process process_{network_, "client"};
  std::vector<std::unique_ptr<sim::Process>> machines_;
  std::vector<std::unique_ptr<NameServer>> servers_;
  std::vector<std::string> addresses_;
};

INSTANTIATE_TEST_SUITE_P(All, ResolverTest, testing::Values(System::real, System::simulated),
                         [](const testing::TestParamInfo<System>& info) {
                           return info.param == System::real ? "Real" : "Simulated";
                         });

TEST_P(ResolverTest, NumericAddressesNeedNobody) {
  EXPECT_EQ(resolve("192.0.2.7"), "192.0.2.7:4040");
  EXPECT_EQ(resolve("2001:db8::7"), "[2001:db8::7]:4040");
  EXPECT_EQ(server().asked_for(), "");
}

TEST_P(ResolverTest, WhatIsNoNameIsNotAskedFor) {
  for (const char* name : {"", ".", "a..b", "-a", "1.2.3", "with space", "\xff", "[::1]"}) {
    EXPECT_EQ(resolve(name),
              "error: cannot resolve " + std::string(name) + ": that is no name of a host");
  }
  EXPECT_EQ(server().asked_for(), "");
}

TEST_P(ResolverTest, TheFileOfHostsComesFirst) {
  file("/etc/hosts",
       "127.0.0.1 localhost\n10.1.1.1 db DB.example # db2\nnonsense db\n::1 localhost\n\n"
       "10.1.1.2\tother db\n2001:db8::1 db\nfe80::1%eth0 db");
  server().zone["db"] = {"10.9.9.9"};
  EXPECT_EQ(resolve("db"), "[2001:db8::1]:4040 10.1.1.1:4040 10.1.1.2:4040");
  EXPECT_EQ(resolve("db.EXAMPLE."), "10.1.1.1:4040");
  EXPECT_EQ(resolve("LocalHost"), "[::1]:4040 127.0.0.1:4040");
  EXPECT_EQ(server().asked_for(), "");
  file("/etc/hosts", "10.1.1.3 db\n");
  EXPECT_EQ(resolve("db"), "10.1.1.3:4040") << "read anew";
}

TEST_P(ResolverTest, LocalhostIsThisMachineWithoutAFileToo) {
  EXPECT_EQ(resolve("localhost"), "[::1]:4040 127.0.0.1:4040");
  EXPECT_EQ(server().asked_for(), "");
}

TEST_P(ResolverTest, BothFamiliesAreAskedForAndTakenInTurn) {
  server().zone["www.example"] = {"10.0.0.1",    "10.0.0.2",    "10.0.0.3",
                                  "2001:db8::1", "2001:db8::2", "::ffff:10.0.0.9"};
  EXPECT_EQ(resolve("www.example"),
            "[2001:db8::1]:4040 10.0.0.1:4040 [2001:db8::2]:4040 10.0.0.2:4040 "
            "[::ffff:10.0.0.9]:4040 10.0.0.3:4040");
  EXPECT_EQ(server().asked.size(), 2u);
  EXPECT_NE(server().asked[0].type, server().asked[1].type);
  EXPECT_NE(server().asked[0].from.port, server().asked[1].from.port);
}

TEST_P(ResolverTest, IdsAndSourcePortsDiffer) {
  server().zone["www.example"] = {"10.0.0.1"};
  std::set<std::uint16_t> ids, ports;
  for (int i = 0; i < 20; ++i) resolve("www.example");
  for (const Question& question : server().asked) {
    ids.insert(question.id);
    ports.insert(question.from.port);
  }
  EXPECT_EQ(server().asked.size(), 40u);
  EXPECT_GT(ids.size(), 30u);
  EXPECT_GT(ports.size(), 20u);
}

TEST_P(ResolverTest, OneFamilyIsEnough) {
  server().zone["four.example"] = {"10.0.0.1"};
  server().zone["six.example"] = {"2001:db8::1"};
  EXPECT_EQ(resolve("four.example"), "10.0.0.1:4040");
  EXPECT_EQ(resolve("six.example"), "[2001:db8::1]:4040");
  server().behave = [this](const Question& q) {
    return q.type == DnsType::aaaa ? fails(q) : server().from_zone(q);
  };
  EXPECT_EQ(resolve("four.example"), "10.0.0.1:4040");
  server().behave = [this](const Question& q) {
    if (q.type == DnsType::a) return server().from_zone(q);
    return Reply{{NameServer::message(q, NameServer::kNoName)}};
  };
  EXPECT_EQ(resolve("four.example"), "10.0.0.1:4040");
}

TEST_P(ResolverTest, AFamilyThatIsNotAnsweredIsNotWaitedForLong) {
  configure({ns1()}, "options timeout:30 attempts:1\n");
  server().zone["www.example"] = {"10.0.0.1", "2001:db8::1"};
  for (const DnsType dropped : {DnsType::a, DnsType::aaaa}) {
    server().behave = [&](const Question& q) {
      return q.type == dropped ? Reply{} : server().from_zone(q);
    };
    const auto start = network_.now();
    EXPECT_EQ(resolve("www.example"),
              dropped == DnsType::a ? "[2001:db8::1]:4040" : "10.0.0.1:4040");
    // By the simulated clock.
    if (!is_real()) {
      EXPECT_LT(network_.now() - start, 6s);
    }
    // What comes in time counts.
    server().behave = [&](const Question& q) {
      Reply reply = server().from_zone(q);
      if (q.type == dropped && !is_real()) reply.delay = 30ms;
      return reply;
    };
    EXPECT_EQ(resolve("www.example"), "[2001:db8::1]:4040 10.0.0.1:4040");
  }
  // That there is none of the one says nothing of the other.
  server().zone["six.example"] = {"2001:db8::1"};
  server().behave = [&](const Question& q) {
    Reply reply = server().from_zone(q);
    if (q.type == DnsType::aaaa) reply.delay = 200ms;
    return reply;
  };
  EXPECT_EQ(resolve("six.example"), "[2001:db8::1]:4040");
}

TEST_P(ResolverTest, AliasesAreFollowedAndLoopsAreNoAnswer) {
  server().zone["www.example"] = {"a.example"};
  server().zone["a.example"] = {"b.example"};
  server().zone["b.example"] = {"10.0.0.1", "10.0.0.2"};
  EXPECT_EQ(resolve("WWW.example"), "10.0.0.1:4040 10.0.0.2:4040") << server().asked_for();
  server().zone["loop.example"] = {"pool.example"};
  server().zone["pool.example"] = {"loop.example"};
  server().behave = [this](const Question& q) { return server().from_zone(q); };
  EXPECT_EQ(resolve("loop.example"), "error: cannot resolve loop.example: name server " + ns1() +
                                         ":53: its answer has aliases without an end");
}

TEST_P(ResolverTest, NamesThatAreNotThere) {
  EXPECT_EQ(resolve("no.example"), "error: cannot resolve no.example: name server " + ns1() +
                                       ":53: it knows no such name");
  server().zone["empty.example"] = {};
  EXPECT_EQ(resolve("empty.example"), "error: cannot resolve empty.example: name server " + ns1() +
                                          ":53: it knows no address of that");
  EXPECT_EQ(server().asked.size(), 4u);
}

TEST_P(ResolverTest, TheSearchListIsGoneThrough) {
  configure({ns1()}, "search first.example second.example\n");
  server().zone["db.second.example"] = {"10.0.0.1"};
  EXPECT_EQ(resolve("db"), "10.0.0.1:4040");
  std::set<std::string> names;
  for (const Question& question : server().asked) names.insert(question.name);
  EXPECT_EQ(names, (std::set<std::string>{"db.first.example", "db.second.example"}));
  server().asked.clear();
  server().zone["a.b"] = {"10.0.0.2"};
  EXPECT_EQ(resolve("a.b"), "10.0.0.2:4040");
  EXPECT_EQ(server().asked.size(), 2u) << "enough dots: as it is first";
  server().asked.clear();
  EXPECT_EQ(resolve("db."),
            "error: cannot resolve db.: name server " + ns1() + ":53: it knows no such name");
  EXPECT_EQ(server().asked.size(), 2u) << "a dot at the end: nothing is added";
  server().zone["c.first.example"] = {};
  EXPECT_EQ(resolve("c"),
            "error: cannot resolve c: name server " + ns1() + ":53: it knows no address of that");
}

TEST_P(ResolverTest, AServerThatCannotTellIsPassedOver) {
  configure({ns1(), ns2()});
  server(1).zone["www.example"] = {"10.0.0.1"};
  const std::vector<std::function<Reply(const Question&)>> faults = {
      fails,
      [](const Question& q) { return Reply{{NameServer::message(q, NameServer::kRefused)}}; },
      [](const Question& q) {
        Bytes cut = NameServer::message(q, NameServer::kNoError,
                                        {NameServer::record(q.name, "10.9.9.9"), {0xc0, 0xff}});
        return Reply{{cut}};
      },
      [](const Question& q) {
        return Reply{{NameServer::message(q, NameServer::kNoError, {Bytes{0xc0, 0x0c, 0, 1}})}};
      },
  };
  for (const auto& fault : faults) {
    server(0).behave = fault;
    server(0).asked.clear();
    EXPECT_EQ(resolve("www.example"), "10.0.0.1:4040");
    EXPECT_EQ(server(0).asked.size(), 2u);
  }
}

TEST_P(ResolverTest, AServerThatIsNotThereIsPassedOverAtOnce) {
  configure({ns1(), ns2()});
  server(1).zone["www.example"] = {"10.0.0.1"};
  servers_[0].reset();
  EXPECT_EQ(resolve("www.example"), "10.0.0.1:4040");
  servers_[1].reset();
  EXPECT_EQ(resolve("www.example"), "error: cannot resolve www.example: name server " + ns1() +
                                        ":53: Connection refused; name server " + ns2() +
                                        ":53: Connection refused");
}

TEST_P(ResolverTest, WhenNoneCanTellTheSentenceSaysWhatEachSaid) {
  configure({ns1(), ns2()}, "options attempts:3\nsearch other.example\n");
  server(0).behave = fails;
  server(1).behave = [](const Question& q) {
    return Reply{{NameServer::message(q, NameServer::kRefused)}};
  };
  EXPECT_EQ(resolve("www.example"), "error: cannot resolve www.example: name server " + ns1() +
                                        ":53: it answers SERVFAIL; name server " + ns2() +
                                        ":53: it answers REFUSED");
  EXPECT_EQ(server(0).asked.size(), 6u);
  EXPECT_EQ(server(1).asked.size(), 6u);
  for (const Question& question : server(1).asked) EXPECT_EQ(question.name, "www.example");
}

TEST_P(ResolverTest, ForeignAnswersArePassedOver) {
  server().zone["www.example"] = {"10.0.0.1"};
  server().behave = [this](const Question& q) {
    Question other = q;
    other.name = "evil.example";
    const Bytes wrong_name = NameServer::message(other, NameServer::kNoError,
                                                 {NameServer::record("evil.example", "10.6.6.6")});
    Bytes wrong_id =
        NameServer::message(q, NameServer::kNoError, {NameServer::record(q.name, "10.6.6.6")});
    wrong_id[0] ^= 1;
    Bytes question_back = q.message;
    other = q;
    other.type = DnsType::cname;
    const Bytes wrong_type = NameServer::message(other, NameServer::kNoError);
    Reply reply = server().from_zone(q);
    reply.messages.insert(reply.messages.begin(),
                          {{}, {1}, wrong_name, wrong_id, question_back, wrong_type});
    return reply;
  };
  EXPECT_EQ(resolve("www.example"), "10.0.0.1:4040");
}

TEST_P(ResolverTest, ALongAnswerIsFetchedOverTcp) {
  std::vector<std::string>& addresses = server().zone["many.example"];
  std::string expected;
  for (int i = 1; i <= 32; ++i) {
    addresses.push_back("10.0.1." + std::to_string(i));
    expected += (i == 1 ? "" : " ") + addresses.back() + ":4040";
  }
  EXPECT_EQ(resolve("many.example"), expected);
  EXPECT_NE(server().asked_for().find("tcp A many.example"), std::string::npos);
  EXPECT_EQ(server().asked_for().find("tcp AAAA"), std::string::npos);
  server().tcp_piece = 9;
  EXPECT_EQ(resolve("many.example"), expected);
  server().behave = [this](const Question& q) {
    Reply reply = server().from_zone(q);
    if (!q.over_tcp) return reply;
    Bytes foreign = reply.messages[0];
    foreign[1] ^= 1;
    reply.messages = {foreign, {}, reply.messages[0], foreign};
    return reply;
  };
  EXPECT_EQ(resolve("many.example"), expected);
}

TEST_P(ResolverTest, TcpThatFailsIsAServerThatCannotTell) {
  server().behave = [](const Question& q) {
    if (!q.over_tcp) return Reply{{NameServer::message(q, NameServer::kTruncated)}};
    return Reply{
        {NameServer::message(q, NameServer::kNoError, {NameServer::record(q.name, "10.0.0.1")})}};
  };
  const std::string failed = "error: cannot resolve www.example: name server " + ns1() + ":53: ";
  for (const std::size_t most : {0u, 1u, 2u, 3u, 20u}) {
    server().tcp_most = most;
    const std::string said = resolve("www.example");
    EXPECT_TRUE(said == failed + "it closes the connection before its answer is complete" ||
                said == failed + "Connection reset by peer")
        << said;
  }
  server().tcp_most = SIZE_MAX;
  server().behave = [](const Question& q) {
    return Reply{{NameServer::message(q, NameServer::kTruncated)}};
  };
  EXPECT_EQ(resolve("www.example"), failed + "its answer is cut short over TCP too");
  server().refuse_tcp();
  EXPECT_EQ(resolve("www.example"), failed + "Connection refused");
}

TEST_P(ResolverTest, AnyAddressIsAnAnswer) {
  server().zone["odd.example"] = {"0.0.0.0", "255.255.255.255", "127.0.0.1", "::", "fe80::1"};
  EXPECT_EQ(resolve("odd.example"),
            "[::]:4040 0.0.0.0:4040 [fe80::1]:4040 255.255.255.255:4040 127.0.0.1:4040");
}

TEST_P(ResolverTest, ManyAtATimeAndOneThatEndsItself) {
  std::vector<std::unique_ptr<Asker>> askers;
  for (int i = 0; i < 50; ++i) {
    const std::string name = "h" + std::to_string(i) + ".example";
    server().zone[name] = {"10.0.0." + std::to_string(i)};
    askers.push_back(std::make_unique<Asker>(loop().reactor(), name));
    askers.back()->ends_when_told = i % 2 == 0;
  }
  EXPECT_TRUE(run_until([&] {
    return std::all_of(askers.begin(), askers.end(), [](const auto& one) { return one->told > 0; });
  }));
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(askers[static_cast<std::size_t>(i)]->what, "10.0.0." + std::to_string(i) + ":4040");
  }
}

}  // namespace
}  // namespace aemp
