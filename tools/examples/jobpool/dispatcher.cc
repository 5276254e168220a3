// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "dispatcher.h"

#include <algorithm>
#include <cstdio>

#include "jobs.h"

Dispatcher::Dispatcher(aemp::Loop& loop, aemp::Node& node)
    : loop_(loop),
      node_(node),
      lines_(
          loop, [this](const std::string& line) { take(line); },
          [this] {
            at_end_ = true;
            if (printed_ == taken_) loop_.stop();
          }) {}

void Dispatcher::take(const std::string& line) {
  const std::size_t blank = std::min(line.find(' '), line.size());
  const std::string kind = line.substr(0, blank);
  const std::string text = blank < line.size() ? line.substr(blank + 1) : std::string();
  const Job job{++taken_, kind, text};
  if (!is_kind(kind)) return print(job, "unknown kind of job", false);
  const auto done = [this](const Job& j, const std::string& result, bool good) {
    print(j, result, good);
  };
  pools_.try_emplace(kind, node_, kind, done).first->second.add(job);
}

void Dispatcher::print(const Job& job, const std::string& result, bool good) {
  std::printf("%zu %s%s\n", job.number, good ? "" : "failed: ", result.c_str());
  if (++printed_ == taken_ && at_end_) loop_.stop();
}
