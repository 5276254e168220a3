// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Mirror: a family as this node's program sees it, and in what it differs from what the program was
// told last. Pure.
#ifndef AEMP_MESH_MIRROR_H
#define AEMP_MESH_MIRROR_H

#include <aemp/database.h>
#include <aemp/value.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/nanos.h"

namespace aemp {

class Mirror {
 public:
  struct Difference {
    DbKeys added, changed, deleted;
    bool empty() const { return added.empty() && changed.empty() && deleted.empty(); }
  };

  Mirror() : contents_(new DbView::Contents) {}

  const DbRows& rows() const noexcept { return contents_->rows; }
  bool complete() const noexcept { return contents_->complete; }
  void set_complete() noexcept { contents_->complete = true; }
  DbView view() const { return DbView(*contents_); }
  bool has_views() const noexcept { return contents_->refs > 1; }

  // Of keys and values, kRowOverhead for each.
  std::size_t bytes() const noexcept { return bytes_; }

  void put(std::string_view key, const Value& value);
  void erase(std::string_view key);
  // Behind the one key and up to the other, or the end, there are those of `rows` and no others:
  // [key, value]..., in order. Throws Error(bad_type) and the like, with some of it done.
  void put_range(const std::optional<std::string>& after, const std::optional<std::string>& last,
                 const Message& rows);

  bool changed() const noexcept { return !before_.empty(); }
  // Since the last call.
  Difference take();

  bool current = false;          // as far as can be told
  bool has_new_watches = false;  // which were told nothing yet
  Nanos last_use = 0;

 private:
  void note(std::string_view key);

  struct Unref {
    void operator()(DbView::Contents* contents) const noexcept { contents->unref(); }
  };
  std::unique_ptr<DbView::Contents, Unref> contents_;
  std::size_t bytes_ = 0;
  std::map<std::string, std::optional<OwnedValue>, std::less<>> before_;  // null: there was none
};

}  // namespace aemp

#endif  // AEMP_MESH_MIRROR_H
