// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Texts of lines and words, as files of Unix have them.
#ifndef AEMP_BASE_WORDS_H
#define AEMP_BASE_WORDS_H

#include <algorithm>
#include <string_view>

namespace aemp {

// The next line, without its end, off the front of `text`, which must not be empty.
inline std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  return line;
}

// The next word off the front of `line`; empty when there is none.
inline std::string_view take_word(std::string_view& line) {
  constexpr std::string_view kBlanks = " \t\r\v\f";
  line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(kBlanks));
  line.remove_prefix(word.size());
  return word;
}

// Of ASCII letters, and of these alone.
constexpr char lower_case(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

// Whether they are the same but for the case of ASCII letters.
inline bool same_but_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower_case(x) == lower_case(y); });
}

}  // namespace aemp

#endif  // AEMP_BASE_WORDS_H
