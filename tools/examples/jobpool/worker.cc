// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "worker.h"

#include <exception>

#include "jobs.h"

namespace {

void work(aemp::Node& node, const std::string& kind, const std::string& text,
          const aemp::Port& reply) {
  std::string result;
  bool good = true;
  try {
    result = do_job(kind, text);
  } catch (const std::exception& e) {
    result = e.what();
    good = false;
  }
  node.snd(reply, result, good);
}

}  // namespace

// A port can die: of a message that nobody expected, of an exception in a receiver, because
// somebody killed it. Its monitor puts a new one into its place. The old one is out of the group as
// soon as it is dead.
void offer(aemp::Node& node, const std::string& kind) {
  const aemp::Port port = node.port();
  node.rcv(port, "ready?", [&node](aemp::Port reply) { node.snd(reply, "ready"); });
  node.rcv(port, "job",
           [&node, kind](std::string text, aemp::Port reply) { work(node, kind, text, reply); });
  node.mon(port, [&node, kind](aemp::Message) { offer(node, kind); });
  node.grp_reg(group_of(kind), port);
}
