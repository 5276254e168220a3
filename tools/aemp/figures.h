// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What a node's function stats has answered, as text.
#ifndef AEMP_TOOL_FIGURES_H
#define AEMP_TOOL_FIGURES_H

#include <aemp/value.h>

#include <string>

namespace tool {

// All of these throw aemp::Error when `figures` is not what that function answers, and end without
// a newline. `node`: whose they are.

// A line for each figure, name and value in columns, then a table of peers.
std::string figures_text(const std::string& node, const aemp::Value& figures);
std::string figures_json(const std::string& node, const aemp::Value& figures);
// Prometheus' text exposition format 0.0.4.
std::string figures_prom(const std::string& node, const aemp::Value& figures);

}  // namespace tool

#endif  // AEMP_TOOL_FIGURES_H
