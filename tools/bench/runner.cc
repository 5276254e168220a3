// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "runner.h"

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <utility>

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
        &Report::bytes_per_port, &Report::heap_per_port, &Report::allocs}) {
    figures.of.*field = median_of(reports, field);
  }
  figures.allocs_per_msg = figures.of.allocs / static_cast<double>(task.n);
  return figures;
}

// One of those that take turns: the floor, or aemp with links of one kind.
struct Contestant {
  std::string name;
  Variant variant;
  Secure secure = Secure::kPlain;
  std::vector<Report> reports = {};
};

std::vector<Contestant> contestants_of(const Case& what) {
  std::vector<Contestant> all{{"floor-" + what.name, what.floor}};
  if (what.aemp.client == nullptr) return all;
  for (const Secure secure : what.secures) {
    std::string name = what.name;
    if (secure != Secure::kPlain) name.append("+").append(name_of(secure));
    all.push_back({std::move(name), what.aemp, secure});
  }
  return all;
}

// Median of the ratios of those that were measured in one round.
double paired_ratio(Ratio ratio, const Contestant& base, const Contestant& other) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < base.reports.size(); ++i) {
    ratios.push_back(ratio_of(ratio, base.reports[i], other.reports[i]));
  }
  return median(std::move(ratios));
}

std::vector<Figures> reduce_all(const Case& what, const std::vector<Contestant>& all) {
  std::vector<Figures> figures;
  const Contestant* plain = nullptr;
  for (const Contestant& one : all) {
    figures.push_back(reduce(one.name, what.task, one.reports));
    figures.back().ratio = what.ratio;
    if (&one == &all.front()) continue;
    figures.back().x_floor = paired_ratio(what.ratio, all.front(), one);
    if (one.secure == Secure::kPlain) {
      plain = &one;
    } else if (plain != nullptr) {
      figures.back().x_plain = paired_ratio(what.ratio, *plain, one);
    }
  }
  return figures;
}

}  // namespace

std::vector<Figures> run_case(const Case& what, const Options& options,
                              const std::function<void(const std::string&)>& progress) {
  Task task = what.task;
  const std::string size = task.size != 0 ? " " + std::to_string(task.size) + " B" : "";
  const auto run = [&](Contestant& one) {
    const std::string about = one.name + size;
    progress(about + ", " + std::to_string(one.reports.size() + 1) + " of " +
             std::to_string(options.pairs));
    task.secure = one.secure;
    try {
      one.reports.push_back(run_variant(one.variant, task, options.pin));
    } catch (const std::exception& e) {
      throw std::runtime_error(about + ": " + e.what());
    }
  };
  std::vector<Contestant> all = contestants_of(what);
  for (std::uint32_t i = 0; i < options.pairs; ++i) {
    // Every other round backwards, so that a drift of the machine favours nobody.
    if (i % 2 == 0) {
      std::for_each(all.begin(), all.end(), run);
    } else {
      std::for_each(all.rbegin(), all.rend(), run);
    }
  }
  return reduce_all(what, all);
}

}  // namespace bench
