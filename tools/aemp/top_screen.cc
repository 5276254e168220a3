// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "top_screen.h"

#include <aemp/error.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <utility>

#include "arguments.h"
#include "output.h"

namespace tool {
namespace {

constexpr int kWide = 120;  // columns from which on there are more figures

constexpr std::size_t kMostPeers = 1000;

double number(aemp::Value map, std::string_view name) {
  const double n = map[name].as<double>();
  if (!std::isfinite(n) || n < 0) {
    throw aemp::Error(aemp::Errc::bad_value, std::string(name) + ": expected a number from 0 on");
  }
  return n;
}

// At most five characters.
std::string amount(double n) {
  constexpr std::string_view kUnits = "kMGTP";
  char text[32];
  if (n < 9999.5) {
    std::snprintf(text, sizeof text, n < 9.95 && n != std::floor(n) ? "%.1f" : "%.0f", n);
    return text;
  }
  std::size_t unit = 0;
  for (n /= 1000; n >= 999.5 && unit + 1 < kUnits.size(); n /= 1000) ++unit;
  std::snprintf(text, sizeof text, n < 99.95 ? "%.1f%c" : "%.0f%c", n, kUnits[unit]);
  return text;
}

std::string decimal(double n) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", n);
  return text;
}

std::string duration(double seconds) {
  const auto s = static_cast<long long>(std::min(seconds, 1e15));
  char text[48];
  if (s < 60) {
    std::snprintf(text, sizeof text, "%llds", s);
  } else if (s < 3600) {
    std::snprintf(text, sizeof text, "%lldm%02llds", s / 60, s % 60);
  } else if (s < 86400) {
    std::snprintf(text, sizeof text, "%lldh%02lldm", s / 3600, s / 60 % 60);
  } else {
    std::snprintf(text, sizeof text, "%lldd%02lldh", s / 86400, s / 3600 % 24);
  }
  return text;
}

// Per second. A node or a link that began anew counts from zero.
Counters rates(const Counters& before, const Counters& now, double seconds) {
  const auto rate = [seconds](double from, double to) {
    return seconds <= 0 ? 0 : (to < from ? to : to - from) / seconds;
  };
  return {rate(before.messages_in, now.messages_in), rate(before.messages_out, now.messages_out),
          rate(before.bytes_in, now.bytes_in), rate(before.bytes_out, now.bytes_out)};
}

double seconds_between(const NodeRow& row) {
  if (row.before.when.count() == 0) return 0;
  return static_cast<double>((row.now.when - row.before.when).count()) / 1e9;
}

struct Column {
  std::string_view title;
  int width;
  bool wide;  // only where there is room
};

// Names to the left, figures to the right of their columns.
class ScreenTable {
 public:
  ScreenTable(std::string_view title, std::vector<Column> figures, int columns)
      : title_(title), figures_(std::move(figures)), columns_(columns) {
    if (columns_ < kWide) std::erase_if(figures_, [](const Column& c) { return c.wide; });
    int used = 0;
    for (const Column& c : figures_) used += c.width + 1;
    name_width_ = std::max(8, columns_ - used);
  }

  bool is_wide() const { return columns_ >= kWide; }

  std::string head() const {
    std::vector<std::string> titles;
    for (const Column& c : figures_) titles.emplace_back(c.title);
    return line(title_, titles);
  }

  std::string line(std::string_view name, const std::vector<std::string>& figures) const {
    std::string out = fitting(printable(name), name_width_);
    out.append(static_cast<std::size_t>(name_width_) - out.size(), ' ');
    for (std::size_t i = 0; i < figures.size() && i < figures_.size(); ++i) {
      const auto width = static_cast<std::size_t>(figures_[i].width);
      out += ' ';
      if (figures[i].size() < width) out.append(width - figures[i].size(), ' ');
      out += figures[i];
    }
    return fitting(out, columns_);
  }

  static std::string fitting(std::string text, int width) {
    if (text.size() > static_cast<std::size_t>(width)) {
      text.resize(static_cast<std::size_t>(width));
      if (width > 1) text.back() = '~';
    }
    return text;
  }

