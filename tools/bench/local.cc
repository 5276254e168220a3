// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Messages of one 16-byte argument inside one node: batches of them to one port, and one message
// that two ports pass to each other. A lap is one batch.
#include <aemp/aemp.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>

#include "laps.h"
#include "roles.h"

namespace bench {
namespace {

using Payload = std::array<std::byte, kLocalPayload>;
using Bytes = std::span<const std::byte>;

// Sends a batch, and the next one from within the receiver when the last message of a batch
// arrives.
struct Stream {
  aemp::Loop& loop;
  aemp::Node& node;
  Laps& laps;
  std::uint64_t warm_laps;
  aemp::Port to{};
  std::uint64_t in_batch = 0;
  std::uint64_t sum = 0;

  void send_batch() {
    const Payload payload{};
    for (std::uint64_t i = 0; i < kLocalBatch; ++i) node.snd(to, payload);
  }

  void receive(Bytes payload) {
    sum += payload.size();
    if (++in_batch < kLocalBatch) return;
    in_batch = 0;
    if (laps.lap_after(warm_laps)) {
      send_batch();
    } else {
      loop.stop();
    }
  }
};

struct Rally {
  aemp::Loop& loop;
  aemp::Node& node;
  Laps& laps;
  std::uint64_t warm_laps;
  std::uint64_t in_batch = 0;

  void hit(const aemp::Port& next, Bytes payload) {
    if (++in_batch == kLocalBatch) {
      in_batch = 0;
      if (!laps.lap_after(warm_laps)) return loop.stop();
    }
    node.snd(next, payload);
  }
};

}  // namespace

Report aemp_local_send(const Task& task, Talk&) {
  Laps laps(task.n / kLocalBatch);
  aemp::Loop loop;
  aemp::Node node(loop);
  Stream stream{loop, node, laps, task.warm / kLocalBatch};
  stream.to = node.port([&stream](Bytes payload) { stream.receive(payload); });
  stream.send_batch();
  loop.run();
  if (stream.sum != (task.warm + task.n) * kLocalPayload) {
    throw std::runtime_error("messages were lost");
  }
  return laps.report(kLocalBatch, kLocalPayload);
}

Report aemp_local_pingpong(const Task& task, Talk&) {
  Laps laps(task.n / kLocalBatch);
  aemp::Loop loop;
  aemp::Node node(loop);
  Rally rally{loop, node, laps, task.warm / kLocalBatch};
  aemp::Port ping;
  aemp::Port pong;
  ping = node.port([&rally, &pong](Bytes payload) { rally.hit(pong, payload); });
  pong = node.port([&rally, &ping](Bytes payload) { rally.hit(ping, payload); });
  node.snd(ping, Payload{});
  loop.run();
  return laps.report(kLocalBatch, kLocalPayload);
}

}  // namespace bench
