// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "figures.h"

#include <aemp/error.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

#include "output.h"
#include "table.h"

namespace tool {
namespace {

using aemp::Value;

constexpr std::string_view kTurnTimes = "loop_turn_times";

std::string print(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::uint64_t number(const Value& of, std::string_view name) {
  return of[name].as<std::uint64_t>();
}
std::string text(const Value& of, std::string_view name) { return of[name].as<std::string>(); }

// --- for people ---

bool is_time(std::string_view name) {
  return name == "loop_busy" || name.starts_with("loop_lag") || name == "slowest_time";
}

std::string or_dash(std::string text) { return text.empty() ? "-" : text; }

// The turns of the loop: "4 us: 17, 8 us: 2", those without any left out.
std::string times_text(const Value& times) {
  std::string out;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const std::size_t last = std::max<std::size_t>(times.size() - 1, 1);
    const std::uint64_t n = times[i].as<std::uint64_t>();
    if (n == 0) continue;
    const std::uint64_t edge = std::uint64_t{1} << std::min<std::size_t>(i == last ? i - 1 : i, 62);
    out += std::string(out.empty() ? "" : ", ") + (i == last ? "over " : "") +
           std::to_string(edge) + " us: " + std::to_string(n);
  }
  return or_dash(out);
}

std::string text_of(std::string_view name, const Value& value) {
  if (name == kTurnTimes) return times_text(value);
  if (is_time(name)) return milliseconds(value.as<double>()) + " ms";
  if (value.kind() == aemp::Kind::text) return or_dash(value.as<std::string>());
  return value.json();
}

std::string joined_lines(const Table& table) {
  std::string out;
  for (const std::string& line : table.lines()) out += (out.empty() ? "" : "\n") + line;
  return out;
}

void add_peer(Table& table, const Value& peer) {
  table.add(text(peer, "node"));
  table.add(peer["up"].as<bool>() ? "up" : "down");
  table.add(number(peer, "rtt") == 0 ? "-" : milliseconds(peer["rtt"].as<double>()));
  for (const char* name :
       {"queued_bytes", "total_bytes_in", "total_bytes_out", "reconnects", "links_lost"}) {
    table.add(peer[name].json());
  }
  table.add(or_dash(text(peer, "address")));
  table.add(or_dash(text(peer, "last_down")));
}

// --- Prometheus ---

struct Metric {
  std::string_view figure;  // of the node, or of a peer
  std::string_view name;    // behind aemp_; a counter if it ends with _total, else a gauge
  std::string_view help;
};

constexpr Metric kMetrics[] = {
    {"ports", "ports", "Living ports."},
    {"monitors", "monitors", "Living monitors that the node has set."},
    {"watchers", "watchers", "Monitors of other nodes on its ports."},
    {"local_messages", "local_messages_total", "Messages delivered from the node to itself."},
    {"remote_messages", "remote_messages_total", "Messages delivered from other nodes."},
    {"run_queue_bytes", "run_queue_bytes", "Bytes that wait in the run queue of the loop."},
    {"links_up", "links_up", "Links to other nodes."},
    {"dials", "dials", "Connections that are being made."},
    {"half_open", "half_open", "Accepted connections that are not yet links."},
    {"links_taken", "links_taken_total", "Links made."},
    {"links_lost", "links_lost_total", "Links lost."},
    {"accepted", "accepted_total", "Incoming connections."},
    {"id_conflicts", "id_conflicts_total", "Dials that found its node ID in use."},
    {"overruns", "overruns_total", "Links lost for a queue over queue_limit."},
    {"channels", "channels", "Open data connections."},
    {"channel_bytes_in", "channel_in_bytes_total", "Bytes that data connections have brought."},
    {"channel_bytes_out", "channel_out_bytes_total", "Bytes that data connections have taken."},
    {"refused_told", "told_refused_total", "Rows and claims that there was no room for."},
    {"slowest_callbacks", "slowest_callbacks", "How many callbacks held up the loop the longest."},
    {"loop_lag", "loop_lag_seconds", "By how much the last timer was late."},
    {"loop_lag_max", "loop_lag_max_seconds", "By how much a timer was late at worst."},
    {"peer_count", "peers", "Nodes that are known with or without a link."},
};

constexpr Metric kPeerMetrics[] = {
    {"up", "peer_up", "Whether there is a link."},
    {"queued_bytes", "peer_queued_bytes", "Bytes that wait to be sent there."},
    {"monitors", "peer_monitors", "Monitors of the node on its ports."},
    {"watchers", "peer_watchers", "Ports of the node that it monitors."},
    {"total_bytes_in", "peer_in_bytes_total", "Bytes that came over links."},
    {"total_bytes_out", "peer_out_bytes_total", "Bytes that went over links."},
    {"total_messages_in", "peer_in_messages_total", "Messages that came over links."},
    {"total_messages_out", "peer_out_messages_total", "Messages that went over links."},
    {"rtt", "peer_rtt_seconds", "Time of a message there and back, where it was measured."},
    {"reconnects", "peer_reconnects_total", "Links after the first."},
    {"links_lost", "peer_links_lost_total", "Links lost."},
};

std::string seconds(double ns) { return print("%.9g", ns / 1e9); }

class Exposition {
 public:
  explicit Exposition(const std::string& node) { add_label(node_, "node", node); }

