// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include <array>
#include <cstdlib>
#include <utility>

#include "bench.h"
#include "crypto/bytes.h"
#include "crypto/chacha20.h"
#include "crypto/chacha20_poly1305.h"
#include "crypto/hkdf.h"
#include "crypto/hmac.h"
#include "crypto/noise.h"
#include "crypto/scrypt.h"
#include "crypto/x25519.h"

namespace aemp::crypto_bench {

namespace {

using test::Bytes;
using Digest = std::array<std::uint8_t, 32>;
using test::fixed;
using test::pattern;

constexpr std::size_t kRecordSizes[] = {64, 256, 1024, 4096, 16384};

// A record, plain and sealed, with room for what comes out.
struct Record {
  explicit Record(std::size_t size) : plain(pattern(size, 1)), sealed(size + 16), opened(size) {}

  void seal(const crypto::ChaCha20Kernel& kernel) {
    crypto::aead_seal_with(kernel, fixed<32>(key), fixed<12>(nonce), {}, plain, sealed);
  }
  void open(const crypto::ChaCha20Kernel& kernel) {
    if (!crypto::aead_open_with(kernel, fixed<32>(key), fixed<12>(nonce), {}, sealed, opened)) {
      std::abort();
    }
  }

  Bytes key = pattern(32, 2), nonce = pattern(12, 3);
  Bytes plain, sealed, opened;
};

Candidate sealer(const crypto::ChaCha20Kernel& kernel, std::size_t size) {
  return {kernel.name, [&kernel, record = Record(size)](std::size_t times) mutable {
            while (times-- > 0) record.seal(kernel);
          }};
}

Candidate opener(const crypto::ChaCha20Kernel& kernel, std::size_t size) {
  Record record(size);
  record.seal(kernel);
  return {kernel.name, [&kernel, record](std::size_t times) mutable {
            while (times-- > 0) record.open(kernel);
          }};
}

void add_aead(std::vector<Row>& rows) {
  for (const std::size_t size : kRecordSizes) {
    Row seal{"seal", size, {}}, open{"open", size, {}};
    for (const crypto::ChaCha20Kernel* kernel : crypto::chacha20_kernels()) {
      if (!kernel->supported()) continue;
      seal.candidates.push_back(sealer(*kernel, size));
      open.candidates.push_back(opener(*kernel, size));
    }
    rows.push_back(std::move(seal));
    rows.push_back(std::move(open));
  }
}

// A primitive that there is only one of: `work` is called with `bytes` bytes and a place for 32.
template <class Work>
Row row_of(const char* primitive, std::size_t bytes, Work work) {
  return {primitive, bytes, {{"portable", [in = pattern(bytes, 4), work](std::size_t times) {
                                Digest out{};
                                while (times-- > 0) work(in, out);
                              }}}};
}

void add_hashes(std::vector<Row>& rows) {
  for (const std::size_t size : {std::size_t{32}, std::size_t{16384}}) {
    rows.push_back(row_of("sha256", size, crypto::sha256));
  }
  rows.push_back(row_of("hmac", 32, [](const Bytes& in, Digest& out) {
    crypto::hmac_sha256(fixed<32>(in), in, out);
  }));
  rows.push_back(row_of("hkdf3", 32, [](const Bytes& in, Digest& out) {
    Digest second, third;
    crypto::hkdf3(fixed<32>(in), in, out, second, third);
  }));
  rows.push_back(row_of("scrypt", 16, [](const Bytes& in, Digest& out) {  // as for passphrases
    crypto::scrypt(in, in, 15, 8, 1, out);
  }));
}

void add_x25519(std::vector<Row>& rows) {
  rows.push_back(row_of("x25519", 32, [](const Bytes& in, Digest& out) {
    if (!crypto::x25519(out, fixed<32>(in), fixed<32>(in))) std::abort();
  }));
  rows.push_back(row_of(
      "base", 32, [](const Bytes& in, Digest& out) { crypto::x25519_base(out, fixed<32>(in)); }));
}

crypto::Key key_of(const Bytes& bytes) { return crypto::Key(fixed<32>(bytes)); }

// A whole handshake with messages as long as those of links, both ends; what comes of each link
// anew is done anew.
void shake_hands(const crypto::NoiseHandshake& initiator, const crypto::NoiseHandshake& responder,
                 const Bytes& in) {
  crypto::NoiseHandshake ends[] = {initiator, responder};
  ends[0].set_ephemeral(key_of(in));
  ends[1].set_ephemeral(key_of(in));
  for (std::size_t i = 0; !ends[0].finished(); ++i) {
    Bytes message, payload;
    if (!ends[i % 2].write(in, message) || !ends[1 - i % 2].read(message, payload)) std::abort();
  }
  crypto::NoiseCipher to_peer, from_peer;
  for (crypto::NoiseHandshake& end : ends) end.split(to_peer, from_peer);
}

void add_handshakes(std::vector<Row>& rows) {
  static const std::array<crypto::Key, 1> psk{key_of(pattern(32, 5))};
  static const crypto::KeyPair own(key_of(pattern(32, 6)));
  for (const auto* pattern : {&crypto::kNoiseNNpsk0, &crypto::kNoiseXX, &crypto::kNoiseXXpsk0}) {
    const std::span<const crypto::Key> psks(psk.data(), pattern->has_psk() ? 1 : 0);
    const crypto::NoiseHandshake initiator(*pattern, true, {}, psks, &own);
    const crypto::NoiseHandshake responder(*pattern, false, {}, psks, &own);
    rows.push_back(row_of(pattern->name.data(), 100, [=](const Bytes& in, Digest&) {
      shake_hands(initiator, responder, in);
    }));
  }
}

}  // namespace

std::vector<Row> make_rows() {
  std::vector<Row> rows;
  add_aead(rows);
  add_hashes(rows);
  add_x25519(rows);
  add_handshakes(rows);
  return rows;
}

}  // namespace aemp::crypto_bench
