// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The command trace: who is connected to whom.
#include <aemp/aemp.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "arguments.h"
#include "client.h"
#include "commands.h"
#include "output.h"
#include "settings.h"
#include "table.h"

namespace tool {
namespace {

struct Link {
  std::string peer, address;
  std::uint64_t rtt_ns;  // 0: not measured yet
  std::uint64_t queued_bytes;
};

// What one node says of its links.
struct Links {
  std::string error;  // or
  std::vector<Link> links;
};

// Throws aemp::Error where the answer makes no sense.
std::vector<Link> links_of(const aemp::Message& answer) {
  std::vector<Link> links;
  for (const aemp::Value value : answer) {
    const aemp::OwnedMessage row(value.items());
    links.push_back({row.as<std::string>(0), row.as<std::string>(1), row.as<std::uint64_t>(2),
                     row.as<std::uint64_t>(3)});
    require_node_id(links.back().peer);
  }
  return links;
}

std::string rtt_text(const Link& link) {
  return link.rtt_ns == 0 ? "-" : milliseconds(static_cast<double>(link.rtt_ns));
}

class Trace {
 public:
  explicit Trace(Client& client, const Options& options) : client_(client), options_(options) {}

  // From one node to its peers and on to theirs; or of one node only.
  void begin() {
    if (!client_.target().empty()) return ask(client_.target());
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
    try {
      if (reply.ok()) {
        links.links = links_of(reply.message());
      } else {
        links.error = reason_text(reply.reason());
      }
    } catch (const aemp::Error& e) {
      links.error = std::string("its answer makes no sense: ") + e.what();
    }
    // Of this command's own node nobody wants to hear.
    std::erase_if(links.links, [&](const Link& l) { return l.peer == client_.node().id(); });
    if (client_.target().empty()) {
      for (const Link& link : links.links) ask(link.peer);
    }
    if (--waiting_ != 0) return;
    if (nodes_.size() == 1 && !links.error.empty()) {
      return client_.fail("node " + id + ": " + links.error);
    }
    client_.print(options_.dot ? dot() : options_.json ? json() : table());
  }

  std::vector<std::string> table() const {
    Table table{"NODE", "PEER", "RTT ms", "QUEUED", "ADDRESS"};
    for (const auto& [id, of] : nodes_) {
      if (!of.error.empty()) table.add({id, "-", "-", "-", of.error});
      for (const Link& link : of.links) {
        table.add({id, link.peer, rtt_text(link), std::to_string(link.queued_bytes), link.address});
      }
    }
    return table.lines();
  }

  // A line for each node.
  std::vector<std::string> json() const {
    std::vector<std::string> lines;
    for (const auto& [id, of] : nodes_) {
      if (!of.error.empty()) {
        lines.push_back(printable(aemp::dict("node", id, "error", of.error).json()));
        continue;
      }
      std::vector<aemp::OwnedValue> links;
      for (const Link& link : of.links) {
        links.push_back(aemp::dict("peer", link.peer, "rtt", link.rtt_ns, "queued_bytes",
                                   link.queued_bytes, "address", link.address));
      }
      lines.push_back(printable(aemp::dict("node", id, "links", links).json()));
    }
    return lines;
  }

  // Each link once: both ends tell of it, and one may not have measured it.
  std::vector<std::string> dot() const {
    std::map<std::pair<std::string, std::string>, std::string> edges;
    std::vector<std::string> lines{"graph aemp {", "  node [shape=box];"};
    for (const auto& [id, of] : nodes_) {
      lines.push_back("  \"" + id + "\"" + (of.error.empty() ? ";" : " [style=dashed];"));
      for (const Link& link : of.links) {
        std::string& label = edges[{std::min(id, link.peer), std::max(id, link.peer)}];
        if (link.rtt_ns != 0) label = " [label=\"" + rtt_text(link) + " ms\"]";
      }
    }
    for (const auto& [ends, label] : edges) {
      lines.push_back("  \"" + ends.first + "\" -- \"" + ends.second + "\"" + label + ";");
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

int trace_links(Options& options) {
  need_words(options, 0, 1, "at most a node");
  if (options.json && options.dot) throw UsageError("trace: --json or --dot, not both");
  const std::string target = options.words.empty() ? std::string() : parse_node(options.words[0]);
  Client client(options, target, "not all nodes have answered");
  Trace trace(client, options);
  trace.begin();
  return client.run();
}

}  // namespace tool
