// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Replays the corpus: every file of test/fuzz/corpus/<target>/ goes through its target, which
// aborts when a promise does not hold, and so do its beginnings.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fuzz/fuzz.h"

namespace aemp {
namespace {

using Bytes = std::vector<std::uint8_t>;

struct Target {
  const char* name;
  int (*run)(const std::uint8_t*, std::size_t);
  std::size_t beginnings;  // of less than so many bytes are run too
};

constexpr Target kTargets[] = {
    {"frames", fuzz::frames, 64},
    {"cbor", fuzz::cbor, 64},
    {"json", fuzz::json, 64},
    {"text", fuzz::text, 64},
    {"hello", fuzz::hello, 64},
    {"session", fuzz::session, 64},
    {"node", fuzz::node, 0},  // takes milliseconds each
    {"dns", fuzz::dns, 64},
    {"handshake", fuzz::handshake, 4},
    {"channel", fuzz::channel, 64},
    {"config", fuzz::config, 64},
    {"records", fuzz::records, 64},
    {"mesh", fuzz::mesh, 64},
    {"secure_session", fuzz::secure_session, 0},  // likewise
};

std::filesystem::path corpus() { return std::filesystem::path(__FILE__).parent_path() / "corpus"; }

Bytes content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(in), {});
}

class FuzzCorpus : public testing::TestWithParam<Target> {};
INSTANTIATE_TEST_SUITE_P(Of, FuzzCorpus, testing::ValuesIn(kTargets),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(FuzzCorpus, HoldsWhatIsPromised) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(corpus() / GetParam().name)) {
    SCOPED_TRACE(entry.path().string());
    const Bytes input = content(entry.path());
    EXPECT_EQ(GetParam().run(input.data(), input.size()), 0);
    // Memory of exactly this size: what is read behind it is seen by a sanitizer.
    for (std::size_t n = 0; n < std::min(input.size(), GetParam().beginnings); ++n) {
      const Bytes part(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(n));
      EXPECT_EQ(GetParam().run(part.data(), part.size()), 0);
    }
    ++files;
  }
  EXPECT_GE(files, 12u) << "seeds of this target are missing";
}

TEST(FuzzCorpusTree, HasADirectoryForEachTargetAndNoOther) {
  std::vector<std::string> found, expected;
  for (const auto& entry : std::filesystem::directory_iterator(corpus())) {
    found.push_back(entry.path().filename().string());
  }
  for (const Target& target : kTargets) expected.emplace_back(target.name);
  std::sort(found.begin(), found.end());
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(found, expected);
}

}  // namespace
}  // namespace aemp