  void head(std::string_view name, std::string_view help, std::string_view type = {}) {
    if (type.empty()) type = name.ends_with("_total") ? "counter" : "gauge";
    put({"# HELP aemp_", name, " ", help});
    put({"# TYPE aemp_", name, " ", type});
  }
  void sample(std::string_view name, std::string_view value) {
    put({"aemp_", name, "{", node_, "} ", value});
  }
  void sample(std::string_view name, std::string_view label, const std::string& of,
              std::string_view value) {
    std::string labels = node_ + ',';
    add_label(labels, label, of);
    put({"aemp_", name, "{", labels, "} ", value});
  }
  std::string take() { return std::move(out_); }

 private:
  // What a label may not hold as it is, is escaped.
  static void add_label(std::string& to, std::string_view name, const std::string& value) {
    to.append(name).append("=\"");
    for (const char c : printable(value)) {
      if (c == '\\' || c == '"') to += '\\';
      to += c;
    }
    to += '"';
  }
  void put(std::initializer_list<std::string_view> parts) {
    if (!out_.empty()) out_ += '\n';
    for (const std::string_view part : parts) out_.append(part);
  }

  std::string node_, out_;
};

std::string value_of(const Value& of, const Metric& metric) {
  const Value value = of[metric.figure];
  if (value.kind() == aemp::Kind::boolean) return value.as<bool>() ? "1" : "0";
  if (metric.name.ends_with("_seconds")) return seconds(value.as<double>());
  return std::to_string(value.as<std::uint64_t>());
}

// Why connections never became links.
void add_refused(Exposition& out, const Value& figures) {
  constexpr std::string_view kPrefix = "refused_";
  out.head("refused_total", "Incoming connections that never became links.");
  for (const auto [name, value] : figures.entries()) {
    const std::string key = name.as<std::string>();
    if (!key.starts_with(kPrefix) || key == "refused_told") continue;
    out.sample("refused_total", "reason", key.substr(kPrefix.size()),
               std::to_string(value.as<std::uint64_t>()));
  }
}

void add_turns(Exposition& out, const Value& figures) {
  constexpr const char* kName = "loop_turn_seconds";
  out.head(kName, "How long turns of the loop took, those in which nothing happened left out.",
           "histogram");
  const Value times = figures[kTurnTimes];
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < times.size(); ++i) {
    sum += times[i].as<std::uint64_t>();
    const bool last = i + 1 == times.size();
    const double edge = static_cast<double>(1ull << std::min<std::size_t>(i, 62)) * 1000;
    out.sample("loop_turn_seconds_bucket", "le", last ? "+Inf" : seconds(edge),
               std::to_string(sum));
  }
  out.sample("loop_turn_seconds_sum", seconds(figures["loop_busy"].as<double>()));
  out.sample("loop_turn_seconds_count", std::to_string(sum));
}

}  // namespace

std::string figures_text(const std::string& node, const Value& figures) {
  Table all(2);
  all.add("node");
  all.add(node);
  for (const auto [key, value] : figures.entries()) {
    const std::string name = key.as<std::string>();
    if (name == "peers") continue;
    all.add(name);
    all.add(text_of(name, value));
  }
  Table peers{"PEER", "LINK",       "RTT ms", "QUEUED",  "IN",
              "OUT",  "RECONNECTS", "LOST",   "ADDRESS", "LAST DOWN"};
  for (const Value peer : figures["peers"].items()) add_peer(peers, peer);
  std::string out = joined_lines(all);
  if (peers.rows() > 1) out += "\n\n" + joined_lines(peers);
  return out;
}

std::string figures_json(const std::string& node, const Value& figures) {
  figures["peers"].size();  // throws where it is none
  if (figures.contains("node")) {
    throw aemp::Error(aemp::Errc::bad_value, "it has a figure that is called node");
  }
  return printable("{\"node\":" + aemp::message(node)[0].json() + "," + figures.json().substr(1));
}

std::string figures_prom(const std::string& node, const Value& figures) {
  Exposition out(node);
  for (const Metric& metric : kMetrics) {
    out.head(metric.name, metric.help);
    out.sample(metric.name, value_of(figures, metric));
  }
  add_refused(out, figures);
  add_turns(out, figures);
  out.head("slowest_seconds", "What held up the loop the longest, over 0.1 s.");
  out.sample("slowest_seconds", "what", text(figures, "slowest"),
             seconds(figures["slowest_time"].as<double>()));
  for (const Metric& metric : kPeerMetrics) {
    bool first = true;
    for (const Value peer : figures["peers"].items()) {
      const std::string id = text(peer, "node");
      // Names that are made up for one life, as that of this command, would be series without end.
      if (id.starts_with("anon/")) continue;
      if (metric.figure == "rtt" && number(peer, "rtt") == 0) continue;
      if (std::exchange(first, false)) out.head(metric.name, metric.help);
      out.sample(metric.name, "peer", id, value_of(peer, metric));
    }
  }
  return out.take();
}

}  // namespace tool
