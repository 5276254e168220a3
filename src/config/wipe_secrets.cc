// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "config/wipe_secrets.h"

#include <aemp/profile.h>

#include <cstdint>

#include "crypto/secret.h"

namespace aemp {

void wipe_text(std::string& text) noexcept {
  text.resize(text.capacity());  // an assignment may have left something behind the end
  crypto::wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  text.clear();
}

void wipe_secrets(Config& config) noexcept {
  if (config.secret) wipe_text(*config.secret);
  if (config.secret_also) {
    for (std::string& secret : *config.secret_also) wipe_text(secret);
  }
  if (config.key) wipe_text(*config.key);
  config.secret.reset();
  config.secret_also.reset();
  config.key.reset();
}

}  // namespace aemp
