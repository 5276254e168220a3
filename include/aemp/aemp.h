// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Everything: ports, messages, nodes and the loop they run on.
#ifndef AEMP_AEMP_H
#define AEMP_AEMP_H

#include <aemp/channel.h>
#include <aemp/config.h>
#include <aemp/database.h>
#include <aemp/error.h>
#include <aemp/handle.h>
#include <aemp/keys.h>
#include <aemp/limits.h>
#include <aemp/loop.h>
#include <aemp/node.h>
#include <aemp/port.h>
#include <aemp/receiver.h>
#include <aemp/stats.h>
#include <aemp/value.h>
#include <aemp/version.h>
#include <aemp/writer.h>

#endif  // AEMP_AEMP_H
