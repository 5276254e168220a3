// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The command run: a node until SIGTERM or SIGINT.
#include <aemp/aemp.h>
#include <aemp/profile.h>

#include <csignal>
#include <optional>
#include <span>
#include <string>

#include "client.h"
#include "commands.h"
#include "keys.h"
#include "output.h"
#include "settings.h"
#include "setup.h"

namespace tool {
namespace {

bool is_run_key(std::string_view word) {
  return aemp::is_config_key(word) || word == "secret_file" || word == "key_file" ||
         word == "allow_file";
}

aemp::Config node_config(Options& options) {
  if (options.timeout)
    throw UsageError("--timeout: run has none; it is for snd, cal, mon and call");
  std::span<const std::string> words = options.words;
  std::optional<std::string> profile = options.profile;
  if (words.size() == 1 || (words.size() % 2 == 1 && !is_run_key(words[0]))) {
    profile = words[0];
    words = words.subspan(1);
  }
  set_keys(options, "run", words);
  aemp::Config config = node_setup(options, profile);
  check_reach(config);
  return config;
}

std::string ready_line(const aemp::Node& node, bool json) {
  if (json) return aemp::dict("nodeid", node.id(), "binds", node.binds()).json();
  std::string line = node.id();
  for (const std::string& bind : node.binds()) line += " " + bind;
  return line;
}

}  // namespace

int run_node(Options& options) {
  aemp::Config config = node_config(options);
  const int level = log_level(config, 5);
  Outcome outcome = kDone;
  aemp::Loop loop;
  aemp::Node node(loop);
  const aemp::Registration log = node.on_log([&](int line_level, std::string_view line) {
    if (line_level <= level) print_log_line(line_level, node.id(), line);
    // Of two nodes with one ID, the one that is new goes: it never had a link.
    const aemp::Stats stats = node.stats();
    if (stats.id_conflicts == 0 || stats.links_taken != 0 || outcome != kDone) return;
    outcome = kIdInUse;
    complain("node ID " + node.id() + " is in use: choose another with --nodeid (" +
             std::string(line) + ")");
    loop.stop();
  });
  loop.signal(SIGTERM, [&loop] { loop.stop(); });
  loop.signal(SIGINT, [&loop] { loop.stop(); });
  configure(node, config, options.places);
  aemp::wipe_secrets(config);
  if (!print_line(ready_line(node, options.json))) return kNo;
  loop.run();
  // What happens while it leaves is the library's to log.
  log.cancel();
  return outcome;
}

}  // namespace tool
