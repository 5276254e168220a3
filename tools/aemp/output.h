// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What the tool prints: results on stdout, all else on stderr.
#ifndef AEMP_TOOL_OUTPUT_H
#define AEMP_TOOL_OUTPUT_H

#include <aemp/value.h>

#include <string>
#include <string_view>

namespace tool {

// A line for people and simple scripts: the elements with tabs between them, text and ports as
// they are, text with control characters and all else as JSON.
std::string plain_line(const aemp::Message& message);

// A reason as part of a sentence: "no_such_port: the port does not exist".
std::string reason_text(const aemp::Message& reason);

// Writes the line to stdout at once. Where that fails it complains and returns false.
[[nodiscard]] bool print_line(std::string_view line);

// The text on stderr, as it is.
void write_note(std::string_view text);
// The line on stderr, as it is.
void print_note(std::string_view line);

// "aemp: sentence" on stderr.
void complain(std::string_view sentence);

// A line of a node's log on stderr.
void print_log_line(int level, std::string_view node, std::string_view line);

// Control characters as JSON escapes, so that nothing from outside can drive the terminal.
std::string printable(std::string_view text);

// With three decimals and without a unit.
std::string milliseconds(double ns);

}  // namespace tool

#endif  // AEMP_TOOL_OUTPUT_H
