// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// T19, `make ctgrind`: whatever is done with secrets, no branch and no address depends on them.
// They are marked as undefined here, and valgrind's memcheck reports each such branch and address
// of the library's own object code. Public are what goes over the wire and whether two secrets are
// equal: equal() itself is watched, and what it says is declared defined by a wrapper (run.sh links
// with --wrap). "planted": a branch that must be reported.
//
// Not watched: scrypt, whose addresses depend on the passphrase by design (RFC 7914), and the text
// form of keys; both are used at the start of a process alone.
#include <valgrind/memcheck.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <vector>

#include "crypto/chacha20.h"
#include "crypto/chacha20_poly1305.h"
#include "crypto/field25.h"
#include "crypto/hkdf.h"
#include "crypto/hmac.h"
#include "crypto/montgomery_ladder.h"
#include "crypto/noise.h"
#include "crypto/poly1305.h"
#include "crypto/x25519.h"
#include "session/credentials.h"
#include "session/records.h"

namespace {

using namespace aemp;
using Bytes = std::vector<std::uint8_t>;
using View = std::span<const std::uint8_t>;

void make_secret(View bytes) { VALGRIND_MAKE_MEM_UNDEFINED(bytes.data(), bytes.size()); }
void make_public(View bytes) { VALGRIND_MAKE_MEM_DEFINED(bytes.data(), bytes.size()); }

int failures = 0;
void expect(bool fine, const char* what) {
  if (fine) return;
  std::printf("wrong: %s\n", what);
  ++failures;
}

crypto::Key secret_key(std::uint8_t seed) {
  crypto::Key key;
  for (std::uint8_t& byte : key.bytes()) byte = seed = static_cast<std::uint8_t>(seed * 29 + 17);
  make_secret(key.bytes());
  return key;
}

void curves() {
  const crypto::Key scalar = secret_key(1);
  std::array<std::uint8_t, 32> out;
  crypto::x25519_base(out, scalar.bytes());
  make_public(out);
  const std::array<std::uint8_t, 32> point = out;
  expect(crypto::x25519(out, scalar.bytes(), point), "x25519");
  make_secret(point);  // what a static key is before it is proven
  expect(crypto::x25519(out, scalar.bytes(), point), "x25519 of a secret point");
  using Ladder25 = crypto::MontgomeryLadder<crypto::Field25>;
  expect(Ladder25::run(out, scalar.bytes(), point), "x25519 in 32-bit limbs");
}

void hashes() {
  const crypto::Key key = secret_key(2);
  std::array<std::uint8_t, 32> out;
  for (const std::size_t size : {0u, 1u, 55u, 64u, 200u}) {
    Bytes text(size, 7);
    make_secret(text);
    crypto::hmac_sha256(key.bytes(), text, out);
    crypto::hmac_sha256(text, key.bytes(), out);
    crypto::hkdf_sha256(key.bytes(), text, {}, out);
  }
  crypto::Key a, b, c;
  crypto::hkdf3(key.bytes(), key.bytes(), a.bytes(), b.bytes(), c.bytes());
  (void)Credentials::psk(key.bytes(), "network");
}

void ciphers() {
  const crypto::Key key = secret_key(3);
  const std::array<std::uint8_t, 12> nonce{1};
  const Bytes ad(20, 3);
  for (const crypto::ChaCha20Kernel* kernel : crypto::chacha20_kernels()) {
    if (!kernel->supported()) continue;
    std::printf("kernel %s\n", kernel->name);
    for (const std::size_t size : {0u, 5u, 64u, 192u, 200u, 700u, 1024u, 3000u}) {
      Bytes plain(size, 7), sealed(size + crypto::kTagBytes), opened(size);
      make_secret(plain);
      crypto::aead_seal_with(*kernel, key.bytes(), nonce, ad, plain, sealed);
      make_public(sealed);
      expect(crypto::aead_open_with(*kernel, key.bytes(), nonce, ad, sealed, opened), "open");
      sealed.back() ^= 1;
      expect(!crypto::aead_open_with(*kernel, key.bytes(), nonce, ad, sealed, opened), "forgery");
      std::uint8_t tag[16];
      crypto::poly1305<crypto::Poly1305Limbs26>(key.bytes(), plain, tag);
      crypto::poly1305<crypto::Poly1305Limbs44>(key.bytes(), plain, tag);
    }
  }
}

std::vector<crypto::Key> secrets_of(bool with) {
  std::vector<crypto::Key> keys;
  if (with) keys.push_back(secret_key(4));
  return keys;
}

std::optional<crypto::Key> static_of(bool with, std::uint8_t seed) {
  if (with) return secret_key(seed);
  return std::nullopt;
}

// What goes over the wire is public from there on.
bool carry(crypto::NoiseHandshake& from, crypto::NoiseHandshake& to) {
  const Bytes hello(100, 9);
  Bytes message, read;
  if (!from.write(hello, message)) return false;
  make_public(message);
  if (!to.read(message, read)) return false;
  make_public(read);
  return read == hello;
}

void records(Ciphers& from, Ciphers& to) {
  for (const std::size_t size : {1u, 100u, 5000u}) {
    Bytes data(size, 5), record;
    make_secret(data);
    expect(put_record(from.to_peer, kRecordData, data, record), "put");
    make_public(record);
    Record opened;
    expect(open_record(to.from_peer, std::span(record).subspan(2), opened), "open a record");
    from.to_peer.rekey();
    to.from_peer.rekey();
  }
}

void handshake(bool with_secret, bool with_keys) {
  const Credentials ann(secrets_of(with_secret), static_of(with_keys, 5), {}, "network");
  const Credentials bob(secrets_of(with_secret), static_of(with_keys, 6), {}, "network");
  crypto::NoiseHandshake initiator(ann.dialled()), responder(bob.accepted().front());
  initiator.set_ephemeral(secret_key(7));
  responder.set_ephemeral(secret_key(8));
  for (bool there = true; !initiator.finished() || !responder.finished(); there = !there) {
    expect(there ? carry(initiator, responder) : carry(responder, initiator), "a handshake");
  }
  Ciphers of_ann, of_bob;
  initiator.split(of_ann.to_peer, of_ann.from_peer);
  responder.split(of_bob.to_peer, of_bob.from_peer);
  records(of_ann, of_bob);
  records(of_bob, of_ann);
}

void planted() {
  const crypto::Key key = secret_key(9);
  if ((key.bytes()[5] & 1) != 0) std::printf("a bit is set\n");
}

}  // namespace

// equal() as the linker knows it; its answer is public.
bool real_equal(View a, View b) noexcept asm("__real_" AEMP_EQUAL);
bool wrapped_equal(View a, View b) noexcept asm("__wrap_" AEMP_EQUAL);
bool wrapped_equal(View a, View b) noexcept {
  bool same = real_equal(a, b);
  VALGRIND_MAKE_MEM_DEFINED(&same, sizeof same);
  return same;
}

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "planted") {
    planted();
    return 0;
  }
  curves();
  hashes();
  ciphers();
  handshake(true, false);
  handshake(false, true);
  handshake(true, true);
  std::printf("done, %d wrong\n", failures);
  return failures == 0 ? 0 : 1;
}
