// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "crypto.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>

#include "system.h"

namespace bench {

void measure_crypto(const Options& options) {
  const std::filesystem::path own = std::filesystem::read_symlink("/proc/self/exe");
  std::string program = own.parent_path() / "aemp-bench-crypto";
  std::string json = "--json";
  if (options.pin) pin_to(usable_processors().front());
  char* const arguments[] = {program.data(), options.json ? json.data() : nullptr, nullptr};
  ::execv(program.c_str(), arguments);
  throw std::runtime_error("cannot run " + program + ": " + std::generic_category().message(errno) +
                           "; make bench-build builds it beside aemp-bench");
}

}  // namespace bench
