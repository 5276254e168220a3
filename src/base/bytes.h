// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Big-endian numbers at byte pointers: load_be16/32/64(p), store_be16/32/64(p, v). The caller
// vouches for the room; no alignment is needed.
#ifndef AEMP_BASE_BYTES_H
#define AEMP_BASE_BYTES_H

#include <aemp/detail/bytes.h>

namespace aemp {

using detail::copy_bytes;
using detail::is_ascii;
using detail::load_be16;
using detail::load_be32;
using detail::load_be64;
using detail::store_be16;
using detail::store_be32;
using detail::store_be64;

}  // namespace aemp

#endif  // AEMP_BASE_BYTES_H
