// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/dispatcher.h"

#include <cstring>
#include <exception>
#include <new>
#include <string>

#include "base/fill_in.h"
#include "base/report.h"
#include "base/reserve.h"
#include "node/core.h"
#include "node/peer.h"

namespace aemp {
namespace {

struct FireJob {
  NodeCore* core;
  MonitorList* list;
};

void run_fire(void* payload, std::size_t size) {
  auto* job = static_cast<FireJob*>(payload);
  NodeCore& core = *job->core;
  if (core.left) return;
  const Message reason(reinterpret_cast<const std::uint8_t*>(job + 1), size - sizeof(FireJob));
  MonitorList* list = job->list;
  if (core.dispatcher.fire(*list, reason, kFirePerTurn)) {
    core.monitors->free_list(list);
  } else if (!core.left) {
    core.dispatcher.surely_fire_later(list, reason);
  }
}

constexpr JobOps kFireOps = {run_fire, nullptr};

// Most bytes of an unhandled message's first element in the reason, which has its own limit.
constexpr std::size_t kMostTag = kMaxReason - 1024;

const char* text_of(const std::exception& e) {
  const char* what = e.what();
  return what == nullptr ? "unknown exception" : what;
}

struct LaterJob {
  NodeCore* core;
  detail::Function<void(NodeCore&)> f;
};

void drop_later(void* payload, std::size_t) { static_cast<LaterJob*>(payload)->~LaterJob(); }

void run_later(void* payload, std::size_t size) {
  LaterJob job = std::move(*static_cast<LaterJob*>(payload));
  drop_later(payload, size);
  if (!job.core->left) job.f(*job.core);
}

constexpr JobOps kLaterOps = {run_later, drop_later};

}  // namespace

// One activation of a port's code: keeps slot and receiver in place until it returned.
class Dispatcher::Frame {
 public:
  Frame(Dispatcher& d, PortSlot& slot)
      : d_(d), slot_(slot), serial_(slot.serial), saved_(d.context_) {
    ++slot.running;
    ++d.depth_;
    d.context_ = this;
    const PortKey key = d.core_.ports.key(slot);
    d.core_.reactor.trail().add(&d.core_, key.origin, key.serial);
  }
  ~Frame() {
    d_.context_ = saved_;
    --d_.depth_;
    if (--slot_.running == 0 && (slot_.serial == 0 || slot_.replaced)) [[unlikely]]
      d_.settle(PortTable::index_of(serial_));
    if (!d_.graveyard_.empty()) [[unlikely]]
      d_.empty_graveyard();
  }
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;

  std::uint64_t serial() const { return serial_; }
  // Lives on in the slot's extra when the port died.
  PortKey name() const {
    PortKey key = d_.core_.ports.key(slot_);
    if (slot_.serial == 0 && key.serial == 0) key.serial = serial_;
    return key;
  }

