// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The worker: for each kind of job that it can do, a port in the group of that kind, which answers
//
//   "ready?", reply port     with "ready"
//   "job", text, reply port  with the result, and whether it is one: false with what is wrong
#ifndef AEMP_JOBPOOL_WORKER_H
#define AEMP_JOBPOOL_WORKER_H

#include <aemp/aemp.h>

#include <string>

inline std::string group_of(const std::string& kind) { return "jobpool." + kind; }

// Offers to do jobs of that kind, as long as the node lives.
void offer(aemp::Node& node, const std::string& kind);

#endif  // AEMP_JOBPOOL_WORKER_H
