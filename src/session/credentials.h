// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Credentials: what a node proves itself with on links that are not plain, and whom it believes.
// Their keys are in no core dump and no child process. Immutable; a node whose configuration
// changes makes new ones, and what was begun with the old ones keeps them. What each handshake
// begins with is worked out once.
#ifndef AEMP_SESSION_CREDENTIALS_H
#define AEMP_SESSION_CREDENTIALS_H

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/noise.h"
#include "os/key_memory.h"
#include "wire/format.h"

namespace aemp {

// A key, and which node IDs whoever has it may use: patterns in which * stands for any text and ?
// for any character.
struct AllowedKey {
  crypto::PublicKey key;
  std::vector<std::string> node_ids;
};

// For people: the first 8 characters of base64url(SHA-256(key)).
std::string fingerprint(std::span<const std::uint8_t> key);
// Whether `text` matches the pattern, see AllowedKey.
bool glob_matches(std::string_view pattern, std::string_view text) noexcept;

class Credentials {
 public:
  static constexpr std::size_t kMaxSecrets = 4;

  // The pre-shared key of a network: HKDF-SHA256 (RFC 5869) of its secret, with its name.
  static crypto::Key psk(std::span<const std::uint8_t> secret, std::string_view cluster);

  // Suite 1 with pre-shared keys alone, 2 with a static key alone, 3 with both; one of them there
  // must be. `psks`: at most kMaxSecrets; the first is used to dial, all are accepted. `cluster`:
  // the network's name, at most 64 bytes.
  Credentials(std::vector<crypto::Key> psks, std::optional<crypto::Key> own,
              std::vector<AllowedKey> allowed, std::string_view cluster);
  Credentials(const Credentials&) = delete;
  Credentials& operator=(const Credentials&) = delete;

  std::uint8_t suite() const noexcept { return suite_; }
  bool has_keys() const noexcept { return suite_ != kSuiteSecret; }
  bool has_secret() const noexcept { return suite_ != kSuiteKeys; }
  // Bytes that follow the greeting.
  std::size_t message1_bytes() const noexcept {
    return sizeof(crypto::PublicKey) + (has_secret() ? crypto::kTagBytes : 0);
  }

  // Where a handshake begins: when dialling, and for each secret when dialled. Copies must not
  // outlive the credentials.
  const crypto::NoiseHandshake& dialled() const noexcept { return starts_.front(); }
  std::span<const crypto::NoiseHandshake> accepted() const noexcept {
    return std::span(starts_).subspan(1);
  }

  // Whether anybody with this key may connect; and as this node.
  bool lists(const crypto::PublicKey& key) const noexcept;
  bool allows(const crypto::PublicKey& key, std::string_view node_id) const noexcept;

 private:
  friend class CredentialsRef;

  mutable std::size_t users_ = 0;
  std::uint8_t suite_;
  KeyVector<crypto::Key> psks_;
  KeyVector<crypto::KeyPair> own_;  // one or none
  std::vector<AllowedKey> allowed_;
  KeyVector<crypto::NoiseHandshake> starts_;  // the first dials
};

// Keeps credentials alive; for one thread. Null unless made otherwise.
class CredentialsRef {
 public:
  CredentialsRef() noexcept = default;
  // Takes over what was just made.
  explicit CredentialsRef(const Credentials* made) noexcept : it_(made) { ++it_->users_; }
  CredentialsRef(const CredentialsRef& other) noexcept : it_(other.it_) {
    if (it_ != nullptr) ++it_->users_;
  }
  CredentialsRef(CredentialsRef&& other) noexcept : it_(std::exchange(other.it_, nullptr)) {}
  CredentialsRef& operator=(CredentialsRef other) noexcept {
    std::swap(it_, other.it_);
    return *this;
  }
  ~CredentialsRef() {
    if (it_ != nullptr && --it_->users_ == 0) delete it_;
  }

  const Credentials* operator->() const noexcept { return it_; }
  const Credentials& operator*() const noexcept { return *it_; }
  explicit operator bool() const noexcept { return it_ != nullptr; }

 private:
  const Credentials* it_ = nullptr;
};

}  // namespace aemp

#endif  // AEMP_SESSION_CREDENTIALS_H
