// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The commands that ask the network: db, grp, log, trace.
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

void finish_with_lines(Client& client, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    if (!print_line(line)) return client.fail({});
  }
  client.done();
}

std::string date_time(std::chrono::system_clock::time_point when) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
  return text;
}

// What one node says of its links.
struct Links {
  std::string error;  // or
  std::vector<aemp::OwnedMessage> links;
};

std::string milliseconds(const aemp::Value& ns) {
  if (ns.as<double>() == 0) return "-";  // not measured yet
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", ns.as<double>() / 1e6);
  return text;
}

class Trace {
 public:
  explicit Trace(Client& client, const Options& options) : client_(client), options_(options) {}

  // From one node to its peers and on to theirs; or of one node only.
  void begin() {
    if (!options_.words.empty()) return ask(options_.words[0]);
    client_.node().mon_nodes([this](std::string_view id, bool up, aemp::Message) {
      if (up && nodes_.empty()) ask(std::string(id));
    });
  }

 private:
  void ask(const std::string& id) {
    if (!nodes_.try_emplace(id).second) return;
    ++waiting_;
    aemp::Node& node = client_.node();
    node.cal(
        node.node_port(id), [this, id](const aemp::Reply& reply) { answered(id, reply); },
        client_.time_left() * 3 / 4, "aemp.trace", 1);
  }

  void answered(const std::string& id, const aemp::Reply& reply) {
    Links& links = nodes_[id];
    if (reply.ok()) {
      for (const aemp::Value value : reply.message()) {
        aemp::OwnedMessage link(value.items());
        if (is_own(link)) continue;
        if (options_.words.empty()) ask(link.as<std::string>(0));
        links.links.push_back(std::move(link));
      }
    } else {
      links.error = reason_text(reply.reason());
    }
    if (--waiting_ != 0) return;
    if (nodes_.size() == 1 && !links.error.empty()) {
      return client_.fail("node " + id + ": " + links.error);
    }
    finish_with_lines(client_, options_.dot ? dot() : table());
  }

  // Of this command's own node nobody wants to hear.
  bool is_own(const aemp::OwnedMessage& link) const {
    return link.as<std::string_view>(0) == client_.node().id();
  }

  std::vector<std::string> table() const {
    std::vector<std::vector<std::string>> rows{{"NODE", "PEER", "RTT ms", "QUEUED", "ADDRESS"}};
    for (const auto& [id, of] : nodes_) {
      if (!of.error.empty()) rows.push_back({id, "-", "-", "-", of.error});
      for (const auto& link : of.links) {
        rows.push_back({id, link.as<std::string>(0), milliseconds(link[2]),
                        std::to_string(link.as<std::uint64_t>(3)), link.as<std::string>(1)});
      }
    }
    std::vector<std::string> lines;
    std::vector<std::size_t> widths(rows[0].size());
    for (const auto& row : rows) {
      for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    for (const auto& row : rows) {
      std::string line;
      for (std::size_t i = 0; i < row.size(); ++i) {
        line += printable(row[i]);
        if (i + 1 < row.size()) line.append(widths[i] - row[i].size() + 2, ' ');
      }
      lines.push_back(line);
    }
    return lines;
  }

  // Each link once: both ends tell of it.
  std::vector<std::string> dot() const {
    std::map<std::pair<std::string, std::string>, std::string> edges;
    std::vector<std::string> lines{"graph aemp {", "  node [shape=box];"};
    for (const auto& [id, of] : nodes_) {
      lines.push_back("  \"" + id + "\"" + (of.error.empty() ? ";" : " [style=dashed];"));
      for (const auto& link : of.links) {
        const std::string other = link.as<std::string>(0);
        edges[{std::min(id, other), std::max(id, other)}] = milliseconds(link[2]);
      }
    }
    for (const auto& [ends, rtt] : edges) {
      lines.push_back("  \"" + ends.first + "\" -- \"" + ends.second + "\" [label=\"" + rtt +
                      " ms\"];");
    }
    lines.push_back("}");
    return lines;
  }

  Client& client_;
  const Options& options_;
  std::map<std::string, Links> nodes_;
  std::size_t waiting_ = 0;
};

}  // namespace

namespace {

void print_families(Client& client, const Options& options) {
  client.node().db_families([&](const aemp::DbKeys& names) {
    std::vector<std::string> lines;
    if (options.json) {
      lines.push_back(printable(aemp::message(names)[0].json()));
    } else {
      for (const std::string& name : names) lines.push_back(plain_line(aemp::message(name)));
    }
    finish_with_lines(client, lines);
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
    finish_with_lines(client, lines);
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
                          finish_with_lines(client, lines);
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

int trace_links(Options& options) {
  need_words(options, 0, 1, "at most a node");
  const std::string target = options.words.empty() ? std::string() : parse_node(options.words[0]);
  Client client(options, target, "not all nodes have answered");
  Trace trace(client, options);
  trace.begin();
  return client.run();
}

}  // namespace tool
