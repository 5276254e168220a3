// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The command run: the process that was started watches over the one that is the node.
#ifndef AEMP_TOOL_SUPERVISOR_H
#define AEMP_TOOL_SUPERVISOR_H

#include "daemon.h"
#include "options.h"

namespace tool {

// Starts the node, and starts it again when it has crashed or hangs, until it has left the network
// or crashes too often; the exit code. SIGTERM and SIGINT end the node, SIGHUP is passed on to it.
// Throws aemp::Error(system).
int supervise(const Options& options, Daemon& daemon);

}  // namespace tool

#endif  // AEMP_TOOL_SUPERVISOR_H
