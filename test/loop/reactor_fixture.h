// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// A reactor on a fake host, and one of each thing that it calls.
#ifndef AEMP_TEST_LOOP_REACTOR_FIXTURE_H
#define AEMP_TEST_LOOP_REACTOR_FIXTURE_H

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "loop/fake_host.h"
#include "loop/reactor.h"

namespace aemp {

using Strings = std::vector<std::string>;

struct Io final : IoHandler {
  explicit Io(std::function<void(std::uint8_t)> f) : body(std::move(f)) {}
  void on_ready(std::uint8_t events) override { body(events); }
  std::function<void(std::uint8_t)> body;
};
struct Tick final : TimerNode {
  explicit Tick(std::function<void()> f) : body(std::move(f)) {}
  void on_timer() override { body(); }
  std::function<void()> body;
};
struct Flush final : Flushable {
  explicit Flush(std::function<void()> f) : body(std::move(f)) {}
  void flush() override { body(); }
  std::function<void()> body;
};
struct Resume final : Resumable {
  explicit Resume(std::function<void()> f) : body(std::move(f)) {}
  void resume() override { body(); }
  std::function<void()> body;
};
struct Dead final : Reaped {
  explicit Dead(std::function<void()> f) : body(std::move(f)) {}
  ~Dead() override { body(); }
  std::function<void()> body;
};

class ReactorTest : public testing::Test {
 protected:
  std::function<void()> say(std::string word) {
    return [this, word] { said_.push_back(word); };
  }
  FakePoller& poller() { return host_.fake_poller; }
  FakeClock& clock() { return host_.fake_clock; }
  void consume(Nanos time) { clock().now += time; }

  FakeHost host_;
  Strings said_;
  Reactor reactor_{host_};
};

}  // namespace aemp

#endif  // AEMP_TEST_LOOP_REACTOR_FIXTURE_H
