// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Settings of a node as text on the command line.
#ifndef AEMP_TOOL_SETTINGS_H
#define AEMP_TOOL_SETTINGS_H

#include <aemp/config.h>

#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keys.h"

namespace tool {

struct Options;

// The command line cannot be carried out: what() names what was wrong and what to type instead.
class UsageError : public std::exception {
 public:
  explicit UsageError(std::string sentence) : sentence_(std::move(sentence)) {}
  const char* what() const noexcept override { return sentence_.c_str(); }

 private:
  std::string sentence_;
};

// The text in quotes, shortened, without anything that a terminal would take for a command.
std::string quoted(std::string_view text, std::size_t most = 60);

// A whole number from `least` on. `what` begins the sentence of the UsageError.
std::uint64_t parse_count(std::string_view what, std::string_view text, std::uint64_t least = 1);
// A number of seconds, fractions allowed; likewise.
std::chrono::nanoseconds parse_seconds(std::string_view what, std::string_view text);

// The list of that key, null for all others.
std::optional<std::vector<std::string>>* list_member(aemp::Config& config, std::string_view key);

// aemp::set_key() for the command line: lists grow, secrets and keys are refused, and files of them
// are read, and noted in `places`. Throws UsageError, aemp::Error.
void set_key(aemp::Config& config, Places& places, std::string_view key, std::string_view text);
// The same with pairs of them, for the options' configuration.
void set_keys(Options& options, const std::string& command, std::span<const std::string> pairs);

// Throws UsageError for an address that needs encryption, or --insecure, where there is neither.
void check_reach(const aemp::Config& config);

// The most detailed level to print: of the configuration, of $AEMP_LOG, or the given one.
int log_level(const aemp::Config& config, int otherwise);

}  // namespace tool

#endif  // AEMP_TOOL_SETTINGS_H
