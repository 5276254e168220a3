// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/log.h"

#include <algorithm>
#include <cstdint>
#include <exception>

#include "base/fill_in.h"
#include "base/report.h"
#include "node/core.h"
#include "node/log_quota.h"

namespace aemp {
namespace {

constexpr std::size_t kMaxLine = 2048;  // bytes

}  // namespace

bool Log::wants(int level) const {
  if (core_.left && core_.registrations->any<LogSink>()) return false;
  return level <= std::max(core_.settings.log_level, tapped_) ||
         core_.registrations->any<LogSink>();
}

void Log::print(int level, std::string_view text) {
  std::string out = utc_date_time(core_.reactor.host().clock().wall());
  out += " <";
  out += static_cast<char>('0' + level);
  out += "> ";
  out += core_.id();
  out += ": ";
  out += one_line(text, kMaxLine);
  core_.reactor.host().console().error_line(out);
}

// What it throws is not for the callbacks: the same one would throw again, for ever.
void Log::call(LogSink& sink, int level, std::string_view line) noexcept {
  core_.reactor.trail().add(&core_, 0, 0);
  try {
    try {
      sink.call(level, line);
    } catch (const std::exception& e) {
      print(kError, fill_in("on_log callback threw: %", {e.what()}));
    } catch (...) {
      print(kError, "on_log callback threw: unknown exception");
    }
  } catch (...) {
    ++lost_;
  }
}

void Log::line(int level, std::string_view text) noexcept {
  if (!wants(level)) return;
  const bool counts = cause_ != nullptr && (level == kError || level == kWarning);
  if (counts && !cause_->admit()) return;
  try {
    if (lost_ != 0) {
      put(kError, fill_in("% log lines were lost for want of memory", {lost_}));
      lost_ = 0;
    }
    put(level, text);
  } catch (...) {
    ++lost_;
  }
}

void Log::put(int level, std::string_view text) {
  const bool called = core_.registrations->any<LogSink>(), tapped = level <= tapped_;
  if (!called && level <= core_.settings.log_level) print(level, text);
  if (!called && !tapped) return;
  // Deferred: a callback may do anything, the code that logs is in the middle of something.
  const std::int64_t now = tapped ? core_.reactor.host().clock().wall() : 0;
  core_.dispatcher.later([level, now, line = one_line(text, kMaxLine)](NodeCore& core) {
    core.registrations->each<LogSink>([&](LogSink& sink) { core.log.call(sink, level, line); });
    if (now != 0 && core.directory != nullptr) core.directory->logged(now, level, line);
  });
}

}  // namespace aemp
