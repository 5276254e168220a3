// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// For programs that must be small, or must not depend on who runs them: included in exactly one
// source file of a program, it keeps the configuration file out of it. Node::configure() and
// Node::reload() take what they are given, as if Config::norc were set, and Config::services are
// not called. AEMP_TRACE has no effect.
#ifndef AEMP_NO_RC_H
#define AEMP_NO_RC_H

namespace aemp {

class NodeCore;  // internal
class Tracer;    // internal
struct Config;

namespace detail {

// Replaces the library's, which reads the file.
void with_file(NodeCore& core, const Config& given, void (*use)(NodeCore&, const Config&)) {
  use(core, given);
}
// Replaces the library's, which looks at AEMP_TRACE.
Tracer* make_tracer(NodeCore&) { return nullptr; }

}  // namespace detail
}  // namespace aemp

#endif  // AEMP_NO_RC_H
