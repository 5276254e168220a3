// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What the files of Mesh share: how it speaks to a neighbour, and what becomes of errors.
#ifndef AEMP_MESH_MESH_SEND_H
#define AEMP_MESH_MESH_SEND_H

#include <exception>
#include <string_view>

#include "base/fill_in.h"
#include "mesh/mesh.h"
#include "mesh/mesh_wire.h"
#include "node/core.h"

namespace aemp {

template <class F>
bool Mesh::guarded(F&& f) noexcept {
  try {
    f();
    return true;
  } catch (const std::exception& e) {
    core_.log.say(Log::kError, [&] { return fill_in("directory: %", {e.what()}); });
    repair();
  }
  return false;
}

template <class... Args>
void Mesh::send(std::string_view node, std::string_view function, const Args&... args) {
  core_.router.resend(detail::Outgoing::Verb::send, core_.node_port_of(node),
                      message(function, kMeshVersion, args...));
}

}  // namespace aemp

#endif  // AEMP_MESH_MESH_SEND_H
