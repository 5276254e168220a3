// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Log: one node's log lines. To the program's on_log callbacks, from the loop, while there are
// any; else to stderr as `date time <level> text`, UTC.
#ifndef AEMP_NODE_LOG_H
#define AEMP_NODE_LOG_H

#include <cstdint>
#include <string>
#include <string_view>

namespace aemp {

class LogQuota;
class NodeCore;
struct LogSink;

class Log {
 public:
  static constexpr int kAlways = 0, kError = 1, kWarning = 2, kLink = 7, kDebug = 8, kTrace = 9;

  explicit Log(NodeCore& core) : core_(core) {}
  // False: line() would drop it; saves making the text.
  bool wants(int level) const;
  // What is no text for one line (others' words may be part of it) is replaced, and cut. Without
  // memory the line is lost; a later one tells how many were.
  void line(int level, std::string_view text) noexcept;
  // The same with what text() returns, which is called if anybody wants it.
  template <class Text>
  void say(int level, Text&& text) noexcept {
    if (!wants(level)) return;
    try {
      line(level, text());
    } catch (...) {
      ++lost_;
    }
  }

  // Lines up to that level go to the directory too, from the loop; -1: none.
  void tap(int level) noexcept { tapped_ = level; }

  // While it lives, errors and warnings are the doing of one peer and count against its quota.
  class Cause {
   public:
    Cause(Log& log, LogQuota& quota) : log_(log), saved_(log.cause_) { log.cause_ = &quota; }
    ~Cause() { log_.cause_ = saved_; }
    Cause(const Cause&) = delete;
    Cause& operator=(const Cause&) = delete;

   private:
    Log& log_;
    LogQuota* saved_;
  };

 private:
  void put(int level, std::string_view text);
  void print(int level, std::string_view text);
  void call(LogSink& sink, int level, std::string_view line) noexcept;

  NodeCore& core_;
  std::uint64_t lost_ = 0;  // lines, for want of memory
  LogQuota* cause_ = nullptr;
  int tapped_ = -1;
};

}  // namespace aemp

#endif  // AEMP_NODE_LOG_H
