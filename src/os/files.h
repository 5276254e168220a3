// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#ifndef AEMP_OS_FILES_H
#define AEMP_OS_FILES_H

#include "os/host.h"

namespace aemp {

class UnixFiles final : public Files {
 public:
  Result<std::string> read(const std::string& path, std::uint32_t* mode) override;
  Status write_atomic(const std::string& path, std::string_view text, std::uint32_t mode) override;
  Status append(const std::string& path, std::string_view text, std::uint32_t mode) override;
  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;
};

// For its owner alone, in one that exists; one that is there already stays as it is.
Status make_directory(const std::string& path);

}  // namespace aemp

#endif  // AEMP_OS_FILES_H
