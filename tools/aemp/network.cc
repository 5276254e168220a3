// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The commands that ask the network: db, grp, log.
#include <aemp/aemp.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <map>
#include <string>
#include <vector>

#include "arguments.h"
#include "client.h"
#include "commands.h"
#include "output.h"
#include "settings.h"

namespace tool {
namespace {

std::string date_time(std::chrono::system_clock::time_point when) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
  return text;
}

void print_families(Client& client, const Options& options) {
  client.node().db_families([&](const aemp::DbKeys& names) {
    std::vector<std::string> lines;
    if (options.json) {
      lines.push_back(printable(aemp::message(names)[0].json()));
    } else {
      for (const std::string& name : names) lines.push_back(plain_line(aemp::message(name)));
    }
    client.print(lines);
  });
}

}  // namespace

int print_family(Options& options) {
  need_words(options, 0, 2, "a family of the database");
  Client client(options, {}, "there is no global node that knows the database");
  if (options.words.empty()) {
    print_families(client, options);
    return client.run();
  }
  client.node().db_family(options.words[0], [&](const aemp::DbRows& rows) {
    std::vector<std::string> lines;
    if (options.words.size() == 2) {
      const auto row = rows.find(options.words[1]);
      if (row == rows.end()) return client.fail("no key " + quoted(options.words[1]));
      const aemp::OwnedMessage value = aemp::message(row->second);
      lines.push_back(options.json ? printable(row->second.json()) : plain_line(value));
    } else if (options.json) {
      std::string all;
      for (const auto& [key, value] : rows) {
        all += (all.empty() ? "" : ",") + aemp::message(key)[0].json() + ":" + value.json();
      }
      lines.push_back(printable("{" + all + "}"));
    } else {
      for (const auto& [key, value] : rows) {
        lines.push_back(plain_line(aemp::message(key, value.view())));
      }
    }
    client.print(lines);
  });
  return client.run();
}

int print_group(Options& options) {
  need_words(options, 1, 1, "a group");
  Client client(options, {}, "there is no global node that knows the groups");
  client.node().grp_mon(options.words[0],
                        [&](const std::vector<aemp::Port>& ports, const std::vector<aemp::Port>&,
                            const std::vector<aemp::Port>&) {
                          std::vector<std::string> lines;
                          for (const aemp::Port& port : ports) lines.push_back(port.str());
                          if (options.json) lines = {printable(aemp::message(lines)[0].json())};
                          client.print(lines);
                        });
  return client.run();
}

int follow_log(Options& options) {
  Client client(options, {}, "");
  for (const std::string& id : options.words) parse_node(id);
  aemp::Node& node = client.node();
  node.mon_nodes([&](std::string_view, bool up, aemp::Message) {
    if (up) client.wait_forever();
  });
  node.catch_log(options.level.value_or(5), [&](std::string_view id, auto when, int level,
                                                std::string_view text) {
    const auto& ids = options.words;
    if (id == node.id() || client.finished()) return;
    if (!ids.empty() && std::find(ids.begin(), ids.end(), id) == ids.end()) return;
    const std::string line = options.json ? aemp::message(date_time(when), level, id, text).json()
                                          : date_time(when) + " <" + std::to_string(level) + "> " +
                                                std::string(id) + ": " + std::string(text);
    if (!print_line(printable(line))) client.fail({});
  });
  return client.run();
}

}  // namespace tool
