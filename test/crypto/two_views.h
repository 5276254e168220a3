// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Storage that can be read although the object in it is gone: the same page of a file, mapped at
// two addresses. What was written through one is there for the other, whatever the compiler thinks
// of objects whose life has ended.
#ifndef AEMP_TEST_CRYPTO_TWO_VIEWS_H
#define AEMP_TEST_CRYPTO_TWO_VIEWS_H

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>

namespace aemp::test {

class TwoViews {
 public:
  TwoViews() {
    std::FILE* file = std::tmpfile();
    if (file == nullptr || ftruncate(fileno(file), kSize) != 0) std::abort();
    storage_ = map(fileno(file));
    view_ = map(fileno(file));
    std::fclose(file);
  }
  TwoViews(const TwoViews&) = delete;
  TwoViews& operator=(const TwoViews&) = delete;
  ~TwoViews() {
    munmap(storage_, kSize);
    munmap(view_, kSize);
  }

  // For an object of at most kSize bytes, all 0 at first.
  void* storage() { return storage_; }
  bool contains(std::span<const std::uint8_t> bytes) const {
    const auto in = all();
    return std::search(in.begin(), in.end(), bytes.begin(), bytes.end()) != in.end();
  }
  std::size_t count_of_zeros() const {
    return static_cast<std::size_t>(std::ranges::count(all(), std::uint8_t{0}));
  }

  static constexpr std::size_t kSize = 4096;

 private:
  static void* map(int fd) {
    void* at = mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) std::abort();
    return at;
  }
  std::span<const std::uint8_t> all() const {
    return {static_cast<const std::uint8_t*>(view_), kSize};
  }

  void* storage_;
  void* view_;
};

}  // namespace aemp::test

#endif  // AEMP_TEST_CRYPTO_TWO_VIEWS_H
