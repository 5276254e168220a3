// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "line_editor.h"

#include <algorithm>
#include <utility>

namespace tool {
namespace {

constexpr char kEscape = '\x1b';

constexpr char control(char letter) { return static_cast<char>(letter - '@'); }

// Not the first byte of a character in UTF-8.
bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !continues(c); }));
}

// The bytes of the first n characters.
std::size_t bytes_of(std::string_view text, std::size_t n) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    if (!continues(text[at]) && n-- == 0) break;
  }
  return at;
}

}  // namespace

LineEditor::Event LineEditor::feed(char byte) {
  if (!sequence_.empty() || byte == kEscape) return sequence(byte);
  return key(byte);
}

LineEditor::Event LineEditor::key(char byte) {
  switch (byte) {
    case '\r':
    case '\n':
      return Event::line;
    case '\t':
      return Event::complete;
    case control('C'):
      return Event::interrupt;
    case control('D'):
      return text_.empty() ? Event::end : erase(cursor_, right());
    case control('L'):
      return Event::clear;
    case control('H'):
    case '\x7f':
      return erase(left(), cursor_);
    case control('K'):
      return erase(cursor_, text_.size());
    case control('U'):
      return erase(0, cursor_);
    case control('W'):
      return erase(word(), cursor_);
    case control('A'):
      return move(0);
    case control('E'):
      return move(text_.size());
    case control('B'):
      return move(left());
    case control('F'):
      return move(right());
    case control('P'):
      return recall(-1);
    case control('N'):
      return recall(1);
    default:
      if (static_cast<unsigned char>(byte) < ' ' || text_.size() >= kLongest) return Event::none;
      insert({&byte, 1});
      return Event::changed;
  }
}

// ESC [ parameters final, or ESC O final.
LineEditor::Event LineEditor::sequence(char byte) {
  constexpr std::size_t kMost = 16;
  if (byte == kEscape) sequence_.clear();
  sequence_ += byte;
  if (sequence_.size() == 1) return Event::none;
  if (sequence_.size() == 2 && (byte == '[' || byte == 'O')) return Event::none;
  const bool is_final = byte >= '@' && byte <= '~';
  if (sequence_.size() > 2 && !is_final && sequence_.size() < kMost) return Event::none;
  const std::string whole = std::exchange(sequence_, {}).substr(1);
  if (whole == "[D" || whole == "OD") return move(left());
  if (whole == "[C" || whole == "OC") return move(right());
  if (whole == "[A" || whole == "OA") return recall(-1);
  if (whole == "[B" || whole == "OB") return recall(1);
  if (whole == "[H" || whole == "OH" || whole == "[1~" || whole == "[7~") return move(0);
  if (whole == "[F" || whole == "OF" || whole == "[4~" || whole == "[8~") return move(text_.size());
  if (whole == "[3~") return erase(cursor_, right());
  return Event::none;
}

void LineEditor::insert(std::string_view text) {
  text_.insert(cursor_, text);
  cursor_ += text.size();
}

std::string LineEditor::take() {
  std::string line = std::exchange(text_, {});
  cursor_ = 0;
  const bool is_new = !line.empty() && (lines_.empty() || lines_.back() != line);
  if (is_new) lines_.push_back(line);
  if (lines_.size() > kMostLines) lines_.erase(lines_.begin());
  line_ = lines_.size();
  return line;
}

void LineEditor::discard() {
  text_.clear();
  cursor_ = 0;
  line_ = lines_.size();
}

std::string LineEditor::draw(std::string_view prompt, int columns) const {
  const auto width = static_cast<std::size_t>(std::max(columns, 1));
  // Of a long prompt the end: half of the line is for what is typed.
  prompt.remove_prefix(
      bytes_of(prompt, characters(prompt) - std::min(characters(prompt), width / 2)));
  const std::size_t wide = characters(prompt);
  // The last column stays free, or the cursor would be in the next line.
  const std::size_t room = width > wide + 1 ? width - wide - 1 : 1;
  const std::size_t at = characters(before_cursor());
  const std::size_t first = at >= room ? at - room + 1 : 0;
  std::string_view shown = text_;
  shown.remove_prefix(bytes_of(shown, first));
  shown = shown.substr(0, bytes_of(shown, room));
  std::string out = "\r";
  out.append(prompt).append(shown).append("\x1b[K\r");
  if (const std::size_t column = wide + at - first; column > 0) {
    out += "\x1b[" + std::to_string(column) + "C";
  }
  return out;
}

LineEditor::Event LineEditor::erase(std::size_t from, std::size_t to) {
  text_.erase(from, to - from);
  cursor_ = from;
  return Event::changed;
}

LineEditor::Event LineEditor::move(std::size_t to) {
  cursor_ = to;
  return Event::changed;
}

LineEditor::Event LineEditor::recall(std::ptrdiff_t step) {
  const auto to = static_cast<std::ptrdiff_t>(line_) + step;
  if (to < 0 || to > static_cast<std::ptrdiff_t>(lines_.size())) return Event::none;
  if (line_ == lines_.size()) typed_ = text_;
  line_ = static_cast<std::size_t>(to);
  text_ = line_ == lines_.size() ? typed_ : lines_[line_];
  return move(text_.size());
}

std::size_t LineEditor::left() const {
  std::size_t at = cursor_;
  while (at > 0 && continues(text_[--at])) {
  }
  return at;
}

std::size_t LineEditor::right() const {
  std::size_t at = cursor_;
  if (at < text_.size()) ++at;
  while (at < text_.size() && continues(text_[at])) ++at;
  return at;
}

// Where the word before the cursor begins.
std::size_t LineEditor::word() const {
  std::size_t at = cursor_;
  while (at > 0 && text_[at - 1] == ' ') --at;
  while (at > 0 && text_[at - 1] != ' ') --at;
  return at;
}

}  // namespace tool
