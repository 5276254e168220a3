// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The commands. Each returns the exit code and throws UsageError and aemp::Error.
#ifndef AEMP_TOOL_COMMANDS_H
#define AEMP_TOOL_COMMANDS_H

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "options.h"

namespace tool {

struct Command {
  std::string_view name;
  std::string_view synopsis;  // what follows the name
  std::string_view help;
  int (*run)(Options& options);
};

std::span<const Command> commands();
const Command* find_command(std::string_view name);
// "run, snd, ..." for sentences.
std::string command_names();

[[noreturn]] void unknown_command(const std::string& name);

// Throws UsageError unless that many words follow the command.
void need_words(const Options& options, std::size_t least, std::size_t most, const char* what);

// The screen that `aemp` alone shows, and the text about one command.
std::string_view usage_text();
std::string help_text(const Command& command);
// About those that change the configuration file.
std::string_view config_help_text();

int run_node(Options& options);
int restart_node(Options& options);
int send_message(Options& options);
int call_port(Options& options);
int monitor_port(Options& options);
int call_function(Options& options);
int print_family(Options& options);
int print_group(Options& options);
int follow_log(Options& options);
int trace_links(Options& options);
int run_shell(Options& options);
int show_top(Options& options);
int print_stats(Options& options);
int ping_node(Options& options);
int generate_secret(Options& options);
int generate_key(Options& options);
int print_fingerprints(Options& options);
int show_profile(Options& options);
int show_config(Options& options);

}  // namespace tool

#endif  // AEMP_TOOL_COMMANDS_H
