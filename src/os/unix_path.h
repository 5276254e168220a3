// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Listening on a path: who may have the file, and who removes it.
#ifndef AEMP_OS_UNIX_PATH_H
#define AEMP_OS_UNIX_PATH_H

#include <sys/types.h>

#include <string>

#include "base/address.h"
#include "base/status.h"
#include "os/sys.h"

namespace aemp {

// The file of a listening socket. Plain data: nothing happens when it is destroyed.
struct UnixPath {
  std::string path;
  dev_t device = 0;
  ino_t inode = 0;
};

// Binds and listens under the rules of Net::listen for paths. Fills `file` on success.
Result<Fd> listen_unix_path(const Address& at, UnixPath* file);
// Removes the file if it still is the one that was made.
void remove_unix_path(const UnixPath& file);

}  // namespace aemp

#endif  // AEMP_OS_UNIX_PATH_H
