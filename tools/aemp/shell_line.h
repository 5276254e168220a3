// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// A line of `aemp shell` as words. Pure.
#ifndef AEMP_TOOL_SHELL_LINE_H
#define AEMP_TOOL_SHELL_LINE_H

#include <string>
#include <string_view>
#include <vector>

namespace tool {

// Words have blanks between them. One that begins with '[', '{' or '"' ends where that JSON value
// does, blanks or not; what stands between ' and ' is text, blanks or not. Throws UsageError for
// what is not closed.
std::vector<std::string> split_words(std::string_view line);

// The longest beginning that those have in common that begin with `start`; `start` where there are
// none.
std::string common_beginning(const std::vector<std::string>& words, std::string_view start);

}  // namespace tool

#endif  // AEMP_TOOL_SHELL_LINE_H
