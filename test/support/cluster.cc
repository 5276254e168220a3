// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "support/cluster.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <map>
#include <utility>

namespace aemp::remote {

std::string unix_name() {
  static std::atomic<unsigned> count{0};
  return "unix:@aemp-test-" + std::to_string(getpid()) + "-" + std::to_string(++count);
}

std::string incarnation(Node& node) {
  const Port p = node.port();
  const std::string text = p.str();
  node.kil(p);
  return text.substr(text.find('#') + 1, 11);
}

Config config(std::string id, std::vector<std::string> binds, std::vector<std::string> seeds) {
  Config c;
  c.nodeid = std::move(id);
  c.binds = std::move(binds);
  c.seeds = std::move(seeds);
  c.insecure = true;
  return c;
}

NodeLog::NodeLog(Node& node)
    : sink_(node.on_log([this](int level, std::string_view line) {
        lines.push_back({level, std::string(line)});
      })) {}

std::size_t NodeLog::count(int level, std::string_view part) const {
  return static_cast<std::size_t>(
      std::count_if(lines.begin(), lines.end(), [&](const LogLine& line) {
        return line.level == level && line.text.find(part) != std::string::npos;
      }));
}

std::string NodeLog::all() const {
  std::string text;
  for (const LogLine& line : lines) text += std::to_string(line.level) + " " + line.text + "\n";
  return text;
}

Member::Member(Loop& loop, const Config& config)
    : node_(std::make_unique<Node>(loop)), log(*node_) {
  node_->mon_nodes([this](std::string_view id, bool up, Message reason) {
    std::string line = up ? "up " : "down ";
    line.append(id);
    if (!up) line.append(" ").append(reason.json());
    story.push_back(std::move(line));
  });
  node_->configure(config);
}

Port Member::sink(std::string name) {
  if (!name.empty()) name += ' ';
  return node_->port([this, name](Message m) { story.push_back(name + m.json()); });
}

Monitor Member::watch(const Port& p, std::string name) {
  return node_->mon(p, [this, name = std::move(name)](Message reason) {
    story.push_back(name + " " + reason.json());
  });
}

std::size_t Member::count(std::string_view beginning) const {
  return static_cast<std::size_t>(std::count_if(
      story.begin(), story.end(),
      [&](const std::string& line) { return std::string_view(line).starts_with(beginning); }));
}

std::ptrdiff_t Member::find(std::string_view beginning, std::size_t from) const {
  for (std::size_t i = from; i < story.size(); ++i) {
    if (std::string_view(story[i]).starts_with(beginning)) return static_cast<std::ptrdiff_t>(i);
  }
  return -1;
}

std::string Member::told() const {
  std::string text = "-- " + (node_ ? node_->id() : std::string("?")) + "\n";
  for (const std::string& line : story) text += line + "\n";
  return text + log.all();
}

PeerStats Member::peer(std::string_view id) const {
  for (const PeerStats& peer : node_->stats().peers) {
    if (peer.node == id) return peer;
  }
  return {};
}

void expect_alternating(const Member& member) {
  std::map<std::string, bool> up;
  for (const std::string& line : member.story) {
    const bool is_up = line.starts_with("up ");
    if (!is_up && !line.starts_with("down ")) continue;
    const std::size_t at = line.find(' ') + 1;
    const std::string id = line.substr(at, line.find(' ', at) - at);
    EXPECT_NE(up[id], is_up) << line << "\n" << member.told();
    up[id] = is_up;
  }
}

std::size_t resident_bytes() {
  long pages = 0;
  if (FILE* f = std::fopen("/proc/self/statm", "r")) {
    long all = 0;
    if (std::fscanf(f, "%ld %ld", &all, &pages) != 2) pages = 0;
    std::fclose(f);
  }
  return static_cast<std::size_t>(pages) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace aemp::remote
