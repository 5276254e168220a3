// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "chaos/history.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace aemp::chaos {

namespace {

// Takes a number and the blank behind it, if there is one.
bool take_number(std::string_view& rest, std::int64_t& n) {
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), n);
  if (error != std::errc()) return false;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  if (!rest.empty() && rest[0] != ' ') return false;
  if (!rest.empty()) rest.remove_prefix(1);
  return true;
}

bool parse_line(std::string_view line, Record& r) {
  if (!take_number(line, r.time)) return false;
  const std::size_t blank = line.find(' ');
  r.word = line.substr(0, blank);
  if (r.word.empty()) return false;
  line.remove_prefix(blank == line.npos ? line.size() : blank + 1);
  while (!line.empty() && line[0] != '|') {
    if (r.count == r.numbers.size() || !take_number(line, r.numbers[r.count])) return false;
    ++r.count;
  }
  if (!line.empty()) r.text = line.substr(1);
  return true;
}

}  // namespace

std::int64_t monotonic_ns() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

History::History(const std::string& path)
    : fd_(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {
  if (fd_ < 0) throw std::runtime_error(path + ": " + strerror(errno));
}

History::~History() { close(fd_); }

void History::tell(std::string_view word, std::initializer_list<std::int64_t> numbers,
                   std::string_view text) {
  line_ = std::to_string(monotonic_ns());
  (line_ += ' ') += word;
  for (const std::int64_t n : numbers) (line_ += ' ') += std::to_string(n);
  if (!text.empty()) {
    const std::size_t at = line_.size();
    (line_ += " |") += text;
    std::replace(line_.begin() + static_cast<std::ptrdiff_t>(at), line_.end(), '\n', ' ');
  }
  line_ += '\n';
  std::string_view rest = line_;
  while (!rest.empty()) {
    const ssize_t n = write(fd_, rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      // An exception would be swallowed by the loop. Whoever started this process sees its end.
      perror("history");
      _exit(3);
    }
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
}

std::string Record::line() const {
  std::string text_line = std::to_string(time) + " " + word;
  for (std::size_t i = 0; i < count; ++i) text_line += " " + std::to_string(numbers[i]);
  if (!text.empty()) text_line += " |" + text;
  return text_line;
}

std::vector<Record> parse_history(std::string_view bytes, std::string& wrong) {
  std::vector<Record> records;
  for (std::size_t end; (end = bytes.find('\n')) != bytes.npos; bytes.remove_prefix(end + 1)) {
    Record r;
    if (parse_line(bytes.substr(0, end), r)) {
      records.push_back(std::move(r));
    } else {
      wrong += "not an event: " + std::string(bytes.substr(0, end)) + "\n";
    }
  }
  return records;
}

void sort_by_time(std::vector<Record>& records) {
  std::stable_sort(records.begin(), records.end(),
                   [](const Record& a, const Record& b) { return a.time < b.time; });
}

std::vector<Record> read_histories(const std::string& directory, std::string& wrong) {
  std::vector<Record> all;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() != ".history") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    std::vector<Record> records = parse_history(bytes, wrong);
    std::move(records.begin(), records.end(), std::back_inserter(all));
  }
  sort_by_time(all);
  return all;
}

}  // namespace aemp::chaos
