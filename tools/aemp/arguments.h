// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Words of the command line as ports, node IDs and values.
#ifndef AEMP_TOOL_ARGUMENTS_H
#define AEMP_TOOL_ARGUMENTS_H

#include <aemp/port.h>
#include <aemp/value.h>

#include <span>
#include <string>
#include <string_view>

namespace tool {

// A port ID, or a node ID for its node port. Throws UsageError.
aemp::Port parse_port(std::string_view text);
// A node ID; of a port ID its node. Throws UsageError.
std::string parse_node(std::string_view text);
// Of what another node says: throws aemp::Error for all but a node ID.
void require_node_id(std::string_view text);

// The message that the words stand for. A single JSON array: its elements. Else each word is a
// value: JSON when it begins with '[', '{' or '"', a number when it is a complete JSON number, a
// port when it is a well-formed port ID with its '#', text otherwise. Throws UsageError.
aemp::OwnedMessage parse_message(std::span<const std::string> words);

}  // namespace tool

#endif  // AEMP_TOOL_ARGUMENTS_H
