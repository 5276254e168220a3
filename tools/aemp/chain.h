// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The words of the command line as commands, one behind the other: those that change the
// configuration file take as many words as they have parameters, any other takes the rest.
#ifndef AEMP_TOOL_CHAIN_H
#define AEMP_TOOL_CHAIN_H

#include <string_view>
#include <vector>

#include "options.h"

namespace tool {

// Whether a command of that name changes the configuration file, "seeds", "delseed" and so on.
bool is_edit(std::string_view word);

// Names of such commands; there are others, for it is setKEY and delKEY too.
std::vector<std::string_view> edits();

// All of the words must make sense before anything is done. The changes are made in one step, then
// the last command runs. The exit code. Throws UsageError, aemp::Error.
int run_chain(Options& options);

}  // namespace tool

#endif  // AEMP_TOOL_CHAIN_H