 private:
  Dispatcher& d_;
  PortSlot& slot_;
  std::uint64_t serial_;  // as it was: the slot's own is 0 once the port died
  Frame* saved_;
};

void Dispatcher::empty_graveyard() {
  if (depth_ == 0) std::exchange(graveyard_, {}).clear();
}

std::uint64_t Dispatcher::context() const { return context_ == nullptr ? 0 : context_->serial(); }

Port Dispatcher::self() const {
  if (context_ == nullptr) return Port();
  const PortKey name = context_->name();
  return Port(detail::ref(core_.own_name), name.origin, name.serial);
}

void Dispatcher::deliver(PortSlot& slot, const Message& message) {
  const std::uint64_t serial = slot.serial;
  ++delivered;
  Frame frame(*this, slot);
  try {
    if (slot.extra && (offer_tagged(slot, message) || slot.serial != serial)) return;
    if (slot.receiver && slot.receiver.call(message)) [[likely]]
      return;
    if (slot.serial == serial) unhandled(slot, message);
  } catch (const std::exception& e) {
    threw(slot, serial, text_of(e));
  } catch (...) {
    threw(slot, serial, "unknown exception");
  }
}

bool Dispatcher::offer_tagged(PortSlot& slot, const Message& message) {
  if (message.empty()) return false;
  const TagTable& tags = slot.extra->tags;
  TagEntry* entry = nullptr;
  const Value first = message[0];
  if (first.kind() == Kind::text) {
    entry = tags.find(message.tag());
  } else if (first.kind() == Kind::port && tags.has_ports()) {
    entry = tags.find(first.as<Port>());
  }
  return entry != nullptr && entry->receiver.call(message.rest(1));
}

void Dispatcher::unhandled(PortSlot& slot, Message message) {
  const std::string sentence =
      fill_in("no receiver of port % takes this message", {core_.port_of(slot).str()});
  const Value tag = message.empty() ? Value() : message[0];
  if (message.empty()) {
    die(slot, aemp::message("unhandled_message", sentence));
  } else if (tag.size_bytes() <= kMostTag) {
    die(slot, aemp::message("unhandled_message", sentence, tag));
  } else if (tag.kind() == Kind::text) {
    die(slot,
        aemp::message("unhandled_message", sentence, printable_utf8(message.tag(), kMostTag)));
  } else {
    die(slot, aemp::message("unhandled_message", sentence, nullptr));
  }
}

void Dispatcher::threw(PortSlot& slot, std::uint64_t serial, const char* what) noexcept {
  if (slot.serial != serial) {
    core_.log.say(Log::kWarning,
                  [&] { return fill_in("a port that was already dead threw: %", {what}); });
    return;
  }
  die_of(slot, [&] { return aemp::message("die", printable_utf8(what, kMaxReason - 1024)); });
}

bool Dispatcher::run_in(PortSlot& slot, void (*thunk)(void*), void* arg) {
  const std::uint64_t serial = slot.serial;
  Frame frame(*this, slot);
  try {
    thunk(arg);
    return true;
  } catch (const std::exception& e) {
    threw(slot, serial, text_of(e));
  } catch (...) {
    threw(slot, serial, "unknown exception");
  }
  return false;
}

void Dispatcher::outside(std::string_view what, const Port& about, void (*thunk)(void*),
                         void* arg) {
  const auto report = [&](const char* threw) {
    core_.log.say(Log::kError, [&] {
      std::string line(what);
      if (about) line += fill_in(" of port %", {about.str()});
      return fill_in("% threw: %", {line, threw});
    });
  };
  Frame* const saved = std::exchange(context_, nullptr);
  core_.reactor.trail().add(&core_, 0, 0);
  try {
    thunk(arg);
  } catch (const std::exception& e) {
    report(text_of(e));
  } catch (...) {
    report("unknown exception");
  }
  context_ = saved;
}

void Dispatcher::later(detail::Function<void(NodeCore&)> f) {
  RunQueue& jobs = core_.reactor.jobs();
  if (jobs.is_open()) {
    core_.reactor.defer([core = &core_, f = std::move(f)]() mutable {
      if (!core->left) f(*core);
    });
    return;
  }
  new (jobs.place(kLaterOps, sizeof(LaterJob))) LaterJob{&core_, std::move(f)};
}

void Dispatcher::die(PortSlot& slot, Message reason) noexcept {
  const bool watched = slot.monitors != nullptr && !slot.monitors->empty();
  const bool silent = slot.extra && slot.extra->silent;
  if (!watched && !silent && !reason.empty()) {
    core_.log.say(Log::kWarning, [&] {
      return fill_in("unmonitored port % died: %", {core_.port_of(slot).str(), reason.json()});
    });
  }
  MonitorList* list = std::exchange(slot.monitors, nullptr);
  const std::uint64_t serial = slot.serial;
  if (birth_ != nullptr && birth_->port == serial) birth_->died(reason);
  core_.ports.unname(slot);
  if (silent) core_.calls.reply_port_died(serial, reason);
  if (list != nullptr) {
    list->slot = nullptr;
    if (watched) {
      surely_fire_later(list, reason);
    } else {
      core_.monitors->free_list(list);
    }
  }
  if (slot.running == 0) core_.ports.release(PortTable::index_of(serial));
}

void Dispatcher::settle(std::uint32_t index) {
  PortSlot& slot = core_.ports.slot(index);
  Receiver replacement;
  if (slot.replaced) {
    for (std::size_t i = 0; i < replacements_.size(); ++i) {
      if (replacements_[i].first != index) continue;
      replacement = std::move(replacements_[i].second);
      replacements_[i] = std::move(replacements_.back());
      replacements_.pop_back();
      break;
    }
    slot.replaced = false;
  }
  if (slot.serial == 0) {
    core_.ports.release(index);
  } else {
    // The old one is destroyed when the new one is in place: its captures may call back.
    std::swap(slot.receiver, replacement);
  }
}

void Dispatcher::set_default(PortSlot& slot, Receiver receiver) {
  if (slot.running == 0) {
    std::swap(slot.receiver, receiver);
    return;
  }
  const std::uint32_t index = PortTable::index_of(slot.serial);
  for (auto& [at, waiting] : replacements_) {
    if (at != index) continue;
    std::swap(waiting, receiver);
    return;
  }
  replacements_.emplace_back(index, std::move(receiver));
  slot.replaced = true;
}

void Dispatcher::set_tag(PortSlot& slot, std::unique_ptr<TagEntry> entry) {
  reserve_one(graveyard_);
  bury(core_.ports.extra(slot).tags.put(std::move(entry)));
}

void Dispatcher::remove_tag(PortSlot& slot, const TagEntry* entry) {
  if (entry == nullptr) return;
  reserve_one(graveyard_);
  bury(slot.extra->tags.remove(entry));
}

void Dispatcher::bury(std::unique_ptr<TagEntry> entry) noexcept {
  if (entry != nullptr && depth_ != 0) graveyard_.push_back(std::move(entry));
}

void Dispatcher::fire_later(MonitorList* list, Message reason) {
  const FireJob job{&core_, list};
  RunQueue& jobs = core_.reactor.jobs();
  if (!jobs.is_open()) {
    Writer writer = jobs.open(kFireOps, job);
    try {
      writer.raw(reason.data(), reason.size_bytes());
    } catch (...) {
      jobs.abort(writer);
      throw;
    }
    jobs.commit(writer);
    return;
  }
  std::vector<std::uint8_t> payload(sizeof job + reason.size_bytes());
  std::memcpy(payload.data(), &job, sizeof job);
  std::memcpy(payload.data() + sizeof job, reason.data(), reason.size_bytes());
  jobs.push(kFireOps, payload.data(), payload.size());
}

void Dispatcher::surely_fire_later(MonitorList* list, Message reason) noexcept {
  try {
    fire_later(list, reason);
  } catch (const std::bad_alloc&) {
    list->normal = reason.empty();
    unfired_.push_back(*list);
    core_.reactor.arm(retry_, core_.reactor.now() + kMemoryRetry);
  }
}

// There may still be no memory, and need not be.
void Dispatcher::fire_unfired() {
  while (!core_.left && !unfired_.empty()) {
    MonitorList& list = unfired_.pop_front();
    fire(list, list.normal ? Message() : no_memory(), UINT32_MAX);
    if (!core_.left) core_.monitors->free_list(&list);
  }
}

void Dispatcher::stop() {
  core_.reactor.disarm(retry_);
  while (!unfired_.empty()) unfired_.pop_front();
}

bool Dispatcher::fire(MonitorList& list, Message reason, unsigned limit) {
  unsigned fired = 0;
  for (; !list.empty() && fired != limit; ++fired) {
    const Port watched = list.head->port;
    act(core_.monitors->take_first(list), watched, reason);
    if (core_.left) return true;
  }
  core_.reactor.jobs().weigh(fired);
  return list.empty();
}

// Behind what is queued now; again as long as too much is queued behind that.
void Dispatcher::watch_local_drain() {
  if (draining_) return;
  later([](NodeCore& core) {
    core.dispatcher.draining_ = false;
    if (core.reactor.jobs().queued_bytes() >= core.settings.drained_below) {
      try {
        return core.dispatcher.watch_local_drain();
      } catch (const std::bad_alloc&) {
        // Too early is better than never.
      }
    }
    core.dispatcher.call_drained(nullptr);
  });
  draining_ = true;
}

void Dispatcher::call_drained(Peer* peer) {
  core_.registrations->each_drained(peer, [&](detail::Function<void()>& call) {
    if (!core_.left && call) guarded("on_drain callback", [&] { call(); });
  });
}

void Dispatcher::act(MonitorAction action, const Port& watched, Message reason) {
  if (auto* receiver = std::get_if<Receiver>(&action)) {
    auto call = [&] {
      if (receiver->call(reason)) return;
      core_.log.say(Log::kWarning, [&] {
        return fill_in("a monitor callback of port % does not fit the reason %",
                       {watched.str(), reason.json()});
      });
    };
    guarded("monitor callback", call, watched);
  } else if (auto* link = std::get_if<MonitorLink>(&action)) {
    if (!reason.empty()) core_.router.resend(detail::Outgoing::Verb::kill, link->to, reason);
  } else if (auto* send = std::get_if<std::unique_ptr<MonitorSend>>(&action)) {
    core_.router.send_reason(**send, reason);
  } else if (auto* peer = std::get_if<MonitorPeer>(&action)) {
    peer->peer->watched_port_died(peer->key, reason);
  }
}

}  // namespace aemp
