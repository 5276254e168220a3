// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The command run: a node until SIGTERM or SIGINT.
#include <aemp/aemp.h>

#include <csignal>
#include <string>

#include "client.h"
#include "commands.h"
#include "keys.h"
#include "output.h"
#include "settings.h"

namespace tool {
namespace {

aemp::Config node_config(Options& options) {
  if (options.timeout)
    throw UsageError("--timeout: run has none; it is for snd, cal, mon and call");
  aemp::Config config = std::move(options.config);
  const std::vector<std::string>& words = options.words;
  if (words.size() == 1) {
    throw UsageError("run: " + quoted(words[0]) +
                     ": there are no profiles in this release: expected pairs of KEY VALUE");
  }
  for (std::size_t i = 0; i < words.size(); i += 2) {
    if (i + 1 == words.size()) {
      throw UsageError("run: key " + quoted(words[i]) +
                       " has no value: expected pairs of KEY VALUE");
    }
    set_key(config, options.places, words[i], words[i + 1]);
  }
  check_reach(config);
  config.norc = true;
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
  wipe_secrets(config);
  if (!print_line(ready_line(node, options.json))) return kNo;
  loop.run();
  // What happens while it leaves is the library's to log.
  log.cancel();
  return outcome;
}

}  // namespace tool
