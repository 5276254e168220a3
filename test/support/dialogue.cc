// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "support/dialogue.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <span>

#include "support/raw_peer.h"
#include "support/wire_bytes.h"

namespace aemp::compat {

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line[0] != '#') lines.push_back(line);
  }
  return lines;
}

Dialogue::Dialogue(Loop& loop, int fd, const std::vector<std::string>& delivered)
    : loop_(loop), fd_(fd), delivered_(delivered) {
  watch_ = loop_.io(fd_, Readable, [this] {
    std::uint8_t block[4096];
    const ssize_t n = read(fd_, block, sizeof block);
    if (n > 0) {
      in_.insert(in_.end(), block, block + n);
    } else {
      closed_ = true;
      watch_.cancel();
    }
  });
}

Dialogue::~Dialogue() {
  watch_.cancel();
  ::close(fd_);
}

Dialogue::Pattern Dialogue::parse(const std::string& text) const {
  Pattern out;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == ' ') {
      ++i;
    } else if (text.compare(i, 2, "..") == 0) {
      out.emplace_back();
      i += 2;
    } else if (text[i] == '{') {
      const std::size_t end = text.find('}', i);
      for (const std::uint8_t byte : words_.at(text.substr(i + 1, end - i - 1))) {
        out.emplace_back(byte);
      }
      i = end + 1;
    } else {
      const std::size_t end = text[i] == '\'' ? text.find('\'', i + 1) + 1 : i + 2;
      for (const std::uint8_t byte : wire_test::bytes(text.substr(i, end - i))) {
        out.emplace_back(byte);
      }
      i = end;
    }
  }
  return out;
}

bool Dialogue::wait_for(std::size_t bytes) {
  return loop_.run_until([&] { return in_.size() >= heard_ + bytes || closed_; }, raw::kPatience) &&
         in_.size() >= heard_ + bytes;
}

bool Dialogue::hear(const Pattern& pattern) {
  const bool enough = wait_for(pattern.size());
  const std::span<const std::uint8_t> got(in_.data() + heard_,
                                          std::min(pattern.size(), in_.size() - heard_));
  bool same = enough;
  for (std::size_t i = 0; same && i < pattern.size(); ++i) {
    same = !pattern[i] || *pattern[i] == got[i];
  }
  EXPECT_TRUE(same) << "got " << wire_test::hex(got) << (closed_ ? ", and then the end" : "");
  heard_ += got.size();
  return same;
}

bool Dialogue::hear_hello() {
  if (!wait_for(2)) return false;
  const std::size_t bytes = 2u + in_[heard_] * 256u + in_[heard_ + 1];
  if (!wait_for(bytes)) return false;
  heard_ += bytes;
  return true;
}

bool Dialogue::closed() {
  loop_.run_until([&] { return closed_; }, raw::kPatience);
  EXPECT_TRUE(closed_);
  EXPECT_EQ(in_.size(), heard_) << "it said more: "
                                << wire_test::hex(std::span(in_).subspan(heard_));
  return closed_ && in_.size() == heard_;
}

bool Dialogue::step(const std::string& line) {
  if (line == "end") return closed();
  if (line == "<hello") return hear_hello();
  const std::string rest = line.substr(2);
  if (line[0] == '<') return hear(parse(rest));
  if (line[0] == '.') {
    acts_.at(rest)();
    return true;
  }
  if (line[0] == '>') {
    Bytes bytes;
    for (const auto byte : parse(rest)) bytes.push_back(byte.value());
    const ssize_t n = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    EXPECT_EQ(n, static_cast<ssize_t>(bytes.size()));
    return n == static_cast<ssize_t>(bytes.size());
  }
  const bool came =
      loop_.run_until([&] { return delivered_.size() > next_delivered_; }, raw::kPatience);
  EXPECT_TRUE(came) << "nothing was delivered";
  if (!came) return false;
  EXPECT_EQ(delivered_[next_delivered_], rest);
  return delivered_[next_delivered_++] == rest;
}

void Dialogue::play(const std::string& path) {
  for (const std::string& line : lines_of(path)) {
    SCOPED_TRACE(path + ": " + line);
    if (!step(line)) return;
  }
}

}  // namespace aemp::compat
