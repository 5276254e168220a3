// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "mesh/log_catchers.h"

#include <algorithm>
#include <string>
#include <utility>

#include "mesh/database.h"
#include "node/core.h"

namespace aemp {
namespace {

constexpr std::string_view kFamily = "aemp.log";
// More catchers are not told, and more lines in a second. A line that comes of telling of a line
// is one of these too.
constexpr std::size_t kMaxCatchers = 16;
constexpr unsigned kMaxLines = 100;
// Behind so many bytes for the catcher's node a line is left out.
constexpr std::size_t kMaxQueued = 256 << 10;

}  // namespace

void LogCatchers::start() {
  // What a node logs is its operator's: one that trusts nobody tells nobody.
  if (std::exchange(started_, true) || core_.settings.secure) return;
  database_.watch(
      kFamily, false,
      [this](const DbRows& all, const DbKeys&, const DbKeys&, const DbKeys&) { read(all); });
}

void LogCatchers::read(const DbRows& rows) {
  std::vector<Catcher> catchers;
  int level = -1;
  for (const auto& [key, value] : rows) {
    const std::optional<Port> port = Port::parse(key);
    const std::optional<int> wanted = value.get<int>();
    if (!port || !wanted || *wanted < 0 || *wanted > 9 || catchers.size() == kMaxCatchers) continue;
    level = std::max(level, *wanted);
    catchers.push_back({*port, *wanted});
  }
  catchers_ = std::move(catchers);
  core_.log.tap(level);
}

Registration LogCatchers::add(int level, Lines lines) {
  start();
  PortSlot& slot = core_.ports.create();
  const Port port = core_.port_of(slot);
  try {
    slot.receiver = detail::make_receiver([lines = std::move(lines)](
                                              std::string_view node, double when, int at,
                                              std::string_view line) mutable {
      const std::chrono::duration<double> since(when);
      using Clock = std::chrono::system_clock;
      lines(node, Clock::time_point(std::chrono::duration_cast<Clock::duration>(since)), at, line);
    });
    return database_.add_row(kFamily, port, list(level)[0], true);
  } catch (...) {
    // It may have gone with its row.
    if (PortSlot* left = core_.own_slot(port, "catch_log"); left != nullptr) {
      core_.dispatcher.die(*left, Message());
    }
    throw;
  }
}

bool LogCatchers::admit() noexcept {
  const Nanos now = core_.reactor.now();
  if (now >= second_) {
    second_ = add_clamped(now, kSecond);
    in_second_ = 0;
  }
  return ++in_second_ <= kMaxLines;
}

void LogCatchers::logged(std::int64_t when, int level, std::string_view line) noexcept {
  if (!admit()) return;
  try {
    const OwnedMessage message =
        aemp::message(core_.id(), static_cast<double>(when) / 1e9, level, line);
    for (const Catcher& catcher : catchers_) {
      if (level > catcher.level) continue;
      const Peer* peer = core_.network.peers().find(catcher.port.node());
      if (peer != nullptr && peer->queued_bytes() > kMaxQueued) continue;
      core_.router.resend(detail::Outgoing::Verb::send, catcher.port, message);
    }
  } catch (const std::bad_alloc&) {
    // The line is still told here.
  }
}

}  // namespace aemp
