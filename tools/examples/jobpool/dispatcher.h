// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The dispatcher: takes jobs from standard input, lines of a kind and a text, has them done by the
// pool of their kind, and prints the results in the order in which they come, with the number of
// the line.
#ifndef AEMP_JOBPOOL_DISPATCHER_H
#define AEMP_JOBPOOL_DISPATCHER_H

#include <aemp/aemp.h>

#include <cstddef>
#include <map>
#include <string>

#include "lines.h"
#include "pool.h"

class Dispatcher {
 public:
  // Stops the loop when standard input is at its end and all results are printed.
  Dispatcher(aemp::Loop& loop, aemp::Node& node);

 private:
  void take(const std::string& line);
  void print(const Job& job, const std::string& result, bool good);

  aemp::Loop& loop_;
  aemp::Node& node_;
  Lines lines_;
  std::map<std::string, Pool> pools_;  // by kind
  std::size_t taken_ = 0, printed_ = 0;
  bool at_end_ = false;  // of standard input
};

#endif  // AEMP_JOBPOOL_DISPATCHER_H
