// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include <map>
#include <memory>
#include <stdexcept>
#include <utility>

#include "chaos/child.h"
#include "chaos/roles.h"
#include "support/proxy.h"

namespace aemp::chaos {

namespace {

using remote::Cut;
using remote::Proxy;
using remote::Way;

class Relay {
 public:
  explicit Relay(const std::vector<PathRole>& paths);
  void run();

 private:
  using Pair = std::pair<int, int>;

  void on_line(const std::string& line);
  void on_path(const std::vector<std::string>& command, Proxy& path, bool turned);
  void target(int to, const std::string& tcp, const std::string& local);

  Loop loop_;
  std::map<Pair, std::unique_ptr<Proxy>> paths_;
};

bool is_local(const std::string& address) { return address.starts_with("unix:"); }

// Both ends learn only the addresses of paths, so that later dials come this way too.
Relay::Relay(const std::vector<PathRole>& paths) {
  std::string ready = "ready";
  for (const PathRole& path : paths) {
    auto proxy = std::make_unique<Proxy>(loop_, path.listen, path.listen);
    proxy->refuse();
    ready += " " + proxy->address();
    paths_[{path.from, path.to}] = std::move(proxy);
  }
  for (auto& [pair, proxy] : paths_) {
    proxy->show_target_at({proxy->address()});
    const auto back = paths_.find({pair.second, pair.first});
    if (back != paths_.end()) proxy->show_dialler_at({back->second->address()});
  }
  say_line(ready);
}

void Relay::target(int to, const std::string& tcp, const std::string& local) {
  for (auto& [pair, proxy] : paths_) {
    if (pair.second != to) continue;
    proxy->retarget(is_local(proxy->address()) ? local : tcp);
    proxy->refuse(false);
  }
}

void Relay::on_path(const std::vector<std::string>& command, Proxy& path, bool turned) {
  const std::string& what = command[0];
  const bool on = command[3] == "1";
  if (what == "cut") {
    const std::string& how = command[3];
    if (how == "both") return path.cut(Cut::both);
    if (how == "reset") return path.cut(Cut::reset);
    return path.cut((how == "dialler") != turned ? Cut::dialler : Cut::target);
  }
  if (what == "pause") return path.pause_both(on);
  if (what == "refuse") return path.refuse(on);
  // No network takes bytes out of the middle of a stream: what lost some ends with the hole.
  if (!on) path.cut(Cut::reset);
  if (what == "deaf") return path.swallow(turned ? Way::back : Way::there, on);
  if (what != "swallow") throw std::runtime_error("not a command: " + what);
  path.swallow(Way::there, on);
  path.swallow(Way::back, on);
}

void Relay::on_line(const std::string& line) {
  const std::vector<std::string> command = words(line);
  if (command.size() != 4) throw std::runtime_error("not a command: " + line);
  if (command[0] == "target") {
    target(std::stoi(command[1]), command[2], command[3]);
  } else {
    const Pair pair{std::stoi(command[1]), std::stoi(command[2])};
    on_path(command, *paths_.at(pair), false);
    on_path(command, *paths_.at({pair.second, pair.first}), true);
  }
  say_line("ok");
}

void Relay::run() {
  const Watch input = hear_lines(loop_, [this](const std::string& line) { on_line(line); });
  loop_.run();
}

}  // namespace

std::vector<std::string> relay_argv(const std::vector<PathRole>& paths) {
  std::vector<std::string> argv = {"self", "--role", "relay"};
  for (const PathRole& path : paths) {
    argv.push_back(std::to_string(path.from));
    argv.push_back(std::to_string(path.to));
    argv.push_back(path.listen);
  }
  return argv;
}

int play_relay(const std::vector<std::string>& argv) {
  std::vector<PathRole> paths;
  for (std::size_t i = 3; i + 2 < argv.size(); i += 3) {
    paths.push_back({std::stoi(argv[i]), std::stoi(argv[i + 1]), argv[i + 2]});
  }
  Relay(paths).run();
  return 0;
}

}  // namespace aemp::chaos
