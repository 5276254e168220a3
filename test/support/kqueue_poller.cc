// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "support/kqueue_poller.h"

// The one that is built into the library has the name already.
#define make_poller make_kqueue_poller
#include "os/poller_kqueue.cc"
