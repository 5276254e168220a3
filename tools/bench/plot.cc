// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "plot.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace bench {
namespace {

constexpr int kNames = 230;  // columns of the picture, in pixels
constexpr int kBars = 420;
constexpr int kFigures = 190;
constexpr int kRow = 22;
constexpr int kHead = 58;
constexpr double kMost = 8;  // a longer bar is cut

struct Bar {
  std::string name, figure;
  double cost;  // the floor's is 1
  bool encrypted;
};

template <class... Args>
std::string print(const char* format, Args... args) {
  char text[512];
  std::snprintf(text, sizeof text, format, args...);
  return text;
}

std::string time_text(double ns) {
  if (ns < 10'000) return print("%.0f ns", ns);
  return ns < 10'000'000 ? print("%.1f us", ns / 1e3) : print("%.1f ms", ns / 1e6);
}

std::string rate_text(const Figures& f) {
  if (f.of.mb_per_s >= 1000) return print("%.2f GB/s", f.of.mb_per_s / 1e3);
  if (f.of.msgs_per_s >= 1e6) return print("%.1f M/s", f.of.msgs_per_s / 1e6);
  return print("%.0f k/s", f.of.msgs_per_s / 1e3);
}

Bar bar_of(const Figures& f) {
  Bar bar{f.workload, {}, f.x_floor, f.workload.find('+') != std::string::npos};
  if (f.size != 0) bar.name += ", " + std::to_string(f.size) + " B";
  switch (f.ratio) {
    case Ratio::kRate:
      bar.cost = 1 / f.x_floor;
      bar.figure = rate_text(f);
      break;
    case Ratio::kP50:
      bar.figure = time_text(f.of.p50_ns);
      break;
    case Ratio::kTime:
      bar.figure = time_text(1e9 / f.of.msgs_per_s);
      break;
    case Ratio::kBytes:
      bar.figure = print("%.0f bytes", f.of.bytes_per_port);
      break;
  }
  return bar;
}

std::string text(double x, double y, const char* anchor, const std::string& what) {
  return print("<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"%s\">", x, y, anchor) + what +
         "</text>\n";
}

std::string row(const Bar& bar, double y, double scale) {
  const double shown = std::min(bar.cost, kMost) * scale;
  std::string out = text(kNames - 8, y + 15, "end", bar.name);
  out += print("<rect x=\"%d\" y=\"%.0f\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n", kNames,
               y + 3, shown, kRow - 6, bar.encrypted ? "#2a7f9e" : "#7fb2c8");
  return out +
         text(kNames + shown + 6, y + 15, "start",
              print("%.2f", bar.cost) + (bar.cost > kMost ? ", cut" : "") + "; " + bar.figure);
}

}  // namespace

std::string plot(const std::vector<Figures>& lines) {
  std::vector<Bar> bars;
  for (const Figures& line : lines) {
    if (std::isfinite(line.x_floor) && line.x_floor > 0) bars.push_back(bar_of(line));
  }
  double most = 1;
  for (const Bar& bar : bars) most = std::max(most, std::min(bar.cost, kMost));
  const double scale = kBars / most;
  const int width = kNames + kBars + kFigures;
  const int height = kHead + kRow * static_cast<int>(bars.size()) + 10;
  std::string out = print(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
      "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%%\" height=\"100%%\" "
      "fill=\"white\"/>\n",
      width, height, width, height);
  out +=
      text(10, 20, "start",
           "What it costs, in multiples of the same work written by hand (1): time, bytes, or the "
           "inverse of a rate.");
  out += text(10, 38, "start",
              "Shorter is better. Light: plain or within a process; dark: encrypted links.");
  for (std::size_t i = 0; i < bars.size(); ++i) {
    out += row(bars[i], kHead + kRow * static_cast<double>(i), scale);
  }
  out += print("<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#a03020\"/>\n",
               kNames + scale, kHead - 6, kNames + scale, height - 6);
  return out + "</svg>\n";
}

}  // namespace bench
