// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What the two ends of an encrypted link have, the same in every run.
#ifndef AEMP_TEST_FUZZ_CREDENTIALS_H
#define AEMP_TEST_FUZZ_CREDENTIALS_H

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "session/credentials.h"

namespace aemp::fuzz {

inline crypto::Key key_of(std::uint8_t seed) {
  std::array<std::uint8_t, 32> bytes;
  bytes.fill(seed);
  return crypto::Key(bytes);
}

// Seeds of keys: of the end under test, of the other end, and of one that it does not allow.
inline constexpr std::uint8_t kOwn = 10, kListed = 20, kUnlisted = 30;

// Credentials by suite and own key, made when they are first asked for.
class Ends {
 public:
  // Each end allows the other under names that match `glob`.
  explicit Ends(std::string glob) : glob_(std::move(glob)) {}

  const CredentialsRef& credentials(std::uint8_t suite, std::uint8_t own) {
    CredentialsRef& it = all_[suite - 1][own / 10 - 1];
    if (!it) it = make(suite, own, own == kOwn ? kListed : kOwn);
    return it;
  }

 private:
  CredentialsRef make(std::uint8_t suite, std::uint8_t own, std::uint8_t other) const {
    std::vector<crypto::Key> psks;
    std::optional<crypto::Key> key;
    std::vector<AllowedKey> allowed;
    if (suite != kSuiteKeys) psks.push_back(Credentials::psk(key_of(1).bytes(), "net"));
    if (suite != kSuiteSecret) {
      key = key_of(own);
      allowed.push_back({crypto::KeyPair(key_of(other)).public_key, {glob_}});
    }
    return CredentialsRef(
        new Credentials(std::move(psks), std::move(key), std::move(allowed), "net"));
  }

  std::string glob_;
  CredentialsRef all_[3][3];
};

}  // namespace aemp::fuzz

#endif  // AEMP_TEST_FUZZ_CREDENTIALS_H
