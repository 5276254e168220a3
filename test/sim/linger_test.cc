// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Connections that only see to their last words when their node, or its process, ends. What is
// wrong here is seen by a sanitizer.
#include <aemp/aemp.h>
#include <aemp/sim.h>
#include <gtest/gtest.h>

#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace aemp {
namespace {

using namespace std::chrono_literals;

Config config(std::string id, std::string bind, std::vector<std::string> seeds) {
  Config c;
  c.nodeid = std::move(id);
  c.binds = std::vector<std::string>{std::move(bind)};
  c.seeds = std::move(seeds);
  c.connect_interval = 100ms;
  c.insecure = true;
  return c;
}

// Somebody else has the node ID; the claim is refused, and its sender reads nothing.
TEST(SimLinger, AProcessEndsWhileARefusalIsOnItsWay) {
  for (const bool node_first : {false, true}) {
    sim::Network net(1);
    auto p = std::make_unique<sim::Process>(net);
    sim::Process q(net), r(net);
    std::optional<Node> a(std::in_place, p->loop());
    Node b(q.loop()), c(r.loop());
    a->configure(config("a", "unix:@a", {}));
    b.configure(config("b", "unix:@b", {"unix:@a"}));
    ASSERT_TRUE(net.run_until([&] { return a->node_is_up("b").value_or(false); }, 10s));
    bool refused = false;
    const Registration log = a->on_log([&](int, std::string_view line) {
      if (line.find("claims it too") == std::string_view::npos) return;
      refused = true;
      r.raise(SIGSTOP);
    });
    c.configure(config("b", "unix:@c", {"unix:@a"}));
    ASSERT_TRUE(net.run_until([&] { return refused; }, 10s));
    if (node_first) a.reset();
    p->crash();
    a.reset();
    p.reset();
  }
}

// What is sealed and cannot be sent holds memory of the node that sealed it.
TEST(SimLinger, ANodeEndsBeforeItsLastWordsAreOut) {
  sim::Network net(1);
  sim::Process p(net), q(net);
  std::optional<Node> a(std::in_place, p.loop());
  Node b(q.loop());
  const std::string key[] = {generate_key(), generate_key()};
  Config own = config("a", "127.0.0.1:4001", {}),
         other = config("b", "unix:@b", {"127.0.0.1:4001"});
  own.insecure.reset();
  other.insecure.reset();
  own.key = key[0];
  other.key = key[1];
  own.allow = std::vector<std::string>{public_key(key[1]) + " *"};
  other.allow = std::vector<std::string>{public_key(key[0]) + " *"};
  a->configure(own);
  b.configure(other);
  ASSERT_TRUE(net.run_until([&] { return a->node_is_up("b").value_or(false); }, 10s));
  const Port sink = b.port([](Message) {});
  q.raise(SIGSTOP);
  for (int i = 0; i < 20; ++i) a->snd(sink, std::string(50'000, 'x'));
  net.run_for(100ms);
  own.allow = std::vector<std::string>{public_key(key[0]) + " *"};
  a->reload(own);
  ASSERT_TRUE(net.run_until([&] { return !a->node_is_up("b").value_or(true); }, 10ms));
  a.reset();
  net.run_for(5s);
}

}  // namespace
}  // namespace aemp
