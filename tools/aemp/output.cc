// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "output.h"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ctime>

namespace tool {
namespace {

struct Control {
  std::size_t bytes = 0;  // in UTF-8; 0: it is none
  unsigned code_point = 0;
};

// What no terminal may get: C0, C1 and DEL, line separators, and what turns the direction of text
// (U+061C, U+200E and U+200F, U+202A to U+202E, U+2066 to U+2069).
Control control_at(std::string_view text, std::size_t i) {
  const auto byte = [&](std::size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0u;
  };
  const unsigned first = byte(i);
  if (first < 0x20 || first == 0x7f) return {1, first};
  const unsigned two = (first & 0x1f) << 6 | (byte(i + 1) & 0x3f);
  if ((first == 0xc2 && two < 0xa0) || (first == 0xd8 && two == 0x61c)) return {2, two};
  if (first != 0xe2) return {};
  const unsigned three = (first & 0x0f) << 12 | (byte(i + 1) & 0x3f) << 6 | (byte(i + 2) & 0x3f);
  const bool control = (three >= 0x200e && three <= 0x200f) ||
                       (three >= 0x2028 && three <= 0x202e) || (three >= 0x2066 && three <= 0x2069);
  return control ? Control{3, three} : Control{};
}

bool has_control(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (control_at(text, i).bytes != 0) return true;
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
    const Control control = control_at(text, i);
    if (control.bytes == 0) {
      out += text[i];
      continue;
    }
    i += control.bytes - 1;
    char escape[8];
    std::snprintf(escape, sizeof escape, "\\u%04x", control.code_point & 0xffff);
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

void write_note(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); }

void print_note(std::string_view line) { write_note(std::string(line) + "\n"); }

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

std::string milliseconds(double ns) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", ns / 1e6);
  return text;
}

}  // namespace tool
