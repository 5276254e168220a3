// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Memory is refused at every point of what one process does by itself: what was promised happens,
// what was refused has changed nothing. See memory_test.cc for whole networks.
#include <aemp/aemp.h>
#include <aemp/sim.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <new>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace aemp {
namespace {

using namespace std::chrono_literals;

// What a program does on one loop, of its own or of a simulated process. `refusing` calls its
// argument as code to which memory may be refused; true if it was not.
using Refusing = detail::Function<bool(detail::Function<void()>)>;
using Deed = void (*)(sim::Network& net, sim::Process& process, Refusing& refusing);

void timers_and_jobs(sim::Network& net, sim::Process& process, Refusing& refusing) {
  Loop& loop = process.loop();
  int expected = 0, called = 0;
  for (int i = 0; i < 20; ++i) {
    expected += refusing([&] { loop.timer(1ms, [&] { ++called; }); }) ? 1 : 0;
    expected += refusing([&] { loop.defer([&] { ++called; }); }) ? 1 : 0;
    expected += refusing([&] { loop.post([&] { ++called; }); }) ? 1 : 0;
  }
  net.run_for(50ms);
  EXPECT_EQ(called, expected);
}

// A loop of the real system: what is posted to it finds no memory while it runs, and waits.
void posted_jobs(sim::Network&, sim::Process& process, Refusing& refusing) {
  Loop loop;
  std::vector<int> order;
  order.reserve(10'000);
  for (int i = 0; i < 5'000; ++i) loop.post([&, i] { order.push_back(i); });
  refusing([&] { loop.run_for(1ms); });
  process.fail_allocations(0, 0);
  loop.run_until([&] { return order.size() == 5'000; }, 10s);
  ASSERT_EQ(order.size(), 5'000u);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

void watches(sim::Network&, sim::Process&, Refusing& refusing) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  Loop loop;
  int expected = 0, called = 0;
  std::vector<Watch> handles(4);
  for (Watch& handle : handles) {
    const auto cb = [&] { ++called; };
    expected += refusing([&] { handle = loop.io(ends[1], Events::Writable, cb); }) ? 1 : 0;
  }
  refusing([&] { loop.signal(SIGURG, [](int) {}); });
  loop.run_once(0ms);
  EXPECT_EQ(called, expected);
  for (Watch& handle : handles) handle.cancel();
  close(ends[0]);
  close(ends[1]);
}

void tags(sim::Network& net, sim::Process& process, Refusing& refusing) {
  Node node(process.loop());
  node.on_log([](int, std::string_view) {});
  const Port port = node.port();
  std::vector<std::string> known;
  std::set<std::string> heard;
  std::size_t others = 0;
  node.rcv(port, [&](std::string_view, Message) { ++others; });
  for (int i = 0; i < 40; ++i) {
    const std::string tag = "a tag that does not lie in place " + std::to_string(i);
    const bool done = refusing([&] {
      node.rcv(port, tag, [&heard, tag] {
        const sim::AllocationsSucceed bookkeeping;
        heard.insert(tag);
      });
    });
    if (done) known.push_back(tag);
    if (i % 7 == 3 && !known.empty()) {
      if (refusing([&] { node.rcv_remove(port, known.front()); })) known.erase(known.begin());
    }
  }
  process.fail_allocations(0, 0);
  for (int i = 0; i < 40; ++i)
    node.snd(port, "a tag that does not lie in place " + std::to_string(i));
  net.run_for(50ms);
  EXPECT_EQ(heard, std::set<std::string>(known.begin(), known.end()));
  EXPECT_EQ(heard.size() + others, 40u);
}

// An encoder that sends: what it sends goes behind the message that it is for.
struct Talkative {
  Node* node;
  Port to;
  int number;
  bool* refused;
};
void aemp_encode(Writer& w, const Talkative& t) {
  try {
    t.node->snd(t.to, t.number + 1, std::string_view("said while another message is written"));
  } catch (const std::bad_alloc&) {
    *t.refused = true;
  }
  w.put(t.number);
}

void encoders(sim::Network& net, sim::Process& process, Refusing& refusing) {
  Node node(process.loop());
  node.on_log([](int, std::string_view) {});
  std::vector<int> came, expected;
  bool died = false;
  const Port port = node.port([&](int n, Message) {
    const sim::AllocationsSucceed bookkeeping;
    came.push_back(n);
  });
  node.mon(port, [&](Message) { died = true; });
  for (int i = 0; i < 20; i += 2) {
    bool inner_refused = false;
    const Talkative talkative{&node, port, i, &inner_refused};
    if (refusing([&] { node.snd(port, talkative); })) expected.push_back(i);
    if (!inner_refused) expected.push_back(i + 1);
  }
  process.fail_allocations(0, 0);
  net.run_for(50ms);
  if (died) return;  // for want of memory for what the encoder had sent
  // What an encoder sent is sent whether the message around it is or not, if it came that far.
  EXPECT_TRUE(std::includes(expected.begin(), expected.end(), came.begin(), came.end()));
  EXPECT_TRUE(std::is_sorted(came.begin(), came.end()));
}

void node_timers(sim::Network& net, sim::Process& process, Refusing& refusing) {
  Node node(process.loop());
  node.on_log([](int, std::string_view) {});
  int expected = 0, called = 0;
  bool died = false;
  const Port port = node.port([&](std::string_view) { ++called; });
  node.mon(port, [&](Message) { died = true; });
  std::vector<Timer> handles(30);
  for (std::size_t i = 0; i < handles.size(); ++i) {
    Timer& handle = handles[i];
    const bool done = refusing([&] {
      handle = i % 2 == 0 ? node.after(1ms, [&] { ++called; })
                          : node.after(1ms, port, "a message that does not lie in place");
    });
    if (done) ++expected;
  }
  net.run_for(50ms);
  if (!died) {
    EXPECT_EQ(called, expected);
  }
}

void local_ports(sim::Network& net, sim::Process& process, Refusing& refusing) {
  Node node(process.loop());
  node.on_log([](int, std::string_view) {});
  node.define("stillborn", [] { throw std::runtime_error("a sentence that is long enough"); });
  int expected = 0, fired = 0, drained = 0, wanted_drained = 0;
  const auto count = [&](Message) { ++fired; };
  std::vector<Port> ports;
  for (int i = 0; i < 40; ++i) {
    Port port;
    if (!refusing([&] { port = node.port([](Message) {}); })) continue;
    expected += refusing([&] { node.mon(port, count); }) ? 1 : 0;
    if (!refusing([&] { node.kil(port, "a reason", "with a sentence behind it"); })) {
      process.fail_allocations(0, 0);
      node.kil(port);
    }
    Port spawned;
    if (refusing([&] { spawned = node.spawn(node.id(), "stillborn"); })) {
      expected += refusing([&] { node.mon(spawned, count); }) ? 1 : 0;
    }
    wanted_drained += refusing([&] { node.on_drain(port, [&] { ++drained; }); }) ? 1 : 0;
  }
  net.run_for(100ms);
  EXPECT_EQ(fired, expected);
  EXPECT_EQ(drained, wanted_drained);
  EXPECT_EQ(node.stats().ports, 0u);
  EXPECT_EQ(node.stats().monitors, 0u);
}

// Reply ports that are killed, and time-outs.
void local_calls(sim::Network& net, sim::Process& process, Refusing& refusing) {
  Node node(process.loop());
  node.on_log([](int, std::string_view) {});
  const Port deaf = node.port([](Message) {});
  int expected = 0, answered = 0;
  for (int i = 0; i < 20; ++i) {
    Port reply;
    const bool done = refusing([&] {
      reply = node.cal(
          deaf, [&](const Reply&) { ++answered; }, 10ms, "a question that is not heard");
    });
    if (!done) continue;
    ++expected;
    if (i % 2 == 0)
      refusing([&] { node.kil(reply, "a reason", "that is long enough to be copied"); });
  }
  net.run_for(100ms);
  EXPECT_EQ(answered, expected);
  EXPECT_EQ(node.stats().ports, 1u);
}

struct DeedCase {
  const char* name;
  Deed deed;
};

class MemoryOfOneTest : public testing::TestWithParam<DeedCase> {};

TEST_P(MemoryOfOneTest, RefusedAtEveryPoint) {
  std::uint64_t points = 0;
  for (const std::uint64_t count : {1u, 3u, 1000u}) {
    for (std::uint64_t k = 0;; ++k) {
      SCOPED_TRACE("allocations from " + std::to_string(k) + ", " + std::to_string(count));
      sim::Network net(k + 1);
      sim::Process process(net);
      Refusing refusing = [&](detail::Function<void()> f) {
        try {
          process.inside(f);
          return true;
        } catch (const std::bad_alloc&) {
          return false;
        }
      };
      process.loop();
      process.fail_allocations(k, count);
      GetParam().deed(net, process, refusing);
      if (process.refused_allocations() == 0) break;
      ++points;
      if (testing::Test::HasFailure()) return;
      ASSERT_LT(k, 5'000u);
    }
  }
  EXPECT_GT(points, 0u) << "nothing was refused";
}

INSTANTIATE_TEST_SUITE_P(
    All, MemoryOfOneTest,
    testing::Values(DeedCase{"timers_and_jobs", timers_and_jobs},
                    DeedCase{"posted_jobs", posted_jobs}, DeedCase{"watches", watches},
                    DeedCase{"tags", tags}, DeedCase{"encoders", encoders},
                    DeedCase{"node_timers", node_timers}, DeedCase{"local_ports", local_ports},
                    DeedCase{"local_calls", local_calls}),
    [](const testing::TestParamInfo<DeedCase>& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace aemp
