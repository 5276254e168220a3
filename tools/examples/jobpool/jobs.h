// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The jobs themselves, which have nothing to do with message passing.
//
//   factor   a whole number: its prime factors
//   reverse  text: its bytes from the last to the first; printable ASCII only
#ifndef AEMP_JOBPOOL_JOBS_H
#define AEMP_JOBPOOL_JOBS_H

#include <string>

bool is_kind(const std::string& kind);
// Throws std::runtime_error when the text is no job of that kind.
std::string do_job(const std::string& kind, const std::string& text);

#endif  // AEMP_JOBPOOL_JOBS_H
