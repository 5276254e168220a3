// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "output.h"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ctime>

namespace tool {
namespace {

// ASCII controls and DEL, and the controls U+0080 to U+009F as UTF-8 (c2 80 to c2 9f).
bool is_control(std::string_view text, std::size_t i) {
  const auto b = static_cast<unsigned char>(text[i]);
  if (b < 0x20 || b == 0x7f) return true;
  return b == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
}

bool has_control(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_control(text, i)) return true;
  }
  return false;
}

std::string plain(const aemp::Value& value) {
  if (value.kind() == aemp::Kind::text || value.kind() == aemp::Kind::port) {
    std::string text = value.as<std::string>();
    if (!has_control(text)) return text;
  }
  return printable(value.json());
}

// In one piece: other processes may write to the same file.
void write_line(std::FILE* file, std::string line) {
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), file);
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_control(text, i)) {
      out += text[i];
      continue;
    }
    // The second byte of a UTF-8 control is its code point.
    if (static_cast<unsigned char>(text[i]) == 0xc2) ++i;
    char escape[8];
    std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned char>(text[i]));
    out += escape;
  }
  return out;
}

std::string plain_line(const aemp::Message& message) {
  std::string line;
  bool first = true;
  for (aemp::Value value : message) {
    if (!first) line += '\t';
    first = false;
    line += plain(value);
  }
  return line;
}

std::string reason_text(const aemp::Message& reason) {
  if (reason.empty()) return "it ended normally";
  std::string text;
  for (aemp::Value value : reason) {
    if (!text.empty()) text += ": ";
    text += plain(value);
  }
  return text;
}

bool print_line(std::string_view line) {
  write_line(stdout, std::string(line));
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return true;
  complain(std::string("cannot write to standard output: ") + std::strerror(errno));
  return false;
}

void complain(std::string_view sentence) { write_line(stderr, "aemp: " + printable(sentence)); }

void print_log_line(int level, std::string_view node, std::string_view line) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  const auto seconds = static_cast<std::time_t>(ms / 1000);
  std::tm tm{};
  gmtime_r(&seconds, &tm);
  char head[80];
  const std::size_t n = std::strftime(head, sizeof head, "%Y-%m-%d %H:%M:%S", &tm);
  std::snprintf(head + n, sizeof head - n, ".%03d <%d> ", static_cast<int>(ms % 1000), level);
  write_line(stderr, head + std::string(node) + ": " + printable(line));
}

}  // namespace tool
