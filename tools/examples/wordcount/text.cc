// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "text.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace {

[[noreturn]] void cannot_read(const std::string& name, int error) {
  throw std::runtime_error(name + ": " + std::strerror(error));
}

}  // namespace

WordCount count_words(Bytes text, bool inside, bool any_byte) {
  WordCount count{0, inside};
  for (const std::byte byte : text) {
    const auto c = std::to_integer<unsigned char>(byte);
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
      count.inside = false;
    } else if (!count.inside && (any_byte || (c > ' ' && c <= '~'))) {
      count.inside = true;
      ++count.words;
    }
  }
  return count;
}

LineReader::LineReader(std::vector<std::string> files, bool any_byte)
    : files_(std::move(files)), any_byte_(any_byte) {
  for (const std::string& name : files_) {
    struct stat about {};
    if (::stat(name.c_str(), &about) != 0) cannot_read(name, errno);
    if (S_ISDIR(about.st_mode)) cannot_read(name, EISDIR);
    size_ += static_cast<std::uint64_t>(about.st_size);
  }
}

bool LineReader::next(Line& line) {
  for (;;) {
    const char* start = buffer_.data() + begin_;
    const std::size_t have = end_ - begin_;
    const auto* newline = static_cast<const char*>(std::memchr(start, '\n', have));
    if (newline != nullptr || have == buffer_.size() || (have > 0 && !file_)) {
      line.bytes.assign(start, newline != nullptr ? newline + 1 : start + have);
      line.inside = inside_;
      inside_ = newline == nullptr && count_words(line.view(), inside_, any_byte_).inside;
      begin_ += line.bytes.size();
      return true;
    }
    if (!read_more()) return false;
  }
}

// Opens the next file where one is over. False: there is none.
bool LineReader::read_more() {
  if (!file_) {
    if (next_file_ == files_.size()) return false;
    const std::string& name = files_[next_file_++];
    file_.reset(std::fopen(name.c_str(), "rb"));
    if (!file_) cannot_read(name, errno);
    inside_ = false;
  }
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= std::exchange(begin_, 0);
  const std::size_t got = std::fread(buffer_.data() + end_, 1, buffer_.size() - end_, file_.get());
  if (got == 0) {
    if (std::ferror(file_.get()) != 0) cannot_read(files_[next_file_ - 1], errno);
    file_.reset();
  }
  end_ += got;
  read_ += got;
  return true;
}
