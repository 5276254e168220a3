// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Results as JSON lines or as a table, and progress for whoever watches.
#ifndef AEMP_BENCH_OUTPUT_H
#define AEMP_BENCH_OUTPUT_H

#include <string>

#include "runner.h"

namespace bench {

// One JSON object; what was not measured is null.
[[nodiscard]] std::string json_line(const Figures& figures);

[[nodiscard]] std::string table_head();
[[nodiscard]] std::string table_line(const Figures& figures);  // what was not measured is "-"

// One line on stderr that is written over, if stderr is a terminal; nothing otherwise.
class Progress {
 public:
  Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { clear(); }

  void show(const std::string& text);
  void clear();  // before anything else is written to the terminal

 private:
  bool terminal_;
  bool shown_ = false;
};

}  // namespace bench

#endif  // AEMP_BENCH_OUTPUT_H
