// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "secret_input.h"

#include <aemp/error.h>
#include <aemp/keys.h>
#include <aemp/profile.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <vector>

#include "keys.h"
#include "output.h"
#include "settings.h"

namespace tool {
namespace {

constexpr std::size_t kMostBytes = 64 << 10;
constexpr char kInterrupt = 3;  // control-C

termios terminal_before{};

extern "C" void restore_terminal_and_end(int signo) {
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &terminal_before);
  raise(signo);  // its action is the default one again
}

// No echo, and control-C ends the line. Other signals that end the process restore the terminal.
class Hush {
 public:
  Hush() {
    if (tcgetattr(STDIN_FILENO, &terminal_before) != 0) return;
    for (std::size_t i = 0; i < std::size(kEnds); ++i) {
      struct sigaction action {};
      action.sa_handler = &restore_terminal_and_end;
      action.sa_flags = static_cast<int>(SA_RESETHAND);
      sigaction(kEnds[i], nullptr, &actions_[i]);
      if (actions_[i].sa_handler != SIG_IGN) sigaction(kEnds[i], &action, nullptr);
    }
    termios now = terminal_before;
    now.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG);
    now.c_cc[VEOL] = kInterrupt;
    on_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &now) == 0;
  }
  ~Hush() {
    if (on_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &terminal_before);
    for (std::size_t i = 0; i < std::size(kEnds); ++i) {
      if (actions_[i].sa_handler != SIG_IGN) sigaction(kEnds[i], &actions_[i], nullptr);
    }
  }
  Hush(const Hush&) = delete;
  Hush& operator=(const Hush&) = delete;

  bool on() const { return on_; }

 private:
  static constexpr int kEnds[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

  struct sigaction actions_[std::size(kEnds)] = {};
  bool on_ = false;
};

// Texts that are overwritten when they are no longer needed.
struct Typed {
  ~Typed() {
    for (std::string& line : lines) wipe(line);
    wipe(text);
  }
  std::string text;
  std::vector<std::string> lines;
};

// Up to the end, or of a terminal a line.
void read_text(std::string& text, bool one_line) {
  text.reserve(kMostBytes + 1);
  while (text.size() <= kMostBytes) {
    char c = 0;
    const ssize_t n = read(STDIN_FILENO, &c, 1);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw UsageError(std::string("cannot read standard input: ") + std::strerror(errno));
    if (n == 0 || (one_line && c == '\n')) return;
    if (one_line && c == kInterrupt) throw UsageError("interrupted");
    text += c;
  }
  throw UsageError("standard input: expected at most 64 kilobytes");
}

void read_lines(Typed& typed, const std::string& key) {
  if (isatty(STDIN_FILENO) == 1) {
    const Hush hush;
    if (!hush.on()) throw UsageError("cannot turn off the echo of the terminal");
    write_note(key + ": ");
    read_text(typed.text, true);
    write_note("\n");
  } else {
    read_text(typed.text, false);
  }
  constexpr std::string_view kBlanks = " \t\r";
  typed.lines.reserve(typed.text.size() + 1);
  for (std::string_view rest = typed.text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
    line.remove_suffix(line.size() - (line.find_last_not_of(kBlanks) + 1));
    if (!line.empty() && line.front() != '#') typed.lines.emplace_back(line);
  }
}

}  // namespace

void read_secret_input(aemp::Config& config, const std::string& key) {
  Typed typed;
  read_lines(typed, key);
  if (typed.lines.empty()) throw UsageError(key + ": standard input has none");
  if (key != "secret_also") {
    if (typed.lines.size() != 1) {
      throw UsageError(key + ": expected one line on standard input, not " +
                       std::to_string(typed.lines.size()));
    }
    return aemp::set_key(config, key, typed.lines[0]);
  }
  // One by one: there may be commas in them.
  std::vector<std::string>& all = config.secret_also.emplace();
  all.reserve(typed.lines.size());
  for (const std::string& line : typed.lines) {
    WipedConfig one;
    aemp::set_key(one, "secret", line);
    all.push_back(*one.secret);
  }
}

std::string shown_secret(std::string_view secret) {
  try {
    return "fingerprint " + aemp::key_fingerprint(secret);
  } catch (const aemp::Error&) {
    return "a passphrase";
  }
}

std::string shown_secret(const aemp::Config& config, std::string_view key) {
  if (key == "key") return aemp::public_key(*config.key);
  if (key == "secret") return shown_secret(*config.secret);
  std::string lines;
  for (const std::string& secret : *config.secret_also) {
    lines += (lines.empty() ? "" : "\n") + shown_secret(secret);
  }
  return lines;
}

}  // namespace tool
