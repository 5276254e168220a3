// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Raw one-way messages: a u32 length and the payload, collected in writes of 64 KiB (large payloads
// are gathered by the kernel from where they lie). The receiver splits the stream into messages and
// adds up their bytes; a message without bytes asks for the sums, and its answer ends the clock.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "floor_net.h"
#include "laps.h"
#include "roles.h"
#include "talk.h"

namespace bench {
namespace {

constexpr std::size_t kHead = sizeof(std::uint32_t);
constexpr std::size_t kBatch = 64 * 1024;
constexpr std::size_t kGatherFrom = 16 * 1024;  // payloads from here on are not copied
constexpr std::size_t kReadAhead = 512 * 1024;

struct Sums {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
};

// Splits what was received into messages; keeps an incomplete one for the next read.
class Splitter {
 public:
  explicit Splitter(std::size_t size) : buffer_(kReadAhead + size) {}

  // False: the other side closed.
  bool fill(Socket& socket) {
    const std::size_t got = socket.receive(buffer_.data() + have_, buffer_.size() - have_);
    have_ += got;
    return got != 0;
  }

  // Adds every complete message to `sums`. True: an empty message asked for them.
  bool split(Sums& sums) {
    const char* at = buffer_.data();
    const char* const end = at + have_;
    bool asked = false;
    std::uint32_t length = 0;
    while (!asked && static_cast<std::size_t>(end - at) >= kHead) {
      std::memcpy(&length, at, kHead);
      if (static_cast<std::size_t>(end - at) - kHead < length) break;
      at += kHead + length;
      asked = length == 0;
      sums.messages += asked ? 0 : 1;
      sums.bytes += length;
    }
    have_ = static_cast<std::size_t>(end - at);
    if (at != buffer_.data()) std::memmove(buffer_.data(), at, have_);
    return asked;
  }

 private:
  std::vector<char> buffer_;
  std::size_t have_ = 0;
};

void serve(Socket& socket, Splitter& splitter) {
  Sums sums;
  do {
    if (!splitter.fill(socket)) throw std::runtime_error("the client closed too early");
  } while (!splitter.split(sums));
  socket.send_all(reinterpret_cast<const char*>(&sums), sizeof sums);
}

class Producer {
 public:
  Producer(Socket& socket, std::size_t size)
      : socket_(socket), length_(static_cast<std::uint32_t>(size)), payload_(size, 'x') {
    if (size < kGatherFrom) out_.resize(std::max(kBatch, kHead + size));
  }

  // Sends `n` messages and returns when the receiver has answered for all of them.
  void run(std::uint64_t n) {
    if (out_.empty()) {
      gather(n);
    } else {
      collect(n);
    }
    const std::array<char, kHead> ask{};
    socket_.send_all(ask.data(), ask.size());
    Sums sums;
    socket_.receive_all(reinterpret_cast<char*>(&sums), sizeof sums);
    if (sums.messages != n || sums.bytes != n * payload_.size()) {
      throw std::runtime_error("the receiver's sums are wrong");
    }
  }

 private:
  void collect(std::uint64_t n) {
    std::size_t used = 0;
    for (; n != 0; --n) {
      if (out_.size() - used < kHead + payload_.size()) {
        socket_.send_all(out_.data(), used);
        used = 0;
      }
      std::memcpy(out_.data() + used, &length_, kHead);
      std::memcpy(out_.data() + used + kHead, payload_.data(), payload_.size());
      used += kHead + payload_.size();
    }
    socket_.send_all(out_.data(), used);
  }

  void gather(std::uint64_t n) {
    std::array<iovec, 128> parts{};
    while (n != 0) {
      const std::size_t now = std::min<std::uint64_t>(n, parts.size() / 2);
      for (std::size_t i = 0; i < now; ++i) {
        parts[2 * i] = {&length_, kHead};
        parts[2 * i + 1] = {payload_.data(), payload_.size()};
      }
      socket_.send_all(std::span(parts.data(), 2 * now));
      n -= now;
    }
  }

  Socket& socket_;
  std::uint32_t length_;
  std::vector<char> payload_;
  std::vector<char> out_;  // empty: payloads are gathered
};

}  // namespace

Report floor_flood_server(const Task& task, Talk& talk) {
  Listener listener(task.transport);
  talk.say(listener.address());
  Socket socket = listener.accept();
  Splitter splitter(task.size);
  serve(socket, splitter);
  const std::uint64_t before = allocations();
  serve(socket, splitter);
  Report report;
  report.allocs = static_cast<double>(allocations() - before);
  return report;
}

Report floor_flood_client(const Task& task, Talk& talk) {
  Socket socket = Socket::dial(task.transport, talk.hear());
  Producer producer(socket, task.size);
  producer.run(task.warm);
  const std::uint64_t before = allocations();
  const std::uint64_t start = now_ns();
  producer.run(task.n);
  return total_report(task, now_ns() - start, allocations() - before);
}

}  // namespace bench
