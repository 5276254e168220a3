// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "jobs.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <stdexcept>

namespace {

// Larger ones would take more than a fraction of a second. Meanwhile the worker's loop does nothing
// else: what takes long is for another thread, see Loop::post.
constexpr std::uint64_t kLargest = 1'000'000'000'000'000;

std::string factor(const std::string& text) {
  std::uint64_t n = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, n);
  if (error != std::errc() || at != end || n == 0 || n > kLargest) {
    throw std::runtime_error("expected a whole number from 1 to " + std::to_string(kLargest));
  }
  std::string factors;
  for (std::uint64_t p = 2; n > 1; ++p) {
    if (p * p > n) p = n;
    for (; n % p == 0; n /= p) factors += (factors.empty() ? "" : " ") + std::to_string(p);
  }
  return factors;
}

std::string reverse(const std::string& text) {
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; })) {
    throw std::runtime_error("expected printable ASCII");
  }
  return std::string(text.rbegin(), text.rend());
}

}  // namespace

bool is_kind(const std::string& kind) { return kind == "factor" || kind == "reverse"; }

std::string do_job(const std::string& kind, const std::string& text) {
  return kind == "factor" ? factor(text) : reverse(text);
}
