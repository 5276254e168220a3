// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What the messages of the mesh are made of. Pure.
#ifndef AEMP_MESH_MESH_WIRE_H
#define AEMP_MESH_MESH_WIRE_H

#include <aemp/value.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace aemp {

inline constexpr int kMeshVersion = 1;
inline constexpr std::size_t kMaxMeshBinds = 32;    // of a node
inline constexpr std::size_t kMaxMeshBind = 270;    // bytes of one: a host's name and a port
inline constexpr std::size_t kMaxGlobals = 64;      // that are told of
inline constexpr std::size_t kMeshChunk = 8 << 10;  // bytes of a message, about

// Throws Error(bad_name) unless it is a node ID.
std::string_view mesh_node(Value value);
// Throws Error(bad_type), Error(bad_value) unless it is an array of at most kMaxMeshBinds texts.
OwnedValue mesh_binds(Value value);

// Throw Error(bad_type), Error(bad_value) unless a row may have it.
std::string_view mesh_family(Value value);
std::string_view mesh_key(Value value);
Value mesh_row_value(Value value);
// Throws Error(bad_type), Error(bad_value) unless it is a version that rows may have.
std::uint64_t mesh_rows_version(Value value);

// A function of the node port, and the member function that serves it.
template <class Handler>
struct MeshFunction {
  std::string_view name;
  Handler handler;
};
// Null: there is none of that name.
template <class Handler, std::size_t N>
Handler find_function(const MeshFunction<Handler> (&functions)[N], std::string_view name) noexcept {
  for (const auto& function : functions) {
    if (function.name == name) return function.handler;
  }
  return nullptr;
}
// A later version says it all once more in words that this one understands.
inline bool is_understood(const Message& args) { return args.as<int>(0) == kMeshVersion; }

// An array of which the elements come one by one.
class MeshList {
 public:
  void add(const OwnedValue& element) {
    bytes_.append(reinterpret_cast<const char*>(element.data()), element.size_bytes());
    ++count_;
  }
  std::size_t size_bytes() const noexcept { return bytes_.size(); }
  bool empty() const noexcept { return count_ == 0; }
  // And is empty afterwards.
  OwnedValue take();

 private:
  std::string bytes_;
  std::size_t count_ = 0;
};

}  // namespace aemp

#endif  // AEMP_MESH_MESH_WIRE_H
