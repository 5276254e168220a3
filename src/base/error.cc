// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include <aemp/error.h>

namespace aemp {

Error::~Error() = default;

std::string_view word(Errc code) noexcept {
  switch (code) {
    case Errc::bad_text:
      return "bad_text";
    case Errc::bad_value:
      return "bad_value";
    case Errc::bad_type:
      return "bad_type";
    case Errc::out_of_range:
      return "out_of_range";
    case Errc::bad_json:
      return "bad_json";
    case Errc::bad_name:
      return "bad_name";
    case Errc::bad_config:
      return "bad_config";
    case Errc::address_in_use:
      return "address_in_use";
    case Errc::already_configured:
      return "already_configured";
    case Errc::empty_port:
      return "empty_port";
    case Errc::not_local:
      return "not_local";
    case Errc::node_port:
      return "node_port";
    case Errc::no_context:
      return "no_context";
    case Errc::busy:
      return "busy";
    case Errc::too_big:
      return "too_big";
    case Errc::too_deep:
      return "too_deep";
    case Errc::reserved_name:
      return "reserved_name";
    case Errc::node_left:
      return "node_left";
    case Errc::no_mesh:
      return "no_mesh";
    case Errc::system:
      return "system";
  }
  return "unknown";
}

}  // namespace aemp
