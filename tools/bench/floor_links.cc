// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The least that encrypted links need. To make one: Diffie-Hellman, some times X25519, of which
// this takes one. To keep one: a socket, and for each direction a key and a counter.
#include <aemp/keys.h>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <unordered_map>

#include "laps.h"
#include "roles.h"

namespace bench {
namespace {

struct Direction {
  std::array<std::uint8_t, 32> key{};
  std::uint64_t counter = 0;
};

struct Link {
  int socket = -1;
  Direction in;
  Direction out;
};

}  // namespace

// The public key of a private one is X25519 with the base point; text and its check are a hundredth
// of that.
Report floor_handshake(const Task& task, Talk&) {
  Laps laps(task.n);
  std::size_t length = 0;
  const auto once = [&] { length += aemp::public_key(task.credentials.client_key).size(); };
  for (std::uint64_t i = 0; i < task.warm; ++i) once();
  laps.start();
  do {
    once();
  } while (laps.lap());
  if (length == 0) throw std::runtime_error("public keys are empty");
  return laps.report(1, 0);
}

Report floor_idle(const Task& task, Talk&) {
  std::unordered_map<int, Link> links;
  const auto grow_to = [&links](std::uint64_t n) {
    while (links.size() < n) {
      const int socket = static_cast<int>(links.size());
      links[socket].socket = socket;
    }
  };
  grow_to(task.warm);
  Growth growth;
  const std::uint64_t allocs = allocations();
  const std::uint64_t start = now_ns();
  grow_to(task.warm + task.n);
  Report report = total_report(task, now_ns() - start, allocations() - allocs);
  growth.measure(task.n);
  growth.add_to(report);
  return report;
}

}  // namespace bench
