// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Files of test vectors: blocks of "key = value" lines, a blank line between blocks, # comments.
#ifndef AEMP_TEST_SUPPORT_VECTORS_H
#define AEMP_TEST_SUPPORT_VECTORS_H

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "support/hex.h"

namespace aemp::test {

class VectorBlock {
 public:
  bool has(const std::string& key) const { return values_.contains(key); }
  // The test fails if it is not there.
  std::string text(const std::string& key) const {
    const auto found = values_.find(key);
    EXPECT_NE(found, values_.end()) << "no " << key << " in " << name();
    return found == values_.end() ? std::string() : found->second;
  }
  // What is written in hexadecimal.
  std::vector<std::uint8_t> bytes(const std::string& key) const { return unhex(text(key)); }
  std::uint64_t number(const std::string& key) const { return std::stoull(text(key)); }
  std::string name() const { return "the block of line " + std::to_string(line_); }

 private:
  friend std::vector<VectorBlock> read_vectors(const std::string& file);

  std::map<std::string, std::string> values_;
  int line_ = 0;
};

// Of test/crypto/vectors; tests run in the top directory.
inline std::vector<VectorBlock> read_vectors(const std::string& file) {
  std::vector<VectorBlock> blocks;
  std::ifstream in("test/crypto/vectors/" + file);
  EXPECT_TRUE(in.is_open()) << file;
  bool within = false;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.starts_with('#')) continue;
    const std::size_t equals = line.find(" =");
    if (equals == std::string::npos) {
      within = false;
      continue;
    }
    if (!within) blocks.emplace_back().line_ = number;
    within = true;
    blocks.back().values_[line.substr(0, equals)] =
        equals + 3 <= line.size() ? line.substr(equals + 3) : std::string();
  }
  return blocks;
}

}  // namespace aemp::test

#endif  // AEMP_TEST_SUPPORT_VECTORS_H
