// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Pipe: one direction of a connection. What was sent travels as items, each with the time at which
// it arrives, in order; bytes that arrived wait to be read:
//
//   bytes: | read | arrived (unread) | under way ... |      items: | data 10 | data 3 | fin |
#ifndef AEMP_SIM_PIPE_H
#define AEMP_SIM_PIPE_H

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/nanos.h"

namespace aemp::sim {

class Pipe {
 public:
  enum class Kind : std::uint8_t { data, open, fin, reset };
  struct Item {
    Nanos at;
    std::uint32_t size;  // of data
    Kind kind;
  };

  // Bytes in it, under way and unread.
  std::size_t size() const noexcept { return bytes_.size() - head_; }
  std::size_t arrived() const noexcept { return arrived_; }
  Nanos last() const noexcept { return last_; }

  // `at` must not be before last().
  void send(Kind kind, Nanos at) { push({at, 0, kind}); }
  // Bytes of one or more slices: write() each, then sent() for all of them.
  void write(const std::uint8_t* data, std::size_t size) {
    bytes_.insert(bytes_.end(), data, data + size);
  }
  // Takes the last bytes written, at most those not sent yet, out again.
  std::vector<std::uint8_t> unwrite(std::size_t size);
  void sent(std::size_t size, Nanos at) {
    push({at, static_cast<std::uint32_t>(size), Kind::data});
  }

  bool idle() const noexcept { return first_ == items_.size(); }
  const Item& front() const noexcept { return items_[first_]; }
  // Its data counts as arrived.
  Item take_front();

  // At most into.size() and arrived() bytes.
  std::size_t read(std::span<std::uint8_t> into);
  // What is under way is lost.
  void drop_items();
  // What has arrived too.
  void clear();

 private:
  void push(const Item& item) {
    items_.push_back(item);
    last_ = item.at;
  }
  void compact();

  std::vector<std::uint8_t> bytes_;
  std::size_t head_ = 0;
  std::size_t arrived_ = 0;
  std::vector<Item> items_;
  std::size_t first_ = 0;
  Nanos last_ = 0;
};

}  // namespace aemp::sim

#endif  // AEMP_SIM_PIPE_H
