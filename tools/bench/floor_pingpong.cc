// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Raw echo: a u32 length and the payload, one message on the way at a time. Each side makes one
// wait (none when it spins), one recv and one send per message.
#include <cstdint>
#include <cstring>
#include <vector>

#include "floor_net.h"
#include "laps.h"
#include "roles.h"
#include "talk.h"

namespace bench {
namespace {

std::vector<char> frame_of(std::size_t size) {
  std::vector<char> frame(sizeof(std::uint32_t) + size, 'x');
  const std::uint32_t length = static_cast<std::uint32_t>(size);
  std::memcpy(frame.data(), &length, sizeof length);
  return frame;
}

}  // namespace

Report floor_pingpong_server(const Task& task, Talk& talk) {
  Listener listener(task.transport);
  talk.say(listener.address());
  Socket socket = listener.accept();
  socket.set_spin(task.spin);
  std::vector<char> buffer = frame_of(task.size);
  std::uint64_t before = 0;
  for (std::uint64_t i = 0; i < task.warm + task.n; ++i) {
    if (i == task.warm) before = allocations();
    socket.receive_all(buffer.data(), buffer.size());
    socket.send_all(buffer.data(), buffer.size());
  }
  Report report;
  report.allocs = static_cast<double>(allocations() - before);
  return report;
}

Report floor_pingpong_client(const Task& task, Talk& talk) {
  Laps laps(task.n);
  Socket socket = Socket::dial(task.transport, talk.hear());
  socket.set_spin(task.spin);
  const std::vector<char> ping = frame_of(task.size);
  std::vector<char> pong(ping.size());
  const auto round_trip = [&] {
    socket.send_all(ping.data(), ping.size());
    socket.receive_all(pong.data(), pong.size());
  };
  for (std::uint64_t i = 0; i < task.warm; ++i) round_trip();
  laps.start();
  do {
    round_trip();
  } while (laps.lap());
  if (pong != ping) throw std::runtime_error("the echo differs from what was sent");
  return laps.report(1, task.size);
}

}  // namespace bench
