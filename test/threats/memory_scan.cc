// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "threats/memory_scan.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>

namespace aemp::threat {

namespace {

constexpr unsigned long kMostBytes = 256u << 20;
// Not on the heap: what was read would stay there.
std::uint8_t block[1 << 16];

std::vector<Mapping> writable() {
  std::vector<Mapping> all;
  std::ifstream smaps("/proc/self/smaps");
  bool listed = false;
  for (std::string line; std::getline(smaps, line);) {
    unsigned long from = 0, to = 0;
    char access[5] = "";
    if (std::sscanf(line.c_str(), "%lx-%lx %4s", &from, &to, access) == 3) {
      listed = access[0] == 'r' && access[1] == 'w' && to - from <= kMostBytes;
      if (listed) all.push_back({from, to, line + "\n", {}});
    } else if (listed && line.starts_with("VmFlags:")) {
      all.back().flags = line.substr(8) + " ";
    }
  }
  return all;
}

bool in_block(const Hidden& key, unsigned long at, std::size_t size) {
  const auto own = reinterpret_cast<unsigned long>(block);
  const auto first = static_cast<std::uint8_t>(~key.complement[0]);
  for (std::size_t i = 0; i + 32 <= size; ++i) {
    const void* next = std::memchr(block + i, first, size - 31 - i);
    if (next == nullptr) return false;
    i = static_cast<std::size_t>(static_cast<const std::uint8_t*>(next) - block);
    const bool is_own = at + i + 32 > own && at + i < own + sizeof block;
    if (!is_own && key.is_at(block + i)) return true;
  }
  return false;
}

// Through the system, to which what cannot be read is an error and no more.
bool holds(std::FILE* mem, const Mapping& mapping, const Hidden& key) {
  for (unsigned long at = mapping.from; at < mapping.to;) {
    const std::size_t want = std::min<std::size_t>(sizeof block, mapping.to - at);
    std::fseek(mem, static_cast<long>(at), SEEK_SET);
    const std::size_t n = std::fread(block, 1, want, mem);
    if (in_block(key, at, n)) return true;
    if (n < want || at + n == mapping.to) return false;
    at += n - 31;  // a key may lie across the border
  }
  return false;
}

}  // namespace

std::vector<Mapping> mappings_with(const Hidden& key) {
  std::vector<Mapping> found = writable();
  std::FILE* mem = std::fopen("/proc/self/mem", "rb");
  if (mem == nullptr) return {};
  std::setvbuf(mem, nullptr, _IONBF, 0);
  std::erase_if(found, [&](const Mapping& mapping) { return !holds(mem, mapping, key); });
  std::fclose(mem);
  crypto::wipe(block);
  return found;
}

}  // namespace aemp::threat
