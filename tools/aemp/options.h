// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The command line: a command, its words, and options, which may stand anywhere before a lone --.
#ifndef AEMP_TOOL_OPTIONS_H
#define AEMP_TOOL_OPTIONS_H

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keys.h"

namespace tool {

struct Options {
  std::string program;             // as it was called
  std::vector<std::string> given;  // the options, each in one piece
  std::string command;             // empty: none was given
  std::vector<std::string> words;  // what follows the command
  WipedConfig config;              // from --bind, --seed, --nodeid, --insecure and files
  Places places;                   // in these files
  std::vector<std::pair<FileKind, std::string>> files;  // --secret-file and the like
  std::optional<std::chrono::nanoseconds> timeout;
  std::optional<int> level;            // --level
  std::optional<std::uint64_t> count;  // --count
  std::optional<std::chrono::nanoseconds> interval;
  std::optional<std::string> rc;  // --rc
  bool norc = false;
  bool print = false;                                    // gensecret and genkey
  std::optional<std::string> profile;                    // that stands before the command
  bool daemon = false;                                   // run: -d
  bool nosupervise = false;                              // run
  std::optional<std::string> pidfile;                    // run
  std::optional<std::string> logfile;                    // run
  std::optional<std::uint64_t> max_restarts;             // run
  std::optional<std::chrono::nanoseconds> hang_timeout;  // run
  bool json = false;
  bool dot = false;
  bool prom = false;
  bool help = false;
  bool version = false;
};

// Reads no file. Throws UsageError.
Options parse_options(int argc, const char* const* argv);

std::vector<std::string_view> option_names();

// Throws UsageError for options that mean nothing to that command, or, if it is empty, to changes
// of the configuration file.
void refuse_foreign(const Options& options, std::string_view command);

// Reads what --secret-file and the like name into the configuration. Throws UsageError.
void read_files(Options& options);

}  // namespace tool

#endif  // AEMP_TOOL_OPTIONS_H
