// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include <cstdlib>

#include "bench.h"
#include "crypto/bytes.h"
#include "crypto/chacha20.h"
#include "crypto/chacha20_poly1305.h"

namespace aemp::crypto_bench {

namespace {

using test::Bytes;
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

}  // namespace

std::vector<Row> make_rows() {
  std::vector<Row> rows;
  add_aead(rows);
  return rows;
}

}  // namespace aemp::crypto_bench
