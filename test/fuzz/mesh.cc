// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What the mesh reads in messages: the pieces of them, and parts of families. The input is a
// message: each of its values is read as each piece, and each array as [after, last, rows].
#include <aemp/error.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/cbor.h"
#include "base/text.h"
#include "fuzz/fuzz.h"
#include "mesh/mesh_wire.h"
#include "mesh/mirror.h"
#include "mesh/rows.h"

namespace {

using namespace aemp;

// Nothing where it is refused, by an error of a bad message.
template <class Read>
auto read(Read&& f) -> std::optional<decltype(f())> {
  try {
    return f();
  } catch (const Error& e) {
    AEMP_FUZZ_CHECK(e.code() == Errc::bad_type || e.code() == Errc::bad_value ||
                    e.code() == Errc::bad_name || e.code() == Errc::out_of_range);
    AEMP_FUZZ_CHECK(*e.what() != '\0');
    return std::nullopt;
  }
}

bool is_text(const Value& v, std::size_t least, std::size_t most) {
  if (v.kind() != Kind::text) return false;
  const std::size_t size = v.as<std::string_view>().size();
  return size >= least && size <= most;
}

bool are_binds(const Value& v) {
  if (v.kind() != Kind::array || v.items().size() > kMaxMeshBinds) return false;
  for (const Value bind : v.items()) {
    if (!is_text(bind, 0, kMaxMeshBind)) return false;
  }
  return true;
}

void check_pieces(const Value& v) {
  const bool named = v.kind() == Kind::text && valid_node_id(v.as<std::string_view>());
  AEMP_FUZZ_CHECK(read([&] { return mesh_node(v); }).has_value() == named);
  AEMP_FUZZ_CHECK(read([&] { return mesh_family(v); }).has_value() == is_text(v, 1, kMaxFamily));
  AEMP_FUZZ_CHECK(read([&] { return mesh_key(v); }).has_value() == is_text(v, 1, kMaxKey));
  const bool fits = v.size_bytes() <= kMaxRowValue;
  AEMP_FUZZ_CHECK(read([&] { return mesh_row_value(v); }).has_value() == fits);
  const std::optional<std::uint64_t> number = v.get<std::uint64_t>();
  AEMP_FUZZ_CHECK(read([&] { return mesh_rows_version(v); }) ==
                  (number && *number <= kMaxVersion ? number : std::nullopt));
  const std::optional<OwnedValue> binds = read([&] { return mesh_binds(v); });
  AEMP_FUZZ_CHECK(binds.has_value() == are_binds(v));
  if (binds) AEMP_FUZZ_CHECK(binds->view() == v);
}

std::optional<std::string> place(const Value& v) {
  if (v.is_null()) return std::nullopt;
  return v.as<std::string>();
}

// Between two keys there are those rows and no others.
void check_part(const Value& v, Mirror& mirror, std::map<std::string, OwnedValue>& model) {
  const auto read_part = [&] {
    const std::optional<std::string> after = place(v[0]), last = place(v[1]);
    const Message rows = v[2].items();
    for (const Value row : rows) {
      mesh_key(row[0]);
      mesh_row_value(row[1]);
    }
    mirror.put_range(after, last, rows);
    auto it = after ? model.upper_bound(*after) : model.begin();
    while (it != model.end() && (!last || it->first <= *last)) it = model.erase(it);
    for (const Value row : rows) model.insert_or_assign(row[0].as<std::string>(), row[1].copy());
    return true;
  };
  read(read_part);
  AEMP_FUZZ_CHECK(mirror.rows().size() == model.size());
  std::size_t bytes = 0;
  for (const auto& [key, value] : model) {
    const auto row = mirror.rows().find(key);
    AEMP_FUZZ_CHECK(row != mirror.rows().end() && row->second == value);
    bytes += key.size() + value.size_bytes() + kRowOverhead;
  }
  AEMP_FUZZ_CHECK(mirror.bytes() == bytes);
}

// A copy that follows by what it is told is the same.
void check_difference(Mirror& mirror, std::map<std::string, OwnedValue>& told) {
  const Mirror::Difference d = mirror.take();
  for (const std::string& key : d.deleted) AEMP_FUZZ_CHECK(told.erase(key) == 1);
  for (const std::string& key : d.added) {
    AEMP_FUZZ_CHECK(told.emplace(key, mirror.rows().at(key)).second);
  }
  for (const std::string& key : d.changed) {
    AEMP_FUZZ_CHECK(!(told.at(key) == mirror.rows().at(key)));
    told.at(key) = mirror.rows().at(key);
  }
  AEMP_FUZZ_CHECK(told.size() == mirror.rows().size());
  for (const auto& [key, value] : mirror.rows()) AEMP_FUZZ_CHECK(told.at(key) == value);
}

}  // namespace

AEMP_FUZZ_TARGET(mesh) {
  if (!cbor::validate(data, size).ok) return 0;
  const Message in(data, size);
  Mirror mirror;
  std::map<std::string, OwnedValue> model, told;
  MeshList list;
  std::size_t count = 0;
  for (const Value v : in) {
    check_pieces(v);
    check_part(v, mirror, model);
    if (count % 2 == 1) check_difference(mirror, told);
    list.add(v.copy());
    AEMP_FUZZ_CHECK(++count != 0 && !list.empty());
  }
  check_difference(mirror, told);
  const OwnedValue all = list.take();
  AEMP_FUZZ_CHECK(list.empty() && list.size_bytes() == 0);
  AEMP_FUZZ_CHECK(all.items().size() == in.size());
  for (std::size_t i = 0; i < in.size(); ++i) AEMP_FUZZ_CHECK(all.items()[i] == in[i]);
  return 0;
}