 private:
  std::string_view title_;
  std::vector<Column> figures_;
  int columns_;
  int name_width_ = 0;
};

Counters total(const NodeSample& node) {
  Counters sum;
  for (const LinkSample& link : node.peers) {
    sum.messages_in += link.counted.messages_in;
    sum.messages_out += link.counted.messages_out;
    sum.bytes_in += link.counted.bytes_in;
    sum.bytes_out += link.counted.bytes_out;
  }
  return sum;
}

std::string title_line(const NodeRows& nodes, std::chrono::nanoseconds interval) {
  std::size_t silent = 0;
  std::size_t ends = 0;
  for (const auto& [id, row] : nodes) {
    if (row.answers) ends += row.now.peers.size();
    silent += row.answers ? 0 : 1;
  }
  char every[32];
  std::snprintf(every, sizeof every, "%g", static_cast<double>(interval.count()) / 1e9);
  std::string text = "aemp top: " + std::to_string(nodes.size()) + " nodes, " +
                     std::to_string(ends) + " ends of links";
  if (silent != 0) text += ", " + std::to_string(silent) + " silent";
  return text + "; every " + every + " s; q quits";
}

std::string slowest_line(const NodeRows& nodes) {
  const NodeSample* worst = nullptr;
  for (const auto& [id, row] : nodes) {
    if (row.answers && (worst == nullptr || row.now.slowest_ms > worst->slowest_ms)) {
      worst = &row.now;
    }
  }
  if (worst == nullptr || worst->slowest.empty()) return "slowest receiver: none yet";
  return "slowest receiver: " + decimal(worst->slowest_ms) + " ms " + printable(worst->slowest);
}

std::vector<std::string> node_lines(const NodeRows& nodes, int columns) {
  const ScreenTable table("NODE",
                          {{"PORTS", 6, false},
                           {"LINKS", 5, false},
                           {"LOCAL/s", 7, true},
                           {"MSG/s in", 8, false},
                           {"out", 5, false},
                           {"B/s in", 6, false},
                           {"out", 5, false},
                           {"QUEUED", 6, false},
                           {"LAG ms", 8, false},
                           {"SLOWEST ms", 10, true}},
                          columns);
  std::vector<std::string> lines{table.head()};
  for (const auto& [id, row] : nodes) {
    if (!row.answers) {
      lines.push_back(table.line(id, {"no", "reply"}));
      continue;
    }
    const double seconds = seconds_between(row);
    const Counters rate = rates(total(row.before), total(row.now), seconds);
    std::vector<std::string> figures{amount(row.now.ports), amount(row.now.links)};
    if (table.is_wide()) {
      const Counters local =
          rates({row.before.local_messages, 0, 0, 0}, {row.now.local_messages, 0, 0, 0}, seconds);
      figures.push_back(amount(local.messages_in));
    }
    for (const double n :
         {rate.messages_in, rate.messages_out, rate.bytes_in, rate.bytes_out, row.now.queued}) {
      figures.push_back(amount(n));
    }
    figures.push_back(decimal(row.now.lag_ms));
    if (table.is_wide()) figures.push_back(decimal(row.now.slowest_ms));
    lines.push_back(table.line(id, figures));
  }
  return lines;
}

std::vector<std::string> link_lines(const NodeRows& nodes, int columns) {
  const ScreenTable table("LINK",
                          {{"RTT ms", 8, false},
                           {"MSG/s in", 8, false},
                           {"out", 5, false},
                           {"B/s in", 6, false},
                           {"out", 5, false},
                           {"QUEUED", 6, false},
                           {"AGE", 6, false}},
                          columns);
  std::vector<std::string> lines{table.head()};
  for (const auto& [id, row] : nodes) {
    if (!row.answers) continue;
    for (const LinkSample& link : row.now.peers) {
      Counters before;
      for (const LinkSample& old : row.before.peers) {
        if (old.peer == link.peer) before = old.counted;
      }
      const Counters rate = rates(before, link.counted, seconds_between(row));
      lines.push_back(
          table.line(id + " " + link.peer,
                     {link.rtt_ms == 0 ? "-" : decimal(link.rtt_ms), amount(rate.messages_in),
                      amount(rate.messages_out), amount(rate.bytes_in), amount(rate.bytes_out),
                      amount(link.queued), duration(link.age_s)}));
    }
  }
  return lines;
}

// What does not fit is counted.
void add(std::vector<std::string>& to, const std::vector<std::string>& lines, std::size_t most) {
  if (lines.size() <= most) {
    to.insert(to.end(), lines.begin(), lines.end());
    return;
  }
  if (most < 2) return;
  to.insert(to.end(), lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(most - 1));
  to.push_back("  and " + std::to_string(lines.size() - most + 1) + " more");
}

}  // namespace

NodeSample sample_of(aemp::Value answer, std::chrono::nanoseconds when) {
  NodeSample node;
  node.when = when;
  node.ports = number(answer, "ports");
  node.links = number(answer, "links_up");
  node.local_messages = number(answer, "local_messages");
  node.queued = number(answer, "run_queue_bytes");
  node.lag_ms = number(answer, "loop_lag_max") / 1e6;
  node.slowest = answer["slowest"].as<std::string>();
  node.slowest_ms = number(answer, "slowest_time") / 1e6;
  for (const aemp::Value peer : answer["peers"].items()) {
    if (node.peers.size() == kMostPeers) break;  // nobody was asked for so many
    if (!peer["up"].as<bool>()) continue;
    LinkSample link;
    link.peer = peer["node"].as<std::string>();
    require_node_id(link.peer);
    link.counted = {number(peer, "messages_in"), number(peer, "messages_out"),
                    number(peer, "bytes_in"), number(peer, "bytes_out")};
    link.queued = number(peer, "queued_bytes");
    link.rtt_ms = number(peer, "rtt") / 1e6;
    link.age_s = number(peer, "age") / 1e9;
    node.queued += link.queued;
    node.peers.push_back(std::move(link));
  }
  return node;
}

std::vector<std::string> top_lines(const NodeRows& nodes, std::chrono::nanoseconds interval,
                                   int columns, int rows) {
  const auto room = static_cast<std::size_t>(std::max(rows, 1));
  std::vector<std::string> lines{title_line(nodes, interval), slowest_line(nodes), ""};
  const std::vector<std::string> of_nodes = node_lines(nodes, columns);
  const std::vector<std::string> of_links = link_lines(nodes, columns);
  // Half of the screen each, unless one of them needs less.
  const std::size_t left = room > lines.size() + 1 ? room - lines.size() - 1 : 0;
  const std::size_t for_nodes =
      std::max(left / 2, left > of_links.size() ? left - of_links.size() : 0);
  add(lines, of_nodes, for_nodes);
  lines.emplace_back();
  add(lines, of_links, room > lines.size() ? room - lines.size() : 0);
  if (lines.size() > room) lines.resize(room);
  for (std::string& line : lines) line = ScreenTable::fitting(std::move(line), columns);
  return lines;
}

}  // namespace tool
