// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "chaos/history.h"
#include "chaos/program.h"
#include "chaos/roles.h"

namespace aemp::chaos {

namespace {

using namespace std::chrono_literals;

std::string join(const std::vector<std::string>& all) {
  std::string text;
  for (const std::string& one : all) (text += text.empty() ? "" : ",") += one;
  return text;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream in(text);
  for (std::string one; std::getline(in, one, ',');) all.push_back(one);
  return all;
}

Config config_of(const NodeRole& role) {
  Config c;
  c.norc = true;
  c.nodeid = role.id;
  c.binds = role.binds;
  c.seeds = role.seeds;
  c.insecure = true;
  c.heartbeat_timeout = std::chrono::milliseconds(role.heartbeat_ms);
  c.monitor_timeout = std::chrono::milliseconds(role.monitor_ms);
  c.connect_interval = 50ms;
  c.max_message = role.max_message;
  c.queue_limit = role.queue_limit;
  return c;
}

class NodeProcess {
 public:
  explicit NodeProcess(const NodeRole& role)
      : role_(role),
        history_(role.history),
        program_(loop_, history_, role.life, role.seed, config_of(role), role.names) {}

  void run();

 private:
  void on_line(const std::string& line);
  void on_tick();
  void ask();

  const NodeRole& role_;
  Loop loop_;
  History history_;
  Program program_;
  Watch input_;
  Timer acting_;
  std::int64_t ticked_ = 0;
  bool saw_all_ = false, finishing_ = false, settled_ = false;
};

// Deadlines of the library grow by what this finds: who is late does not blame others.
void NodeProcess::on_tick() {
  constexpr std::int64_t kLateMs = 60;
  const std::int64_t now = monotonic_ns();
  const std::int64_t ms = (now - std::exchange(ticked_, now)) / 1'000'000;
  if (ms >= kLateMs) history_.tell("late", {role_.life, ms});
  if (program_.sees_all() != saw_all_) {
    saw_all_ = !saw_all_;
    say_line(saw_all_ ? "all 1" : "all 0");
  }
  if (finishing_ && !settled_ && program_.settled()) {
    settled_ = true;
    say_line("settled");
  }
}

void NodeProcess::ask() {
  const auto left = std::make_shared<std::size_t>(role_.names.size() - 1);
  for (const std::string& name : role_.names) {
    if (name == role_.id) continue;
    Node& node = program_.node();
    node.cal(
        node.node_port(name),
        [left](const Reply& r) {
          if (!r.ok()) say_line("unasked " + r.reason().json());
          if (--*left == 0) say_line("asked");
        },
        "time");
  }
}

void NodeProcess::on_line(const std::string& line) {
  if (line == "hush") {
    acting_.cancel();
  } else if (line == "finish") {
    finishing_ = true;
    program_.finish();
  } else if (line == "ask") {
    ask();
  } else if (line == "leave") {
    program_.leave();
    loop_.stop();
  } else {
    throw std::runtime_error("not a command: " + line);
  }
}

void NodeProcess::run() {
  std::string ready = "ready";
  for (const std::string& address : program_.node().binds()) ready += " " + address;
  say_line(ready);
  input_ = hear_lines(loop_, [this](const std::string& line) { on_line(line); });
  ticked_ = monotonic_ns();
  loop_.timer(20ms, 20ms, [this] { on_tick(); });
  if (role_.acts) {
    acting_ = loop_.timer(10ms, 10ms, [this] { program_.act(); });
    loop_.timer(50ms, 100ms, [this] { program_.announce(); });
  }
  loop_.run();
}

}  // namespace

std::vector<std::string> NodeRole::argv() const {
  return {"self",
          "--role",
          "node",
          history,
          std::to_string(life),
          std::to_string(seed),
          acts ? "1" : "0",
          id,
          std::to_string(heartbeat_ms),
          std::to_string(monitor_ms),
          std::to_string(max_message),
          std::to_string(queue_limit),
          join(names),
          join(binds),
          join(seeds)};
}

NodeRole::NodeRole(const std::vector<std::string>& argv) {
  if (argv.size() != 15) throw std::runtime_error("a node has 12 arguments");
  history = argv[3];
  life = std::stoi(argv[4]);
  seed = std::stoull(argv[5]);
  acts = argv[6] == "1";
  id = argv[7];
  heartbeat_ms = std::stoi(argv[8]);
  monitor_ms = std::stoi(argv[9]);
  max_message = std::stoull(argv[10]);
  queue_limit = std::stoull(argv[11]);
  names = split(argv[12]);
  binds = split(argv[13]);
  seeds = split(argv[14]);
}

int play_node(const NodeRole& role) {
  NodeProcess(role).run();
  return 0;
}

void say_line(const std::string& line) {
  const std::string text = line + "\n";
  // Without anybody who hears there is nothing left to do.
  if (write(1, text.data(), text.size()) < 0) _exit(1);
}

Watch hear_lines(Loop& loop, detail::Function<void(const std::string&)> f) {
  return loop.io(0, Readable, [&loop, f = std::move(f), heard = std::string()]() mutable {
    char buffer[4096];
    const ssize_t n = read(0, buffer, sizeof buffer);
    if (n <= 0) return loop.stop();
    heard.append(buffer, static_cast<std::size_t>(n));
    for (std::size_t end; (end = heard.find('\n')) != std::string::npos; heard.erase(0, end + 1)) {
      f(heard.substr(0, end));
    }
  });
}

}  // namespace aemp::chaos
