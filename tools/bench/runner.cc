// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "runner.h"

#include <exception>
#include <stdexcept>
#include <vector>

#include "process.h"
#include "stats.h"

namespace bench {
namespace {

double ratio_of(Ratio ratio, const Report& floor, const Report& aemp) {
  switch (ratio) {
    case Ratio::kP50:
      return aemp.p50_ns / floor.p50_ns;
    case Ratio::kRate:
      return aemp.msgs_per_s / floor.msgs_per_s;
    case Ratio::kTime:
      return floor.msgs_per_s / aemp.msgs_per_s;
    case Ratio::kBytes:
      return aemp.bytes_per_port / floor.bytes_per_port;
  }
  return kNotMeasured;
}

double median_of(const std::vector<Report>& reports, double Report::*field) {
  std::vector<double> values;
  for (const Report& report : reports) values.push_back(report.*field);
  return median(std::move(values));
}

Figures reduce(std::string name, const Task& task, const std::vector<Report>& reports) {
  Figures figures;
  figures.workload = std::move(name);
  figures.size = task.size;
  figures.n = task.n;
  for (double Report::*field :
       {&Report::p50_ns, &Report::p99_ns, &Report::p999_ns, &Report::msgs_per_s, &Report::mb_per_s,
        &Report::bytes_per_port, &Report::allocs}) {
    figures.of.*field = median_of(reports, field);
  }
  figures.allocs_per_msg = figures.of.allocs / static_cast<double>(task.n);
  return figures;
}

}  // namespace

CaseFigures run_case(const Case& what, const Options& options,
                     const std::function<void(const std::string&)>& progress) {
  std::string title = what.name;
  if (what.task.size != 0) title += " " + std::to_string(what.task.size) + " B";
  const auto run = [&](const char* name, const Variant& variant, std::vector<Report>& reports) {
    const std::string about = title + ", " + name;
    progress(about + ", " + std::to_string(reports.size() + 1) + " of " +
             std::to_string(options.pairs));
    try {
      reports.push_back(run_variant(variant, what.task, options.pin));
    } catch (const std::exception& e) {
      throw std::runtime_error(about + ": " + e.what());
    }
  };
  const bool paired = what.aemp.client != nullptr;
  std::vector<Report> floor;
  std::vector<Report> aemp;
  std::vector<double> ratios;
  for (std::uint32_t i = 0; i < options.pairs; ++i) {
    const bool floor_first = i % 2 == 0;  // so that a drift of the machine favours neither
    if (floor_first) run("floor", what.floor, floor);
    if (paired) run("aemp", what.aemp, aemp);
    if (!floor_first) run("floor", what.floor, floor);
    if (paired) ratios.push_back(ratio_of(what.ratio, floor.back(), aemp.back()));
  }
  CaseFigures figures{reduce("floor-" + what.name, what.task, floor), std::nullopt};
  if (paired) {
    figures.aemp = reduce(what.name, what.task, aemp);
    figures.aemp->x_floor = median(std::move(ratios));
  }
  return figures;
}

}  // namespace bench
