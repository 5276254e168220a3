// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include <aemp/error.h>
#include <aemp/keys.h>

#include <utility>

#include "base/throw_error.h"
#include "config/key_text.h"
#include "os/platform.h"
#include "session/credentials.h"

namespace aemp {

namespace {

std::string generate(KeyKind kind) {
  crypto::Key key;
  if (!platform::fill_random(key.bytes())) {
    throw_error(Errc::system, "the system has no random bytes");
  }
  return key_text(kind, key.bytes());
}

}  // namespace

std::string generate_secret() { return generate(KeyKind::secret); }

std::string generate_key() { return generate(KeyKind::private_key); }

std::string public_key(std::string_view private_key) {
  auto key = parse_key_text(KeyKind::private_key, private_key);
  if (!key) {
    throw_error(Errc::bad_config, "public_key: expected a private key as `aemp genkey` prints it");
  }
  return key_text(KeyKind::public_key, crypto::KeyPair(std::move(*key)).public_key);
}

std::string key_fingerprint(std::string_view text) {
  if (auto key = parse_key_text(KeyKind::private_key, text)) {
    return fingerprint(crypto::KeyPair(std::move(*key)).public_key);
  }
  for (const KeyKind kind : {KeyKind::public_key, KeyKind::secret}) {
    if (auto key = parse_key_text(kind, text)) return fingerprint(key->bytes());
  }
  throw_error(Errc::bad_config,
              "key_fingerprint: expected a secret or a key (aemp-s1., -k1., -p1.)");
}

}  // namespace aemp
