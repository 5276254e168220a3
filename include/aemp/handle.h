// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Handles of things that will call back: small copyable values. Dropping a handle changes
// nothing; cancel() ends what it stands for and is harmless twice, after the end, or when node
// or loop are gone. Thread rule: handles belong to their loop's thread.
#ifndef AEMP_HANDLE_H
#define AEMP_HANDLE_H

#include <cstdint>
#include <utility>

namespace aemp {

namespace detail {

// What a table of cancellable things derives from. Counted by its handles and its owner; the
// owner calls retire() when it goes, handles keep the empty shell alive.
class HandleTable {
 public:
  HandleTable() = default;
  HandleTable(const HandleTable&) = delete;
  HandleTable& operator=(const HandleTable&) = delete;

  void ref() noexcept { ++refs_; }
  void unref() noexcept {
    if (--refs_ == 0) delete this;
  }
  // Ends entry `slot` if it is still of generation `generation`.
  virtual void cancel(std::uint32_t slot, std::uint32_t generation) = 0;
  virtual bool active(std::uint32_t slot, std::uint32_t generation) const = 0;

 protected:
  virtual ~HandleTable();

 private:
  std::uint32_t refs_ = 1;
};

}  // namespace detail

class Handle {
 public:
  Handle() noexcept = default;
  Handle(detail::HandleTable* table, std::uint32_t slot, std::uint32_t generation) noexcept
      : table_(table), slot_(slot), generation_(generation) {
    if (table_ != nullptr) table_->ref();
  }
  Handle(const Handle& other) noexcept : Handle(other.table_, other.slot_, other.generation_) {}
  Handle(Handle&& other) noexcept
      : table_(std::exchange(other.table_, nullptr)),
        slot_(other.slot_),
        generation_(other.generation_) {}
  Handle& operator=(Handle other) noexcept {
    std::swap(table_, other.table_);
    std::swap(slot_, other.slot_);
    std::swap(generation_, other.generation_);
    return *this;
  }
  ~Handle() {
    if (table_ != nullptr) table_->unref();
  }

  // After it returned the callback is never called. May destroy the callback's captures. Needs no
  // memory.
  void cancel() const {
    if (table_ != nullptr) table_->cancel(slot_, generation_);
  }
  // True until it fired for the last time or was cancelled.
  bool active() const { return table_ != nullptr && table_->active(slot_, generation_); }
  explicit operator bool() const { return active(); }

 protected:
  detail::HandleTable* table_ = nullptr;
  std::uint32_t slot_ = 0;
  std::uint32_t generation_ = 0;
};

// Node::mon, Node::mon_guard.
class Monitor : public Handle {
 public:
  using Handle::Handle;
};
// Node::after, Loop::timer.
class Timer : public Handle {
 public:
  using Handle::Handle;
};
// Loop::io, Loop::signal.
class Watch : public Handle {
 public:
  using Handle::Handle;
};
// Node::mon_nodes, Node::on_log, Node::on_drain, and what the database calls back or keeps.
class Registration : public Handle {
 public:
  using Handle::Handle;
};

// Cancels its handle when destroyed. Made by Node::guard and Loop::guard.
class [[nodiscard]] Guard {
 public:
  Guard() noexcept = default;
  explicit Guard(Handle handle) noexcept : handle_(std::move(handle)) {}
  Guard(Guard&& other) noexcept : handle_(std::move(other.handle_)) {}
  Guard& operator=(Guard&& other) noexcept {
    if (this != &other) {
      handle_.cancel();
      handle_ = std::move(other.handle_);
    }
    return *this;
  }
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;
  ~Guard() { handle_.cancel(); }

  // Gives the handle up without cancelling it.
  Handle release() noexcept { return std::exchange(handle_, Handle()); }

 private:
  Handle handle_;
};

}  // namespace aemp

#endif  // AEMP_HANDLE_H
