// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Fuzz targets: functions that take any bytes whatever and end the process when what the library
// promises about them does not hold. One source per target. `make fuzz` compiles each into a
// program of its own around libFuzzer; the tests compile all of them into aemp-tests and replay
// test/fuzz/corpus/<target>/.
#ifndef AEMP_TEST_FUZZ_FUZZ_H
#define AEMP_TEST_FUZZ_FUZZ_H

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

// Heads the definition of a target. The function returns 0.
#ifdef AEMP_LIBFUZZER
#define AEMP_FUZZ_TARGET(name) \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
#else
#define AEMP_FUZZ_TARGET(name) int aemp::fuzz::name(const std::uint8_t* data, std::size_t size)
#endif

#define AEMP_FUZZ_CHECK(condition) \
  ((condition) ? void() : aemp::fuzz::broken(#condition, __FILE__, __LINE__))

namespace aemp::fuzz {

int frames(const std::uint8_t* data, std::size_t size);
int cbor(const std::uint8_t* data, std::size_t size);
int json(const std::uint8_t* data, std::size_t size);
int dns(const std::uint8_t* data, std::size_t size);
int text(const std::uint8_t* data, std::size_t size);
int hello(const std::uint8_t* data, std::size_t size);
int session(const std::uint8_t* data, std::size_t size);
int node(const std::uint8_t* data, std::size_t size);
int handshake(const std::uint8_t* data, std::size_t size);
int config(const std::uint8_t* data, std::size_t size);
int records(const std::uint8_t* data, std::size_t size);
int mesh(const std::uint8_t* data, std::size_t size);
int channel(const std::uint8_t* data, std::size_t size);
int secure_session(const std::uint8_t* data, std::size_t size);

[[noreturn]] inline void broken(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
  std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Whether a view lies in [data, data + size].
inline bool inside(const void* at, std::size_t n, const std::uint8_t* data, std::size_t size) {
  const auto begin = reinterpret_cast<std::uintptr_t>(data);
  const auto first = reinterpret_cast<std::uintptr_t>(at);
  return first >= begin && first - begin <= size && n <= size - (first - begin);
}

}  // namespace aemp::fuzz

#endif  // AEMP_TEST_FUZZ_FUZZ_H
