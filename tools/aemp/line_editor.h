// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// LineEditor: one line of text that is typed into a terminal, and those before it. Pure: it is
// given the bytes that the terminal sends, and says what to write to it; ECMA-48 has the sequences.
//
//   Left Right Home End  or  ^B ^F ^A ^E     Up Down  or  ^P ^N    the lines before
//   Backspace Delete  ^K to the end  ^U to the beginning  ^W a word  ^L the screen
#ifndef AEMP_TOOL_LINE_EDITOR_H
#define AEMP_TOOL_LINE_EDITOR_H

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tool {

class LineEditor {
 public:
  enum class Event {
    none,
    changed,    // to be drawn anew
    line,       // Enter: take() it
    complete,   // Tab
    interrupt,  // ^C
    end,        // ^D on an empty line
    clear,      // ^L
  };

  Event feed(char byte);

  const std::string& text() const { return text_; }
  std::string_view before_cursor() const { return std::string_view(text_).substr(0, cursor_); }
  // At the cursor.
  void insert(std::string_view text);
  // The line, which is among those before from now on, and an empty one instead.
  std::string take();
  void discard();

  // Writes the prompt and the line over what is in the terminal's line. A line that is wider than
  // the terminal shows the part with the cursor; each character is taken to be one column wide.
  std::string draw(std::string_view prompt, int columns) const;

 private:
  static constexpr std::size_t kMostLines = 1000;
  static constexpr std::size_t kLongest = 1 << 20;

  Event key(char byte);
  Event sequence(char byte);
  Event erase(std::size_t from, std::size_t to);
  Event move(std::size_t to);
  Event recall(std::ptrdiff_t step);
  std::size_t left() const;
  std::size_t right() const;
  std::size_t word() const;

  std::string text_;
  std::size_t cursor_ = 0;  // in bytes
  std::string sequence_;    // that began with ESC and has not ended
  std::vector<std::string> lines_;
  std::size_t line_ = 0;  // which of them is shown; their number: what is typed
  std::string typed_;     // while another line is shown
};

}  // namespace tool

#endif  // AEMP_TOOL_LINE_EDITOR_H
