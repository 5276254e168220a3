// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// IoTable: watches of the program's own descriptors.
#ifndef AEMP_LOOP_IO_TABLE_H
#define AEMP_LOOP_IO_TABLE_H

#include <aemp/loop.h>

#include <memory>
#include <unordered_map>
#include <vector>

#include "loop/slot_table.h"

namespace aemp {

class IoTable;
class WatchedFd;

struct IoEntry final : TableEntry {
  WatchedFd* watched = nullptr;
  Events events = Events::None;
  detail::Function<void(Events)> callback;
};

// One descriptor number with all its watches: pollers know a descriptor once.
class WatchedFd final : public IoHandler, public Reaped {
 public:
  WatchedFd(IoTable& table, int fd) : table_(table), fd_(fd) {}
  void on_ready(std::uint8_t events) override;

 private:
  friend class IoTable;
  std::uint8_t wanted() const;

  IoTable& table_;
  int fd_;
  Reactor::Token token_;
  std::vector<IoEntry*> entries_;  // in the order they were added; null: ended while calling
  bool calling_ = false;
};

class IoTable final : public SlotTable<IoEntry> {
 public:
  explicit IoTable(Reactor& reactor) : SlotTable(reactor) {}

  // Throws Error(system), naming fd, when it cannot be watched, and Error(bad_value) for an
  // empty callback. Several watches of one descriptor are fine. If fd was closed and is another
  // file now, its older watches end.
  Watch add(int fd, Events events, detail::Function<void(Events)> callback);

 private:
  friend class WatchedFd;
  void end(IoEntry& entry) override;
  void start(WatchedFd& watched, std::uint8_t events);
  void tidy(WatchedFd& watched);

  std::unordered_map<int, std::unique_ptr<WatchedFd>> fds_;  // never iterated
};

}  // namespace aemp

#endif  // AEMP_LOOP_IO_TABLE_H
