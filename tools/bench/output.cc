// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "output.h"

#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdio>

namespace bench {
namespace {

std::string number(double value, const char* format, const char* none) {
  if (std::isnan(value)) return none;
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

std::string pad(const std::string& text, std::size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

// With a letter for thousands, millions or billions.
std::string short_number(double value) {
  if (std::isnan(value)) return "-";
  const char* letter = "";
  for (const char* next : {"k", "M", "G"}) {
    if (value < 10'000) break;
    value /= 1'000;
    letter = next;
  }
  return number(value, value < 100 ? "%.2f" : "%.0f", "-") + letter;
}

constexpr std::size_t kNameWidth = 26;
constexpr std::array<std::size_t, 12> kWidths{6, 8, 9, 9, 9, 8, 8, 7, 9, 10, 8, 8};

std::string row(const std::string& name, const std::array<std::string, kWidths.size()>& cells) {
  std::string line = name;
  if (line.size() < kNameWidth) line.resize(kNameWidth, ' ');
  for (std::size_t i = 0; i < cells.size(); ++i) line += ' ' + pad(cells[i], kWidths[i]);
  return line;
}

}  // namespace

std::string json_line(const Figures& f) {
  const auto field = [](const char* name, double value, const char* format) {
    return std::string(",\"") + name + "\":" + number(value, format, "null");
  };
  std::string line = "{\"workload\":\"" + f.workload + "\",\"size\":";
  line += f.size != 0 ? std::to_string(f.size) : "null";
  line += ",\"n\":" + std::to_string(f.n);
  line += field("p50_ns", f.of.p50_ns, "%.1f");
  line += field("p99_ns", f.of.p99_ns, "%.1f");
  line += field("p999_ns", f.of.p999_ns, "%.1f");
  line += field("msgs_per_s", f.of.msgs_per_s, "%.0f");
  line += field("mb_per_s", f.of.mb_per_s, "%.2f");
  line += field("bytes_per_port", f.of.bytes_per_port, "%.1f");
  line += field("heap_per_port", f.of.heap_per_port, "%.1f");
  line += field("allocs_per_msg", f.allocs_per_msg, "%.6g");
  line += field("x_floor", f.x_floor, "%.3f");
  line += field("x_plain", f.x_plain, "%.3f");
  return line + "}";
}

std::string table_head() {
  return row("workload", {"size", "n", "p50 ns", "p99 ns", "p99.9 ns", "msgs/s", "MB/s", "B/port",
                          "heap/port", "allocs/msg", "x floor", "x plain"});
}

std::string table_line(const Figures& f) {
  return row(f.workload,
             {f.size != 0 ? std::to_string(f.size) : "-", short_number(static_cast<double>(f.n)),
              number(f.of.p50_ns, "%.1f", "-"), number(f.of.p99_ns, "%.1f", "-"),
              number(f.of.p999_ns, "%.1f", "-"), short_number(f.of.msgs_per_s),
              short_number(f.of.mb_per_s), number(f.of.bytes_per_port, "%.1f", "-"),
              number(f.of.heap_per_port, "%.1f", "-"), number(f.allocs_per_msg, "%.4g", "-"),
              number(f.x_floor, "%.3f", "-"), number(f.x_plain, "%.3f", "-")});
}

Progress::Progress() : terminal_(::isatty(STDERR_FILENO) == 1) {}

void Progress::show(const std::string& text) {
  if (!terminal_) return;
  std::fprintf(stderr, "\r\033[K%s", text.c_str());
  shown_ = true;
}

void Progress::clear() {
  if (shown_) std::fputs("\r\033[K", stderr);
  shown_ = false;
}

}  // namespace bench
