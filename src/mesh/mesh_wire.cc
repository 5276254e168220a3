// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "mesh/mesh_wire.h"

#include <utility>

#include "base/text.h"
#include "base/throw_error.h"
#include "mesh/rows.h"

namespace aemp {

namespace {

std::string_view name_of(Value value, std::size_t most, const char* what) {
  const auto text = value.as<std::string_view>();
  if (text.empty() || text.size() > most) {
    throw_error(Errc::bad_value, "% of % bytes: expected 1 to %", {what, text.size(), most});
  }
  return text;
}

}  // namespace

std::string_view mesh_family(Value value) { return name_of(value, kMaxFamily, "family"); }

std::string_view mesh_key(Value value) { return name_of(value, kMaxKey, "key"); }

Value mesh_row_value(Value value) {
  if (value.size_bytes() > kMaxRowValue) {
    throw_error(Errc::bad_value, "value of % bytes: expected at most %",
                {value.size_bytes(), kMaxRowValue});
  }
  return value;
}

std::string_view mesh_node(Value value) {
  const auto node = value.as<std::string_view>();
  if (!valid_node_id(node)) throw_error(Errc::bad_name, "%: no node ID", {quote(node)});
  return node;
}

OwnedValue mesh_binds(Value value) {
  std::size_t count = 0;
  for (const Value bind : value.items()) {
    if (bind.kind() != Kind::text || bind.as<std::string_view>().size() > kMaxMeshBind ||
        ++count > kMaxMeshBinds) {
      throw_error(Errc::bad_value, "binds: expected an array of at most % texts of at most % bytes",
                  {kMaxMeshBinds, kMaxMeshBind});
    }
  }
  return value.copy();
}

std::uint64_t mesh_rows_version(Value value) {
  const auto version = value.as<std::uint64_t>();
  if (version > kMaxVersion) {
    throw_error(Errc::bad_value, "version %: expected at most %", {version, kMaxVersion});
  }
  return version;
}

OwnedValue MeshList::take() {
  detail::Scratch scratch;
  Writer& w = scratch.writer().array(count_);
  w.raw(reinterpret_cast<const std::uint8_t*>(bytes_.data()), bytes_.size());
  bytes_.clear();
  count_ = 0;
  return OwnedValue(scratch.take());
}

}  // namespace aemp
