// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/node_port.h"

#include <aemp/version.h>

#include <exception>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "base/fill_in.h"
#include "base/report.h"
#include "base/throw_error.h"
#include "node/core.h"
#include "node/stats_teller.h"

namespace aemp {
namespace {

// Says to the node port of the caller's node that the call with this reply port has failed.
constexpr std::string_view kFailed = "aemp.failed";

}  // namespace

NodePort::Builtin NodePort::builtin(std::string_view tag) {
  static constexpr struct {
    std::string_view tag;
    Builtin handler;
  } kBuiltins[] = {
      {"snd", &NodePort::snd},           {"snd_multiple", &NodePort::snd_multiple},
      {"info", &NodePort::info},         {"known_nodes", &NodePort::known_nodes},
      {"up_nodes", &NodePort::up_nodes}, {"time", &NodePort::time},
      {"can", &NodePort::can},           {"devnull", &NodePort::devnull},
      {kFailed, &NodePort::failed},
  };
  for (const auto& b : kBuiltins) {
    if (b.tag == tag) return b.handler;
  }
  if (tag == "stats" && detail::stats_teller() != nullptr) return &NodePort::stats;
  return nullptr;
}

void NodePort::check_name(std::string_view name) {
  const std::string quoted = fill_in("function name '%'", {printable_utf8(name, 255)});
  if (name.empty() || name.size() > 255 || printable_utf8(name, 255) != name) {
    throw_error(Errc::bad_name, "% of % bytes: expected 1 to 255 bytes of UTF-8",
                {quoted, name.size()});
  }
  if (builtin(name) != nullptr) {
    throw_error(Errc::reserved_name, "% is one of the node port's own", {quoted});
  }
  if (name.starts_with("aemp.")) {
    throw_error(Errc::reserved_name, "%: names that start with 'aemp.' are reserved", {quoted});
  }
}

void NodePort::define(std::string_view name, Receiver function) {
  check_name(name);
  if (core_.left) return;
  auto made = std::make_unique<Function>(std::move(function), ++defined_);
  auto& place = functions_[std::string(name)];
  end(std::exchange(place, std::move(made)));
}

// One that runs is destroyed when it returned.
void NodePort::end(std::unique_ptr<Function> function) {
  if (function != nullptr && function->running != 0) core_.reactor.reap(std::move(function));
}

NodePort::Function* NodePort::find(std::string_view name) const {
  auto it = functions_.find(name);
  return it == functions_.end() ? nullptr : it->second.get();
}

bool NodePort::Function::call(Message args) {
  struct Running {
    unsigned& count;
    ~Running() { --count; }
  } const scope{++running};
  return receiver.call(args);
}

bool NodePort::refuses(std::string_view name, bool from_this_node) const {
  return core_.settings.secure && !from_this_node && !name.starts_with("aemp.");
}

// Level 2: what comes from elsewhere is as likely the sender's fault as ours.
void NodePort::complain(std::string_view tag, std::string_view what) noexcept {
  core_.log.say(Log::kWarning, [&] {
    return fill_in("node port: function '%' %", {printable_utf8(tag, 255), what});
  });
}

void NodePort::take(Message message, bool from_this_node, Peer* link) {
  const std::string_view tag = message.tag();
  if (tag.empty()) {
    core_.log.say(Log::kWarning, [&] {
      if (message.size_bytes() > 1024) {
        return fill_in("node port: a message without a tag: % bytes", {message.size_bytes()});
      }
      return fill_in("node port: a message without a tag: %", {message.json()});
    });
    return;
  }
  core_.reactor.trail().add(&core_, 0, 0);
  const Message args = message.rest(1);
  try {
    if (Builtin handler = builtin(tag)) {
      serve(handler, args, from_this_node);
    } else if (link != nullptr && tag.starts_with("aemp.") && core_.directory != nullptr &&
               core_.directory->take(*link, tag, args)) {
      return;
    } else if (link != nullptr && core_.channels != nullptr &&
               core_.channels->take(*link, tag, args)) {
      return;
    } else if (const Wrong* wrong = call(tag, args, from_this_node)) {
      complain(tag, wrong->line);
      tell(tag, args, wrong->word, wrong->what);
    }
  } catch (const std::exception& e) {
    core_.log.say(Log::kWarning, [&] {
      return fill_in("node port: function '%' threw: %", {printable_utf8(tag, 255), e.what()});
    });
    tell(tag, args, "die", e.what());
  } catch (...) {
    complain(tag, "threw: unknown exception");
    tell(tag, args, "die", "unknown exception");
  }
}

// Where the last argument is the reply port of a call, that call ends, behind what the function may
// have answered. Any other port takes no harm.
void NodePort::tell(std::string_view tag, Message args, std::string_view word,
                    std::string_view what) noexcept {
  if (core_.left || args.empty()) return;
  const Value last = args[args.size() - 1];
  if (last.kind() != Kind::port) return;
  try {
    const Port reply = last.as<Port>();
    const std::string sentence =
        fill_in("function '%' of node %: %",
                {printable_utf8(tag, 255), core_.id(), printable_utf8(what, 1024)});
    core_.router.resend(detail::Outgoing::Verb::send, core_.node_port_of(reply.node()),
                        message(kFailed, reply, word, sentence));
  } catch (const std::exception& e) {
    complain(tag, e.what());
  }
}

void NodePort::failed(Message rest) {
  const Port reply = rest.as<Port>(0);
  const Message reason = rest.rest(1);
  if (reason.empty() || reason.size_bytes() > kMaxReason) {
    throw_error(Errc::bad_value, "a reason of % bytes", {reason.size_bytes()});
  }
  core_.calls.failed(reply, reason);
}

void NodePort::serve(Builtin handler, Message rest, bool from_this_node) {
  struct Relaying {
    bool& relaying;
    ~Relaying() { relaying = false; }
  } const scope{relaying_};
  relaying_ = !from_this_node;
  (this->*handler)(rest);
}

std::string_view NodePort::name_of(std::uint64_t function) const {
  for (const auto& [name, entry] : functions_) {
    if (entry->number == function) return name;
  }
  return {};
}

// Null, or what was wrong.
const NodePort::Wrong* NodePort::call(std::string_view name, Message args, bool from_this_node) {
  static constexpr Wrong kUndefined{"die", "is not defined here", "it is not defined"};
  static constexpr Wrong kRefused{"refused", "is refused to other nodes (secure)",
                                  "it may not be called from other nodes"};
  static constexpr Wrong kMisfit{"die", "does not take these arguments",
                                 "it does not take these arguments"};
  Function* function = find(name);
  if (function == nullptr) return &kUndefined;
  if (refuses(name, from_this_node)) return &kRefused;
  core_.reactor.trail().add(&core_, function->number, 0);
  return function->call(args) ? nullptr : &kMisfit;
}

void NodePort::start(PortSlot& slot, std::string_view name, Message args, Peer* caller) {
  const PortKey key = core_.ports.key(slot);
  std::optional<OwnedMessage> death =
      core_.dispatcher.death_during(slot, [&] { set_up(slot, name, args, caller == nullptr); });
  if (!death || core_.left) return;
  try {
    (caller == nullptr ? stillborn_ : caller->stillborn()).add(key, std::move(*death));
  } catch (const std::bad_alloc&) {
    // Who monitors it from now on hears `no_such_port`.
  }
}

void NodePort::set_up(PortSlot& slot, std::string_view name, Message args, bool from_this_node) {
  const std::uint64_t serial = slot.serial;
  const auto die = [&](std::string_view word, std::string_view what) {
    core_.dispatcher.die_of(slot, [&] {
      std::string sentence =
          fill_in("function '%' of node %", {printable_utf8(name, 255), core_.id()});
      return message(word, sentence.append(what));
    });
  };
  Function* function = find(name);
  if (function == nullptr) {
    return die("die", " is not defined");
  }
  if (refuses(name, from_this_node)) {
    return die("refused", " may not be called from other nodes");
  }
  bool fits = true;
  auto body = [&] { fits = function->call(args); };
  core_.dispatcher.run_in(
      slot, [](void* b) { (*static_cast<decltype(body)*>(b))(); }, &body);
  if (core_.left || slot.serial != serial) return;
  if (!fits) {
    die("die", " does not take these arguments");
  } else if (!slot.receiver && (!slot.extra || slot.extra->tags.empty())) {
    die("no_receiver", " set no receiver");
  }
}

void NodePort::clear() {
  auto functions = std::exchange(functions_, {});
  for (auto& [name, function] : functions) end(std::move(function));
}

// `reply`: the address and what the answer starts with; `write` adds the rest.
template <class Write>
void NodePort::answer_with(Message reply, Write write) {
  if (reply.empty()) throw_error(Errc::bad_type, "no reply address: expected a port");
  const Port to = reply[0].as<Port>();
  detail::Outgoing out(core_, detail::Outgoing::Verb::send, to);
  out.put(reply.rest(1));
  write(out);
  out.commit();
}

template <class... Results>
void NodePort::answer(Message reply, const Results&... results) {
  answer_with(reply, [&](detail::Outgoing& out) { out.put(results...); });
}

void NodePort::answer_ids(Message reply, const std::vector<std::string>& ids) {
  answer_with(reply, [&](detail::Outgoing& out) {
    for (const std::string& id : ids) out.put(id);
  });
}

void NodePort::relay(Message message) {
  core_.router.resend(detail::Outgoing::Verb::send, message.as<Port>(0), message.rest(1));
}

void NodePort::snd(Message rest) { relay(rest); }

void NodePort::snd_multiple(Message rest) {
  for (const Value each : rest) {
    try {
      relay(each.items());
    } catch (const Error& e) {
      complain("snd_multiple", e.what());
    }
  }
}

void NodePort::info(Message rest) { answer(rest, core_.id(), std::string_view(AEMP_VERSION)); }

void NodePort::known_nodes(Message rest) { answer_ids(rest, core_.network.known_nodes()); }

void NodePort::up_nodes(Message rest) { answer_ids(rest, core_.network.peers().up_nodes()); }

void NodePort::time(Message rest) {
  answer(rest, static_cast<double>(core_.reactor.host().clock().wall()) / 1e9);
}

// Without a name: which names there are.
void NodePort::can(Message rest) {
  if (rest.size() != 0 && rest[0].kind() == Kind::port) {
    return answer_with(rest, [this](detail::Outgoing& out) {
      for (const auto& [name, function] : functions_) {
        if (!refuses(name, !relaying_)) out.put(name);
      }
    });
  }
  const std::string_view name = rest.as<std::string_view>(0);
  const bool callable = find(name) != nullptr && !refuses(name, !relaying_);
  answer(rest.rest(1), builtin(name) != nullptr || callable);
}

void NodePort::devnull(Message) {}

void NodePort::stats(Message rest) { detail::stats_teller()(core_, rest, relaying_); }

}  // namespace aemp
