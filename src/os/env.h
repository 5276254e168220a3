// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#ifndef AEMP_OS_ENV_H
#define AEMP_OS_ENV_H

#include <optional>
#include <string>
#include <string_view>

#include "os/host.h"

namespace aemp {

class UnixEnv final : public Env {
 public:
  std::optional<std::string> get(std::string_view name) override;
};

}  // namespace aemp

#endif  // AEMP_OS_ENV_H
