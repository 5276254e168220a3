// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "base/status.h"

#include <cstring>

namespace aemp {

namespace {

// strerror_r returns the text with GNU, and a code after filling the buffer elsewhere.
[[maybe_unused]] const char* text_of(const char* text, const char*) { return text; }
[[maybe_unused]] const char* text_of(int code, const char* buffer) {
  return code == 0 ? buffer : "unknown error";
}

}  // namespace

std::string errno_text(int sys_errno) {
  char buffer[128];
  return text_of(strerror_r(sys_errno, buffer, sizeof buffer), buffer);
}

void Status::raise() const { throw Error(code_, text_); }

}  // namespace aemp
