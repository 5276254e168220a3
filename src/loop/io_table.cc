// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "loop/io_table.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/throw_error.h"

namespace aemp {

static_assert(static_cast<std::uint8_t>(Events::Readable) == kReadable);
static_assert(static_cast<std::uint8_t>(Events::Writable) == kWritable);

std::uint8_t WatchedFd::wanted() const {
  Events all = Events::None;
  for (const IoEntry* entry : entries_) {
    if (entry != nullptr) all = all | entry->events;
  }
  return static_cast<std::uint8_t>(all);
}

void WatchedFd::on_ready(std::uint8_t events) {
  // A hangup or an error shows in whatever the program tries next.
  if ((events & (kHangup | kError)) != 0) events |= kReadable | kWritable;
  const Events ready = static_cast<Events>(events);
  struct Calling {
    WatchedFd& watched;
    explicit Calling(WatchedFd& w) : watched(w) { watched.calling_ = true; }
    ~Calling() {
      watched.calling_ = false;
      watched.table_.tidy(watched);
    }
  } calling(*this);
  const std::size_t count = entries_.size();
  for (std::size_t i = 0; i < count; ++i) {
    IoEntry* entry = entries_[i];
    if (entry == nullptr || (entry->events & ready) == Events::None) continue;
    try {
      table_.call(*entry, entry->events & ready);
    } catch (...) {
      table_.reactor_->report_exception();
    }
  }
}

Watch IoTable::add(int fd, Events events, detail::Function<void(Events)> callback) {
  if (!callback) throw_error(Errc::bad_value, "a watch needs a callback; this one is empty");
  if ((events & (Events::Readable | Events::Writable)) == Events::None) {
    throw_error(Errc::bad_value,
                "a watch of descriptor % for no events: expected Readable or Writable", {fd});
  }
  if (reactor_ == nullptr) return {};
  auto found = fds_.find(fd);
  if (found == fds_.end()) found = fds_.emplace(fd, std::make_unique<WatchedFd>(*this, fd)).first;
  WatchedFd& watched = *found->second;
  IoEntry* added = nullptr;
  try {
    reserve_one(watched.entries_);
    added = &acquire();
    start(watched, static_cast<std::uint8_t>(events));
  } catch (...) {
    if (added != nullptr) release(*added);
    if (!watched.token_) fds_.erase(fd);
    throw;
  }
  IoEntry& entry = *added;
  entry.events = events;
  entry.callback = std::move(callback);
  entry.watched = &watched;
  watched.entries_.push_back(&entry);
  return Watch(this, entry.slot, entry.generation);
}

void IoTable::start(WatchedFd& watched, std::uint8_t events) {
  const std::uint8_t all = watched.wanted() | events;
  if (!watched.token_) {
    watched.token_ = reactor_->watch(watched.fd_, all, &watched).take();
    return;
  }
  bool added = false;
  reactor_->rewatch(watched.token_, all, &added).raise_if_failed();
  if (!added || watched.entries_.empty()) return;
  // The number belongs to another file now.
  const bool was_calling = std::exchange(watched.calling_, true);
  for (std::size_t i = 0; i < watched.entries_.size(); ++i) {
    if (watched.entries_[i] != nullptr) end(*watched.entries_[i]);
  }
  watched.calling_ = was_calling;
  reactor_->interest(watched.token_, events);
}

void IoTable::end(IoEntry& entry) {
  WatchedFd& watched = *entry.watched;
  const detail::Function<void(Events)> dead = std::move(entry.callback);
  *std::find(watched.entries_.begin(), watched.entries_.end(), &entry) = nullptr;
  release(entry);
  if (!watched.calling_) tidy(watched);
}

// Forgets ended watches, and the descriptor after its last.
void IoTable::tidy(WatchedFd& watched) {
  std::erase(watched.entries_, nullptr);
  if (!watched.entries_.empty()) {
    reactor_->interest(watched.token_, watched.wanted());
    return;
  }
  reactor_->unwatch(watched.token_);
  const auto it = fds_.find(watched.fd_);
  std::unique_ptr<WatchedFd> dead = std::move(it->second);
  fds_.erase(it);
  reactor_->reap(std::move(dead));
}

}  // namespace aemp
