// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The network's database: two levels, family -> key -> value. Every row belongs to the node that
// set it, and goes when that node goes. Where several nodes have set one key, all see the row of
// the one with the smallest node ID. Global nodes hold all rows; other nodes learn of a family from
// theirs when they ask for it, and keep a copy current as long as they do. What is set is seen by
// others a little later, and by this node too.
//
// A group is a set of ports by a name that all know. On top of that, one node can see the log lines
// of all.
//
// A family's name has 1 to 255 bytes of UTF-8, a key 1 to 1024, a value at most 64 KiB encoded; a
// node may own 100 000 rows, 32 MiB in all (64 bytes are counted for each row beside its own).
// Families that begin with "aemp." are reserved.
#ifndef AEMP_DATABASE_H
#define AEMP_DATABASE_H

#include <aemp/detail/function.h>
#include <aemp/handle.h>
#include <aemp/port.h>
#include <aemp/value.h>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aemp {

class NodeCore;  // internal

// A family's rows by key, and some of its keys, in order. As arguments of callbacks they are valid
// until the callback returns.
using DbRows = std::map<std::string, OwnedValue, std::less<>>;
using DbKeys = std::vector<std::string>;
using DbValues = std::vector<OwnedValue>;
using GroupPorts = std::vector<Port>;

// A copy of a family that is kept current, between the calls of callbacks, as long as a DbView of
// it lives. After its node left it keeps the last rows. Belongs to its loop's thread.
class DbView {
 public:
  // For the library: counted by its views and by who keeps it current.
  struct Contents {
    DbRows rows;
    bool complete = false;
    std::uint32_t refs = 1;
    void unref() noexcept {
      if (--refs == 0) delete this;
    }
  };
  explicit DbView(Contents& contents) noexcept : contents_(&contents) { ++contents.refs; }

  DbView(const DbView& other) noexcept : DbView(*other.contents_) {}
  DbView& operator=(DbView other) noexcept {
    std::swap(contents_, other.contents_);
    return *this;
  }
  ~DbView() { contents_->unref(); }

  // False until the family's rows came for the first time.
  bool complete() const noexcept { return contents_->complete; }
  // References and iterators are valid until the loop runs.
  const DbRows& rows() const noexcept { return contents_->rows; }
  DbRows::const_iterator begin() const noexcept { return rows().begin(); }
  DbRows::const_iterator end() const noexcept { return rows().end(); }
  std::size_t size() const noexcept { return rows().size(); }
  bool empty() const noexcept { return rows().empty(); }
  bool contains(std::string_view key) const { return rows().contains(key); }
  // Null: there is no such row.
  const OwnedValue* find(std::string_view key) const {
    const auto it = rows().find(key);
    return it == rows().end() ? nullptr : &it->second;
  }

 private:
  Contents* contents_;
};

// What every Node can do with the database. Callbacks come from the loop, in no context unless made
// with psub. All throw Error(bad_name) for a family or key that is empty, too long or no UTF-8,
// Error(reserved_name) for a family that begins with "aemp.", Error(bad_value) for an empty
// function, Error(no_mesh) in a program with
// <aemp/no_mesh.h>, std::bad_alloc. A node that is not configured, or has no seeds and was not
// asked to be global, has a database of its own.
class NodeDatabase {
 public:
  // Sets a row of this node's. Without a value: null. Throws Error(too_big) for a value over 64 KiB
  // and when this node has too many rows.
  void db_set(std::string_view family, std::string_view key) { put(family, key, message(nullptr)); }
  template <class T>
  void db_set(std::string_view family, std::string_view key, const T& value) {
    put(family, key, message(value));
  }
  // Deletes rows of this node's. Others' stay.
  template <std::convertible_to<std::string_view>... Keys>
  void db_del(std::string_view family, const Keys&... keys) {
    erase(family, {std::string_view(keys)...});
  }
  // Sets a row whose key is the text of the port, until that port dies or the registration is
  // cancelled. Of the same port and family once more: changes its value. Throws Error(not_local),
  // Error(empty_port), and what db_set throws.
  Registration db_reg(std::string_view family, const Port& port) {
    return add_row(family, port, message(nullptr));
  }
  template <class T>
  Registration db_reg(std::string_view family, const Port& port, const T& value) {
    return add_row(family, port, message(value));
  }

