// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Ports from the two parts of their text form.
#ifndef AEMP_BASE_NAMED_PORT_H
#define AEMP_BASE_NAMED_PORT_H

#include <aemp/detail/item.h>
#include <aemp/port.h>

#include <string_view>

namespace aemp {

// The port "node#name", both valid (see base/text.h). `names` may be null.
Port named_port(std::string_view node, std::string_view name, detail::NameTable* names);

// The shared record of a node name, as a reference of the caller's.
detail::Name* name_of(std::string_view node, detail::NameTable* names);

}  // namespace aemp

#endif  // AEMP_BASE_NAMED_PORT_H
