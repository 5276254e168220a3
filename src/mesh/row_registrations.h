// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// RowRegistrations: this node's rows that live as long as a port of its.
#ifndef AEMP_MESH_ROW_REGISTRATIONS_H
#define AEMP_MESH_ROW_REGISTRATIONS_H

#include <aemp/handle.h>
#include <aemp/port.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace aemp {

class Database;
class NodeCore;

class RowRegistrations final : public detail::HandleTable {
 public:
  RowRegistrations(NodeCore& core, Database& database) : core_(core), database_(&database) {}

  // The row is to go with the port. The same one once more for the same row. Throws
  // Error(not_local), Error(empty_port).
  // `owned`: the port is to go with the row, too.
  Registration add(std::string_view family, const Port& port, bool owned = false);
  // 0: none.
  std::uint64_t find(std::string_view family, const Port& port) const;
  // Deletes the rows whose end had no memory.
  void drop_doomed();
  // The row went.
  void end(std::string_view family, std::string_view key);
  // From now on handles do nothing.
  void retire();

  void cancel(std::uint32_t slot, std::uint32_t generation) override;
  bool active(std::uint32_t slot, std::uint32_t generation) const override;

 private:
  using Name = std::pair<std::string, std::string>;
  struct Entry {
    Name name;
    Monitor monitor;
    Port owned;  // or the empty port
    bool doomed = false;
  };

  Registration handle(std::uint64_t number) {
    return Registration(this, static_cast<std::uint32_t>(number),
                        static_cast<std::uint32_t>(number >> 32));
  }
  void drop_row(std::uint64_t number) noexcept;

  NodeCore& core_;
  Database* database_;  // null: retired
  std::uint64_t last_ = 0;
  bool any_doomed_ = false;
  std::map<std::uint64_t, Entry> entries_;
  std::map<Name, std::uint64_t> numbers_;
};

}  // namespace aemp

#endif  // AEMP_MESH_ROW_REGISTRATIONS_H
