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

INSTANTIATE_TEST_SUITE_P(All, MemoryOfOneTest,
                         testing::Values(DeedCase{"timers_and_jobs", timers_and_jobs},
                                         DeedCase{"posted_jobs", posted_jobs},
                                         DeedCase{"watches", watches}),
                         [](const testing::TestParamInfo<DeedCase>& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace aemp
