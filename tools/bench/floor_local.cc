// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Messages of 16 bytes inside one process, through a hand-written queue: batches of them to one
// receiver, and one message that two receivers pass to each other. A lap is one batch.
#include <cstdint>
#include <stdexcept>

#include "laps.h"
#include "roles.h"
#include "switchboard.h"

namespace bench {
namespace {

// Sends a batch, and the next one from within the receiver when the last message of a batch
// arrives.
struct Stream {
  Switchboard& board;
  Laps& laps;
  Switchboard::Id to = 0;
  std::uint64_t warm_laps = 0;
  std::uint64_t in_batch = 0;
  std::uint64_t sum = 0;

  void send_batch() {
    for (std::uint64_t i = 0; i < kLocalBatch; ++i) board.send(to, {i, 1});
  }

  void receive(const Switchboard::Body& body) {
    sum += body.second;
    if (++in_batch < kLocalBatch) return;
    in_batch = 0;
    if (laps.lap_after(warm_laps)) send_batch();
  }
};

struct Rally {
  Switchboard& board;
  Laps& laps;
  std::uint64_t warm_laps = 0;
  std::uint64_t in_batch = 0;

  // True: pass it on.
  bool hit() {
    if (++in_batch < kLocalBatch) return true;
    in_batch = 0;
    return laps.lap_after(warm_laps);
  }
};

}  // namespace

Report floor_local_send(const Task& task, Talk&) {
  Switchboard board;
  Laps laps(task.n / kLocalBatch);
  Stream stream{board, laps, 0, task.warm / kLocalBatch, 0, 0};
  stream.to = board.open([&stream](const Switchboard::Body& body) { stream.receive(body); });
  stream.send_batch();
  board.run();
  if (stream.sum != task.warm + task.n) throw std::runtime_error("messages were lost");
  return laps.report(kLocalBatch, kLocalPayload);
}

Report floor_local_pingpong(const Task& task, Talk&) {
  Switchboard board;
  Laps laps(task.n / kLocalBatch);
  Rally rally{board, laps, task.warm / kLocalBatch, 0};
  Switchboard::Id ping = 0;
  Switchboard::Id pong = 0;
  ping = board.open([&](const Switchboard::Body& body) {
    if (rally.hit()) board.send(pong, body);
  });
  pong = board.open([&](const Switchboard::Body& body) {
    if (rally.hit()) board.send(ping, body);
  });
  board.send(ping, {1, 2});
  board.run();
  return laps.report(kLocalBatch, kLocalPayload);
}

}  // namespace bench
