// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What the program did wrong, said in one call: what throwing takes is in one place.
#ifndef AEMP_BASE_THROW_ERROR_H
#define AEMP_BASE_THROW_ERROR_H

#include <aemp/error.h>

#include <initializer_list>
#include <string_view>

#include "base/fill_in.h"

namespace aemp {

// Throws Error(code, fill_in(pattern, parts)).
[[noreturn]] void throw_error(Errc code, std::string_view pattern,
                              std::initializer_list<Part> parts = {});

}  // namespace aemp

#endif  // AEMP_BASE_THROW_ERROR_H
