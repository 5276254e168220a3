// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The public side of the database: checks what the program says.
#include "mesh/database.h"

#include <aemp/database.h>

#include <string>
#include <utility>

#include "base/report.h"
#include "base/throw_error.h"
#include "mesh/log_catchers.h"
#include "node/core.h"

namespace aemp {
namespace {

constexpr std::string_view kGroups = "aemp.grp.";

// A node that is not configured has a database of its own.
Database& database(NodeCore& core) {
  if (core.directory == nullptr) {
    core.directory.reset(detail::make_directory(core));
    if (core.directory == nullptr) {
      throw_error(Errc::no_mesh, "database: this program is linked without (<aemp/no_mesh.h>)");
    }
    core.configured = true;
  }
  return core.directory->database();
}

void check(const char* what, std::string_view text, std::size_t most) {
  const std::string printable = printable_utf8(text, most);
  if (!text.empty() && text.size() <= most && printable == text) return;
  throw_error(Errc::bad_name, "database: % '%' of % bytes: expected 1 to % bytes of UTF-8",
              {what, printable, text.size(), most});
}

void check_family(std::string_view family) {
  check("family", family, kMaxFamily);
  if (family.starts_with("aemp.")) {
    throw_error(Errc::reserved_name,
                "database: family '%': families that begin with 'aemp.' are reserved", {family});
  }
}

std::string group_family(std::string_view group) {
  check("group", group, kMaxFamily - kGroups.size());
  return std::string(kGroups).append(group);
}

// Of a message of one element, as deep as it can still be told to others.
Value row_value(std::string_view family, std::string_view key, const OwnedMessage& value) {
  if (value.size() != 1) {
    throw_error(Errc::bad_value, "database: family '%' key '%': % values: expected one",
                {family, key, value.size()});
  }
  if (value.size_bytes() > kMaxRowValue) {
    throw_error(Errc::too_big,
                "database: family '%' key '%': a value of % bytes: expected at most %",
                {family, key, value.size_bytes(), kMaxRowValue});
  }
  const Value element = value[0];
  if (element.kind() == Kind::array || element.kind() == Kind::map) list(list(element));
  return element;
}

template <class F>
void check_callable(const F& f, const char* who) {
  if (!f) throw_error(Errc::bad_value, "%: an empty function: expected one to call", {who});
}

GroupPorts ports_of(const DbKeys& keys) {
  GroupPorts ports;
  for (const std::string& key : keys) {
    if (const std::optional<Port> port = Port::parse(key)) ports.push_back(*port);
  }
  return ports;
}

DbKeys keys_of(const DbRows& rows) {
  DbKeys keys;
  for (const auto& row : rows) keys.push_back(row.first);
  return keys;
}

}  // namespace

void NodeDatabase::put(std::string_view family, std::string_view key, const OwnedMessage& value) {
  check_family(family);
  check("key", key, kMaxKey);
  const Value checked = row_value(family, key, value);
  if (!core_->left) database(*core_).put(family, key, checked);
}

void NodeDatabase::erase(std::string_view family, std::initializer_list<std::string_view> keys) {
  check_family(family);
  for (const std::string_view key : keys) check("key", key, kMaxKey);
  if (core_->left) return;
  for (const std::string_view key : keys) database(*core_).erase(family, key);
}

Registration NodeDatabase::add_row(std::string_view family, const Port& port,
                                   const OwnedMessage& value) {
  check_family(family);
  if (!port) throw_error(Errc::empty_port, "db_reg: the empty port");
  const Value checked = row_value(family, port.str(), value);
  return core_->left ? Registration() : database(*core_).add_row(family, port, checked);
}

Registration NodeDatabase::add_watch(std::string_view family, bool once, Watcher watcher) {
  check_family(family);
  check_callable(watcher, "db_mon");
  if (core_->left) return Registration();
  return database(*core_).watch(family, once, std::move(watcher));
}

Registration NodeDatabase::add_families_watch(Watcher watcher) {
  if (core_->left) return Registration();
  return database(*core_).watch(kFamilies, true, std::move(watcher));
}

DbView NodeDatabase::db_view(std::string_view family) {
  check_family(family);
  if (core_->left) return Mirror().view();
  return database(*core_).follow(family).view();
}

bool NodeDatabase::db_fresh() const { return !core_->left && database(*core_).fresh(); }

Registration NodeDatabase::grp_reg(std::string_view group, const Port& port) {
  const std::string family = group_family(group);
  if (!port) throw_error(Errc::empty_port, "grp_reg: the empty port");
  if (core_->left) return Registration();
  Database& db = database(*core_);
  if (db.has_row_of(family, port)) {
    throw_error(Errc::bad_value, "grp_reg: port % is in group '%' already", {port.str(), group});
  }
  return db.add_row(family, port, Value());
}

GroupPorts NodeDatabase::grp_get(std::string_view group) {
  const std::string family = group_family(group);
  if (core_->left) return {};
  return ports_of(keys_of(database(*core_).follow(family).rows()));
}

Registration NodeDatabase::add_group_watch(std::string_view group, GroupWatcher watcher) {
  const std::string family = group_family(group);
  check_callable(watcher, "grp_mon");
  if (core_->left) return Registration();
  return database(*core_).watch(
      family, false,
      [watcher = std::move(watcher)](const DbRows& all, const DbKeys& added, const DbKeys&,
                                     const DbKeys& deleted) mutable {
        watcher(ports_of(keys_of(all)), ports_of(added), ports_of(deleted));
      });
}

Registration NodeDatabase::add_log_catcher(int level, LogLines lines) {
  if (level < 0 || level > 9) {
    throw_error(Errc::bad_value, "catch_log: level %: expected 0 to 9", {level});
  }
  check_callable(lines, "catch_log");
  if (core_->left) return Registration();
  database(*core_);
  return core_->directory->log_catchers().add(level, std::move(lines));
}

}  // namespace aemp
