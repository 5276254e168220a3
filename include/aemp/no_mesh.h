// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// For programs that must be small and know where all their peers are: included in exactly one
// source file of a program, it keeps the directory of nodes out of it (as a program's own operator
// new replaces the library's). Its nodes then stay connected to all their seeds, are attached to
// nobody, and find no nodes but those that they have had a link to; Config::global has no effect.
// Other nodes cannot use such a node as a seed to find each other by. Its node port does not know
// the function `stats`.
#ifndef AEMP_NO_MESH_H
#define AEMP_NO_MESH_H

namespace aemp {

class Directory;  // internal
class Message;
class NodeCore;  // internal

namespace detail {

// Replace the library's: one makes the directory, the other returns who answers `stats`.
Directory* make_directory(NodeCore&) { return nullptr; }
void (*stats_teller())(NodeCore&, const Message&, bool) { return nullptr; }

}  // namespace detail
}  // namespace aemp

#endif  // AEMP_NO_MESH_H
