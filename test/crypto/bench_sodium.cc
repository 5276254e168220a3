// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// make bench-sodium: how fast we are beside libsodium, which serves as a yardstick and is part of
// nothing else. Each row is measured three times, and the best ratio counts.
#include <sodium.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "bench.h"
#include "crypto/bytes.h"

namespace {

using namespace aemp::crypto_bench;
using aemp::test::Bytes;
using aemp::test::pattern;

constexpr int kRuns = 3;

// A record, plain and sealed, with room for what comes out.
struct Record {
  explicit Record(std::size_t size) : plain(pattern(size, 1)), sealed(size + 16), opened(size) {}

  void seal() {
    crypto_aead_chacha20poly1305_ietf_encrypt(sealed.data(), nullptr, plain.data(), plain.size(),
                                              nullptr, 0, nullptr, nonce.data(), key.data());
  }
  void open() {
    if (crypto_aead_chacha20poly1305_ietf_decrypt(opened.data(), nullptr, nullptr, sealed.data(),
                                                  sealed.size(), nullptr, 0, nonce.data(),
                                                  key.data()) != 0) {
      std::abort();
    }
  }

  Bytes key = pattern(32, 2), nonce = pattern(12, 3);
  Bytes plain, sealed, opened;
};

// What libsodium has for a row; one whose `run` is empty if it has nothing.
Candidate rival(const Row& row) {
  if (row.primitive == "seal") {
    return {"libsodium", [record = Record(row.bytes)](std::size_t times) mutable {
              while (times-- > 0) record.seal();
            }};
  }
  if (row.primitive == "open") {
    Record record(row.bytes);
    record.seal();
    return {"libsodium", [record](std::size_t times) mutable {
              while (times-- > 0) record.open();
            }};
  }
  if (row.primitive == "x25519") {
    return {"libsodium", [in = pattern(32, 4), out = Bytes(32)](std::size_t times) mutable {
              while (times-- > 0) {
                if (crypto_scalarmult(out.data(), in.data(), in.data()) != 0) std::abort();
              }
            }};
  }
  if (row.primitive == "sha256") {
    return {"libsodium", [in = pattern(row.bytes, 4), out = Bytes(32)](std::size_t times) mutable {
              while (times-- > 0) crypto_hash_sha256(out.data(), in.data(), in.size());
            }};
  }
  return {};
}

// The last candidate is the rival. Its time is the one of the last run.
void compare(const Row& row) {
  std::vector<double> times, ratios(row.candidates.size());
  for (int run = 0; run < kRuns; ++run) {
    times = measure(row);
    for (std::size_t i = 0; i < times.size(); ++i) {
      ratios[i] = std::max(ratios[i], times.back() / times[i]);
    }
  }
  std::printf("%-10s %7zu  libsodium %.0f ns", row.primitive.c_str(), row.bytes, times.back());
  for (std::size_t i = 0; i + 1 < times.size(); ++i) {
    std::printf("  %s %.0f ns %.2f", row.candidates[i].name.c_str(), times[i], ratios[i]);
  }
  std::printf("\n");
}

}  // namespace

int main() {
  if (sodium_init() < 0) {
    std::fprintf(stderr, "libsodium does not start\n");
    return 1;
  }
  for (Row& row : make_rows()) {
    Candidate other = rival(row);
    if (!other.run) continue;
    row.candidates.push_back(std::move(other));
    compare(row);
  }
  return 0;
}
