// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Registrations: the program's callbacks for node events, log lines, drained queues and families of
// the database. They are called in the order they were made; one may cancel any, itself included,
// while it runs.
#ifndef AEMP_NODE_REGISTRATIONS_H
#define AEMP_NODE_REGISTRATIONS_H

#include <aemp/database.h>
#include <aemp/handle.h>
#include <aemp/receiver.h>
#include <aemp/value.h>

#include <cstdint>
#include <memory>
#include <string_view>
#include <variant>
#include <vector>

namespace aemp {

class Mirror;
class Peer;

struct NodeWatch {
  detail::Function<void(std::string_view, bool, Message)> call;
};
struct LogSink {
  detail::Function<void(int, std::string_view)> call;
};
struct DrainWatch {
  Peer* peer;  // null: the local run queue
  detail::Function<void()> call;
};
struct FamilyWatch {
  const Mirror* mirror;  // of the family
  bool once;             // called
  bool told;             // of the rows that there were
  detail::Function<void(const DbRows&, const DbKeys& added, const DbKeys& changed,
                        const DbKeys& deleted)>
      call;
};

class Registrations final : public detail::HandleTable {
 public:
  using What = std::variant<NodeWatch, LogSink, DrainWatch, FamilyWatch>;

  Registration add(What what);

  // Calls visit(T&) for each living T that existed when the walk began.
  template <class T, class Visit>
  void each(Visit visit) {
    const std::uint64_t newest = next_serial_;
    ++walking_;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      Entry& e = *entries_[i];
      if (e.state != State::living || e.serial >= newest) continue;
      if (T* t = std::get_if<T>(&e.what)) visit(*t);
    }
    if (--walking_ == 0) sweep();
  }
  template <class T>
  bool any() const {
    for (const auto& e : entries_) {
      if (e->state == State::living && std::holds_alternative<T>(e->what)) return true;
    }
    return false;
  }
  // Ends those that match.
  template <class T, class Match>
  void cancel_if(Match match) {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      Entry& e = *entries_[i];
      const T* t = e.state == State::living ? std::get_if<T>(&e.what) : nullptr;
      if (t != nullptr && match(*t)) cancel(static_cast<std::uint32_t>(i), e.generation);
    }
  }
  // Ends and visits the callbacks that waited for this queue when the walk began.
  template <class Visit>
  void each_drained(Peer* peer, Visit visit) {
    const std::uint64_t newest = next_serial_;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      Entry& e = *entries_[i];
      DrainWatch* watch = std::get_if<DrainWatch>(&e.what);
      if (e.state != State::living || watch == nullptr || watch->peer != peer ||
          e.serial >= newest) {
        continue;
      }
      detail::Function<void()> call = std::move(watch->call);
      cancel(static_cast<std::uint32_t>(i), e.generation);
      visit(call);
    }
  }

  void retire();

  void cancel(std::uint32_t slot, std::uint32_t generation) override;
  bool active(std::uint32_t slot, std::uint32_t generation) const override;

 private:
  enum class State : unsigned char { unused, living, dead };
  // Never moves, is used again.
  struct Entry {
    std::uint64_t serial = 0;
    std::uint32_t generation = 0;
    State state = State::unused;
    What what;
  };
  void sweep();
  Entry* entry(std::uint32_t slot, std::uint32_t generation) const;

  std::vector<std::unique_ptr<Entry>> entries_;
  std::uint64_t next_serial_ = 1;
  unsigned walking_ = 0;
  bool unswept_ = false;
};

}  // namespace aemp

#endif  // AEMP_NODE_REGISTRATIONS_H
