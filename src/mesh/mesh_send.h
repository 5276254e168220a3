// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// How the parts of the mesh speak to a neighbour, and what becomes of errors.
#ifndef AEMP_MESH_MESH_SEND_H
#define AEMP_MESH_MESH_SEND_H

#include <exception>
#include <string_view>

#include "base/fill_in.h"
#include "mesh/mesh_wire.h"
#include "node/core.h"

namespace aemp {

template <class... Args>
void mesh_send(NodeCore& core, std::string_view node, std::string_view function,
               const Args&... args) {
  core.router.resend(detail::Outgoing::Verb::send, core.node_port_of(node),
                     message(function, kMeshVersion, args...));
}

// Without memory the rest of f() is left undone: false, for the caller to repair.
template <class F>
bool mesh_try(NodeCore& core, F&& f) noexcept {
  try {
    f();
    return true;
  } catch (const std::exception& e) {
    core.log.say(Log::kError, [&] { return fill_in("directory: %", {e.what()}); });
    return false;
  }
}

}  // namespace aemp

#endif  // AEMP_MESH_MESH_SEND_H