  // Calls f(all, added, changed, deleted), a DbRows and three DbKeys: once with the present rows,
  // all of them added, even if there are none, and then with every difference to what it was called
  // with before. Deleted keys are no more in `all`.
  template <class F>
  requires std::invocable<F&, const DbRows&, const DbKeys&, const DbKeys&, const DbKeys&>
      Registration db_mon(std::string_view family, F f) {
    return add_watch(family, false, Watcher(std::move(f)));
  }
  // Calls f once with the family's rows, its keys, its values in the order of the keys: as soon as
  // this node is in touch with a global node, or is one.
  template <class F>
  requires std::invocable<F&, const DbRows&> Registration db_family(std::string_view family, F f) {
    return add_watch(family, true,
                     [f = std::move(f)](const DbRows& all, const DbKeys&, const DbKeys&,
                                        const DbKeys&) mutable { f(all); });
  }
  template <class F>
  requires std::invocable<F&, const DbKeys&> Registration db_keys(std::string_view family, F f) {
    return add_watch(family, true,
                     [f = std::move(f)](const DbRows&, const DbKeys& added, const DbKeys&,
                                        const DbKeys&) mutable { f(added); });
  }
  template <class F>
  requires std::invocable<F&, const DbValues&> Registration db_values(std::string_view family,
                                                                      F f) {
    return add_watch(
        family, true,
        [f = std::move(f)](const DbRows& all, const DbKeys&, const DbKeys&, const DbKeys&) mutable {
          DbValues values;
          for (const auto& row : all) values.push_back(row.second);
          f(std::as_const(values));
        });
  }
  // Calls f once with the names of all families that have rows, in order: as soon as this node is
  // in touch with a global node, or is one. Groups are not among them.
  template <class F>
  requires std::invocable<F&, const DbKeys&> Registration db_families(F f) {
    return add_families_watch([f = std::move(f)](const DbRows&, const DbKeys& added, const DbKeys&,
                                                 const DbKeys&) mutable { f(added); });
  }
  DbView db_view(std::string_view family);
  // This node is in touch with a global node, or is one, and its copies are current, as far as it
  // can tell.
  bool db_fresh() const;

  // Puts the port, of this node, or this node's port, into the group, until it dies or the
  // registration is cancelled. Throws Error(bad_value) when it is in it, and what db_reg throws.
  Registration grp_reg(std::string_view group, const Port& port);
  // The group's ports, in no particular order. Nothing for a group that is unknown. A node that is
  // not global follows a group from the first call on, and forgets it a minute after the last: the
  // first call finds nothing.
  GroupPorts grp_get(std::string_view group);
  // Calls f(ports, added, removed), three GroupPorts, as db_mon does.
  template <class F>
  requires std::invocable<F&, const GroupPorts&, const GroupPorts&, const GroupPorts&> Registration
  grp_mon(std::string_view group, F f) {
    return add_group_watch(group, GroupWatcher(std::move(f)));
  }

  // Calls f(node, when, level, line), a std::string_view, a std::chrono::system_clock::time_point,
  // an int and a std::string_view, for the log lines up to that level of all nodes, this one
  // included, those that join later too, until the registration is cancelled. Lines from before are
  // not told; those that a link loses, or that a node has more than 100 of in a second, never are,
  // and nodes with Config::secure tell none. Throws Error(bad_value) for a level that is not 0
  // to 9.
  template <class F>
  requires std::invocable<F&, std::string_view, std::chrono::system_clock::time_point, int,
                          std::string_view>
      Registration catch_log(int level, F f) {
    return add_log_catcher(level, LogLines(std::move(f)));
  }

 protected:
  explicit NodeDatabase(NodeCore* core) noexcept : core_(core) {}
  ~NodeDatabase() = default;

  NodeCore* core_;

 private:
  using Watcher =
      detail::Function<void(const DbRows&, const DbKeys&, const DbKeys&, const DbKeys&)>;
  using GroupWatcher =
      detail::Function<void(const GroupPorts&, const GroupPorts&, const GroupPorts&)>;
  using LogLines = detail::Function<void(std::string_view, std::chrono::system_clock::time_point,
                                         int, std::string_view)>;

  void put(std::string_view family, std::string_view key, const OwnedMessage& value);
  void erase(std::string_view family, std::initializer_list<std::string_view> keys);
  Registration add_row(std::string_view family, const Port& port, const OwnedMessage& value);
  Registration add_watch(std::string_view family, bool once, Watcher watcher);
  Registration add_families_watch(Watcher watcher);
  Registration add_group_watch(std::string_view group, GroupWatcher watcher);
  Registration add_log_catcher(int level, LogLines lines);
};

}  // namespace aemp

#endif  // AEMP_DATABASE_H
