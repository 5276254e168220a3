// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Lines and words. The rule of words is that of `wc -w` in the C locale: white space separates
// them, and a word has at least one printable byte; other bytes (controls, everything from 0x80)
// neither begin nor end one. Versions of wc differ here: for those where every byte but white
// space makes a word there is `any_byte`.
#ifndef AEMP_WORDCOUNT_TEXT_H
#define AEMP_WORDCOUNT_TEXT_H

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <vector>

using Bytes = std::span<const std::byte>;

struct WordCount {
  std::uint64_t words = 0;  // that begin in the text
  bool inside = false;      // its end is inside a word
};

// `inside`: the text begins inside a word that was counted where it began.
WordCount count_words(Bytes text, bool inside, bool any_byte);

struct Line {
  std::string bytes;    // with the newline, if it has one
  bool inside = false;  // begins inside a word
  Bytes view() const { return std::as_bytes(std::span(bytes)); }
};

// Reads files line by line. A line longer than kLongest comes in pieces.
class LineReader {
 public:
  static constexpr std::size_t kLongest = 64 * 1024;

  // Throws std::runtime_error naming the first file that is not there or is a directory.
  LineReader(std::vector<std::string> files, bool any_byte);
  // False when all files are read. Throws std::runtime_error naming a file that cannot be read.
  bool next(Line& line);
  double megabytes_read() const { return static_cast<double>(read_) / 1e6; }
  bool past_half() const { return read_ >= size_ / 2; }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  bool read_more();

  std::vector<std::string> files_;
  bool any_byte_;
  std::size_t next_file_ = 0;
  std::unique_ptr<std::FILE, Close> file_;
  std::vector<char> buffer_ = std::vector<char>(kLongest);
  std::size_t begin_ = 0, end_ = 0;  // of what is read and not yet given out
  bool inside_ = false;
  std::uint64_t read_ = 0, size_ = 0;
};

#endif  // AEMP_WORDCOUNT_TEXT_H
