// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The command line: a command, its words, and options, which may stand anywhere before a lone --.
#ifndef AEMP_TOOL_OPTIONS_H
#define AEMP_TOOL_OPTIONS_H

#include <aemp/config.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "keys.h"

namespace tool {

struct Options {
  std::string command;             // empty: none was given
  std::vector<std::string> words;  // what follows the command
  aemp::Config config;             // from --bind, --seed, --nodeid, --insecure and files
  Places places;                   // in these files
  std::optional<std::chrono::nanoseconds> timeout;
  std::optional<int> level;            // --level
  std::optional<std::uint64_t> count;  // --count
  std::optional<std::chrono::nanoseconds> interval;
  std::optional<std::string> rc;  // --rc
  bool norc = false;
  bool print = false;                  // gensecret and genkey
  std::optional<std::string> profile;  // that stands before the command
  bool json = false;
  bool dot = false;
  bool help = false;
  bool version = false;
};

// Throws UsageError.
Options parse_options(int argc, const char* const* argv);

}  // namespace tool

#endif  // AEMP_TOOL_OPTIONS_H
