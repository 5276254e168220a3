// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The version of the library, for the preprocessor. This is the only place that states it; the
// build reads it from here.
#ifndef AEMP_VERSION_H
#define AEMP_VERSION_H

#define AEMP_VERSION_MAJOR 0
#define AEMP_VERSION_MINOR 1
#define AEMP_VERSION_PATCH 0

#define AEMP_VERSION_TEXT_(x) #x
#define AEMP_VERSION_JOIN_(major, minor, patch) \
  AEMP_VERSION_TEXT_(major) "." AEMP_VERSION_TEXT_(minor) "." AEMP_VERSION_TEXT_(patch)

/// "major.minor.patch" as a string literal.
#define AEMP_VERSION AEMP_VERSION_JOIN_(AEMP_VERSION_MAJOR, AEMP_VERSION_MINOR, AEMP_VERSION_PATCH)

#endif
