// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/local_job.h"

#include "node/core.h"

namespace aemp {
namespace {

Message items_of(void* payload, std::size_t size) {
  auto* job = static_cast<LocalJob*>(payload);
  return Message(reinterpret_cast<const std::uint8_t*>(job + 1), size - sizeof(LocalJob),
                 &job->core->names);
}

void run_message(void* payload, std::size_t size) {
  auto* job = static_cast<LocalJob*>(payload);
  NodeCore& core = *job->core;
  if (PortSlot* slot = core.ports.at(job->serial)) {
    core.dispatcher.deliver(*slot, items_of(payload, size));
  }
}

void run_kill(void* payload, std::size_t size) {
  auto* job = static_cast<LocalJob*>(payload);
  if (PortSlot* slot = job->core->ports.at(job->serial)) {
    job->core->dispatcher.die(*slot, items_of(payload, size));
  }
}

void run_spawn(void* payload, std::size_t size) {
  auto* job = static_cast<LocalJob*>(payload);
  if (PortSlot* slot = job->core->ports.at(job->serial)) {
    const Message call = items_of(payload, size);
    job->core->node_port.start(*slot, call[0].as<std::string_view>(), call.rest(1), nullptr);
  }
}

void run_node_port(void* payload, std::size_t size) {
  auto* job = static_cast<LocalJob*>(payload);
  if (!job->core->left) job->core->node_port.take(items_of(payload, size), true);
}

// What another node asked this one to send to itself is still a call from there.
void run_relayed(void* payload, std::size_t size) {
  auto* job = static_cast<LocalJob*>(payload);
  if (!job->core->left) job->core->node_port.take(items_of(payload, size), false);
}

}  // namespace

constexpr JobOps LocalJob::kMessage = {run_message, nullptr};
constexpr JobOps LocalJob::kKill = {run_kill, nullptr};
constexpr JobOps LocalJob::kSpawn = {run_spawn, nullptr};
constexpr JobOps LocalJob::kNodePort = {run_node_port, nullptr};
constexpr JobOps LocalJob::kRelayedToNodePort = {run_relayed, nullptr};

const JobOps& LocalJob::to_node_port() const {
  return core->node_port.is_relaying() ? kRelayedToNodePort : kNodePort;
}

std::optional<LocalJob> LocalJob::make(NodeCore& core, const Port& to) {
  if (to.serial() == 0 || to.origin() == core.incarnation) return LocalJob{&core, to.serial()};
  const PortSlot* slot = core.ports.find({to.origin(), to.serial()});
  return slot == nullptr ? std::nullopt : std::optional(LocalJob{&core, slot->serial});
}

}  // namespace aemp
