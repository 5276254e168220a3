// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/tracer.h"

#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/cbor.h"
#include "base/fill_in.h"
#include "base/report.h"
#include "node/core.h"
#include "wire/frame.h"
#include "wire/packet.h"

namespace aemp {
namespace {

using Verb = detail::Outgoing::Verb;

constexpr std::size_t kMostText = 1000;         // of a line, for the message
constexpr std::size_t kMostElement = 16 << 10;  // bytes of what is written out at all

std::string text_of(const Message& items) {
  std::string out;
  for (const Value value : items) {
    if (!out.empty()) out += ", ";
    if (value.size_bytes() <= kMostElement) {
      out += cbor::diag(value.data(), value.size_bytes());
    } else {
      out += fill_in("(% bytes)", {value.size_bytes()});
    }
    if (out.size() > kMostText) break;
  }
  if (out.size() <= kMostText) return one_line(out, kMostText);
  return one_line(out, kMostText) + fill_in(" (% bytes in all)", {items.size_bytes()});
}

class LineTracer final : public Tracer {
 public:
  // `file`: empty for stderr.
  LineTracer(NodeCore& core, std::string file) : core_(core), file_(std::move(file)) {}

  void going(Verb verb, const Port& to, const Writer& items) noexcept override {
    write([&] {
      return line(" > ", to.node(), verb, to, Message(items.begin(), items.size(), &core_.names));
    });
  }

  void came(const Peer& from, const Packet& packet) noexcept override {
    if (packet.type != kFrameData && packet.type != kFrameKil && packet.type != kFrameSpawn) return;
    write([&] {
      const Message items(packet.items, packet.size, &core_.names);
      if (packet.type == kFrameSpawn) {
        const OwnedMessage call = message(packet.function, items);
        return line(" < ", from.id(), Verb::spawn, own({from.incarnation(), packet.serial}), call);
      }
      const Verb verb = packet.type == kFrameKil ? Verb::kill : Verb::send;
      return line(" < ", from.id(), verb, own(from.key_of(packet.dest)), items);
    });
  }

 private:
  Port own(PortKey key) const { return Port(detail::ref(core_.own_name), key.origin, key.serial); }

  std::string line(std::string_view way, std::string_view peer, Verb verb, const Port& port,
                   const Message& items) const {
    constexpr std::string_view kWords[] = {"snd", "kil", "spawn"};
    return fill_in("% %%% % % %\n",
                   {utc_date_time(core_.reactor.host().clock().wall()), core_.id(), way, peer,
                    kWords[static_cast<std::size_t>(verb)], port.str(), text_of(items)});
  }

  template <class Make>
  void write(Make&& make) noexcept {
    if (failed_) return;
    try {
      const std::string text = make();
      if (file_.empty()) {
        core_.reactor.host().console().error_line(
            std::string_view(text).substr(0, text.size() - 1));
        return;
      }
      const Status status = core_.reactor.host().files().append(file_, text, 0600);
      if (status.ok()) return;
      failed_ = true;
      core_.log.line(Log::kError,
                     fill_in("AEMP_TRACE: %: nothing more is traced", {status.text()}));
    } catch (const std::bad_alloc&) {
      // One line less.
    }
  }

  NodeCore& core_;
  const std::string file_;
  bool failed_ = false;
};

}  // namespace

Tracer* detail::make_tracer(NodeCore& core) {
  std::optional<std::string> to = core.reactor.host().env().get("AEMP_TRACE");
  if (!to || to->empty()) return nullptr;
  if (*to == "1" || *to == "-") to->clear();
  return new LineTracer(core, std::move(*to));
}

}  // namespace aemp
