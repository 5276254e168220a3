// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/log.h"

#include "base/report.h"
#include "node/core.h"

namespace aemp {

bool Log::wants(int level) const {
  if (core_.left && core_.registrations->any<LogSink>()) return false;
  return level <= core_.settings.log_level || core_.registrations->any<LogSink>();
}

void Log::line(int level, std::string_view text) {
  if (!wants(level)) return;
  if (!core_.registrations->any<LogSink>()) {
    std::string out = utc_date_time(core_.reactor.host().clock().wall());
    out += " <";
    out += static_cast<char>('0' + level);
    out += "> ";
    out += core_.id();
    out += ": ";
    out += text;
    core_.reactor.host().console().error_line(out);
    return;
  }
  // Deferred: a callback may do anything, the code that logs is in the middle of something.
  core_.dispatcher.later([level, line = std::string(text)](NodeCore& core) {
    core.registrations->each<LogSink>([&](LogSink& sink) {
      core.dispatcher.guarded("on_log callback", [&] { sink.call(level, line); });
    });
  });
}

}  // namespace aemp
