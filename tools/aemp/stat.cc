// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The command stat: a node's figures.
#include <aemp/aemp.h>

#include <string>

#include "arguments.h"
#include "client.h"
#include "commands.h"
#include "figures.h"
#include "output.h"
#include "settings.h"

namespace tool {
namespace {

void print_figures(Client& client, const Options& options, const std::string& id,
                   const aemp::Reply& reply) {
  if (client.finished()) return;
  if (!reply.ok()) return client.fail("node " + id + ": " + reason_text(reply.reason()));
  std::string text;
  try {
    const aemp::Value figures = reply.message()[0];
    text = options.json   ? figures_json(id, figures)
           : options.prom ? figures_prom(id, figures)
                          : figures_text(id, figures);
  } catch (const aemp::Error& e) {
    return client.fail("node " + id + ": its answer makes no sense: " + e.what());
  }
  if (print_line(text)) return client.done();
  client.fail({});
}

}  // namespace

int print_stats(Options& options) {
  need_words(options, 0, 1, "at most a node");
  if (options.json && options.prom) throw UsageError("stat: --json or --prom, not both");
  const std::string target = options.words.empty() ? std::string() : parse_node(options.words[0]);
  Client client(options, target, "it has not answered");
  bool asked = false;
  const auto ask = [&](const std::string& id) {
    asked = true;
    client.node().cal(
        client.node().node_port(id),
        [&client, &options, id](const aemp::Reply& reply) {
          print_figures(client, options, id, reply);
        },
        client.time_left(), "stats", options.count.value_or(100));
  };
  client.node().mon_nodes([&](std::string_view id, bool up, aemp::Message) {
    if (up && !asked) ask(std::string(id));
  });
  if (!target.empty()) ask(target);
  return client.run();
}

}  // namespace tool
