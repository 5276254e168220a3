// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Every role of every workload, one file each. See the floors' files for what is measured: the aemp
// role of the same name does the same.
#ifndef AEMP_BENCH_ROLES_H
#define AEMP_BENCH_ROLES_H

#include "workload.h"

namespace bench {

Report floor_pingpong_client(const Task& task, Talk& talk);
Report floor_pingpong_server(const Task& task, Talk& talk);
Report floor_flood_client(const Task& task, Talk& talk);
Report floor_flood_server(const Task& task, Talk& talk);
Report floor_handshake(const Task& task, Talk& talk);
Report floor_idle(const Task& task, Talk& talk);
Report floor_local_send(const Task& task, Talk& talk);
Report floor_local_pingpong(const Task& task, Talk& talk);
Report floor_ports(const Task& task, Talk& talk);
Report floor_monitors(const Task& task, Talk& talk);
Report floor_sim(const Task& task, Talk& talk);

Report aemp_pingpong_client(const Task& task, Talk& talk);
Report aemp_pingpong_server(const Task& task, Talk& talk);
Report aemp_flood_client(const Task& task, Talk& talk);
Report aemp_flood_server(const Task& task, Talk& talk);
Report aemp_handshake(const Task& task, Talk& talk);
Report aemp_idle_listener(const Task& task, Talk& talk);  // measures
Report aemp_idle_dialers(const Task& task, Talk& talk);
Report aemp_local_send(const Task& task, Talk& talk);
Report aemp_local_pingpong(const Task& task, Talk& talk);
Report aemp_ports(const Task& task, Talk& talk);
Report aemp_monitors(const Task& task, Talk& talk);
Report aemp_sim(const Task& task, Talk& talk);

}  // namespace bench

#endif  // AEMP_BENCH_ROLES_H
