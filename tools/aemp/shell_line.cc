// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "shell_line.h"

#include <algorithm>
#include <cstddef>

#include "settings.h"

namespace tool {
namespace {

// Scripts from elsewhere end their lines with CR and LF.
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

// Behind the JSON value at `at`; what it is made of is for the parser to say.
std::size_t behind_json(std::string_view line, std::size_t at) {
  int depth = 0;
  bool in_text = false;
  for (std::size_t i = at; i < line.size(); ++i) {
    const char c = line[i];
    if (in_text) {
      if (c == '\\') ++i;
      in_text = c != '"';
    } else if (c == '"') {
      in_text = true;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if (c == ']' || c == '}') {
      --depth;
    }
    if (!in_text && depth <= 0) return i + 1;
  }
  throw UsageError(quoted(line.substr(at)) + ": expected JSON that ends");
}

}  // namespace

std::vector<std::string> split_words(std::string_view line) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < line.size();) {
    if (is_blank(line[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    if (line[at] == '\'') {
      end = line.find('\'', at + 1);
      if (end == line.npos) throw UsageError(quoted(line.substr(at)) + ": expected ' at the end");
      words.emplace_back(line.substr(at + 1, end - at - 1));
      at = end + 1;
      continue;
    }
    if (line[at] == '[' || line[at] == '{' || line[at] == '"') end = behind_json(line, at);
    while (end < line.size() && !is_blank(line[end])) ++end;
    words.emplace_back(line.substr(at, end - at));
    at = end;
  }
  return words;
}

std::string common_beginning(const std::vector<std::string>& words, std::string_view start) {
  std::string common;
  bool any = false;
  for (const std::string& word : words) {
    if (!word.starts_with(start)) continue;
    if (!any) common = word;
    any = true;
    const auto differs = std::mismatch(common.begin(), common.end(), word.begin(), word.end());
    auto end = differs.first;
    // Never in the middle of a character of UTF-8.
    while (end != common.begin() && end != common.end() && (*end & 0xc0) == 0x80) --end;
    common.erase(end, common.end());
  }
  return any ? common : std::string(start);
}

}  // namespace tool
