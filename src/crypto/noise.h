// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// HandshakeState of the Noise Protocol Framework, revision 34, for one cipher suite,
// 25519_ChaChaPoly_SHA256, and any pattern without pre-messages: a table of tokens says what each
// message holds. Sans I/O, no clock and no randomness of its own.
#ifndef AEMP_CRYPTO_NOISE_H
#define AEMP_CRYPTO_NOISE_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "crypto/noise_symmetric.h"

namespace aemp::crypto {

// Section 7: what a message is made of, in this order. `none` ends a message, or a pattern.
enum class NoiseToken : std::uint8_t { none, e, s, ee, es, se, ss, psk };

struct NoisePattern {
  static constexpr std::size_t kMessages = 3;
  static constexpr std::size_t kTokens = 6;
  std::string_view name;  // "XXpsk0"
  NoiseToken messages[kMessages + 1][kTokens];

  // Section 9.2: with a pre-shared key each ephemeral is mixed into the key too.
  constexpr bool has_psk() const noexcept {
    for (const auto& message : messages) {
      for (const NoiseToken token : message) {
        if (token == NoiseToken::psk) return true;
      }
    }
    return false;
  }
};

inline constexpr NoisePattern kNoiseNNpsk0 = {
    "NNpsk0", {{NoiseToken::psk, NoiseToken::e}, {NoiseToken::e, NoiseToken::ee}}};
inline constexpr NoisePattern kNoiseXX = {
    "XX",
    {{NoiseToken::e},
     {NoiseToken::e, NoiseToken::ee, NoiseToken::s, NoiseToken::es},
     {NoiseToken::s, NoiseToken::se}}};
inline constexpr NoisePattern kNoiseXXpsk0 = {
    "XXpsk0",
    {{NoiseToken::psk, NoiseToken::e},
     {NoiseToken::e, NoiseToken::ee, NoiseToken::s, NoiseToken::es},
     {NoiseToken::s, NoiseToken::se}}};

using PublicKey = std::array<std::uint8_t, 32>;

// A private key and what belongs to it.
struct KeyPair {
  explicit KeyPair(Key&& key) noexcept;

  Key private_key;
  PublicKey public_key;
};

// Messages take turns, the initiator's first. A handshake that failed is of no further use.
// Copyable: what is the same for all connections, the prologue and a pre-shared key that comes
// first, is worked into one object at its construction, of which each connection takes a copy.
class NoiseHandshake {
 public:
  // `own` is needed if the pattern has an `s` of this side; `psks` has one for each psk token, in
  // order. Both must outlive the handshake.
  NoiseHandshake(const NoisePattern& pattern, bool initiator,
                 std::span<const std::uint8_t> prologue, std::span<const Key> psks,
                 const KeyPair* own);
  NoiseHandshake(const NoiseHandshake& other) noexcept;
  NoiseHandshake& operator=(const NoiseHandshake&) = delete;

  // Before the first write(): 32 random bytes, used in this handshake only.
  void set_ephemeral(Key&& private_key) noexcept;

  bool my_turn() const noexcept { return initiator_ == (message_ % 2 == 0); }
  bool finished() const noexcept { return pattern_->messages[message_][0] == NoiseToken::none; }

  // Appends the next message. False: the other end's key is one that leads to an all-zero secret
  // (RFC 7748, section 6.1). Throws std::bad_alloc.
  [[nodiscard]] bool write(std::span<const std::uint8_t> payload, std::vector<std::uint8_t>& out);
  // Takes the next message, whole, and appends its payload. False: it is too short, a tag is wrong,
  // or as above. Throws std::bad_alloc.
  [[nodiscard]] bool read(std::span<const std::uint8_t> message,
                          std::vector<std::uint8_t>& payload);
  // When finished: the keys of this side's transport.
  void split(NoiseCipher& to_peer, NoiseCipher& from_peer) noexcept;
  // When finished: the same on both sides, and of no other handshake (section 11.2).
  const std::array<std::uint8_t, 32>& hash() const noexcept { return symmetric_.hash(); }
  // The other end's static key, once it was read.
  const PublicKey& peer_static() const noexcept { return peer_static_; }

 private:
  using Bytes = std::vector<std::uint8_t>;

  [[nodiscard]] bool write_token(NoiseToken token, Bytes& out);
  [[nodiscard]] bool read_token(NoiseToken token, std::span<const std::uint8_t>& rest);
  [[nodiscard]] bool mix(NoiseToken token) noexcept;
  [[nodiscard]] bool mix_dh(const Key& own, const PublicKey& theirs) noexcept;
  void mix_ephemeral(const PublicKey& key) noexcept;
  void mix_psk() noexcept;
  void next_message() noexcept;

  const NoisePattern* pattern_;
  NoiseSymmetric symmetric_;
  std::span<const Key> psks_;
  const KeyPair* static_;
  bool initiator_;
  std::size_t message_ = 0;  // the next
  std::size_t token_ = 0;    // of it, the first that is not done: those at the start may be
  Key ephemeral_;
  PublicKey peer_ephemeral_{};
  PublicKey peer_static_{};
};

}  // namespace aemp::crypto

#endif  // AEMP_CRYPTO_NOISE_H
