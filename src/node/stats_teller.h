// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The node port's function stats: the node's figures for whoever asks, see aemp-protocol(7).
#ifndef AEMP_NODE_STATS_TELLER_H
#define AEMP_NODE_STATS_TELLER_H

#include <aemp/value.h>

namespace aemp {

class NodeCore;

namespace detail {

// Answers the call with these arguments: how many peers at most, if it is given, and the reply
// address. `to_others`: it is from another node. Throws Error for arguments that make no sense,
// std::bad_alloc.
using StatsTeller = void (*)(NodeCore& core, const Message& args, bool to_others);
// Null: this program is to have none. Replaceable, see <aemp/no_mesh.h>.
StatsTeller stats_teller();

}  // namespace detail
}  // namespace aemp

#endif  // AEMP_NODE_STATS_TELLER_H
