// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/node_port.h"

#include <aemp/version.h>

#include <vector>

#include "base/report.h"
#include "node/core.h"

namespace aemp {

NodePort::Builtin NodePort::builtin(std::string_view tag) {
  static constexpr struct {
    std::string_view tag;
    Builtin handler;
  } kBuiltins[] = {
      {"snd", &NodePort::snd},           {"snd_multiple", &NodePort::snd_multiple},
      {"info", &NodePort::info},         {"known_nodes", &NodePort::known_nodes},
      {"up_nodes", &NodePort::up_nodes}, {"time", &NodePort::time},
      {"can", &NodePort::can},           {"devnull", &NodePort::devnull},
  };
  for (const auto& b : kBuiltins) {
    if (b.tag == tag) return b.handler;
  }
  return nullptr;
}

void NodePort::define(std::string_view name, Receiver function) {
  const std::string quoted = "function name '" + std::string(name) + "'";
  if (name.empty() || name.size() > 255) {
    throw Error(Errc::bad_name,
                "a function name of " + std::to_string(name.size()) + " bytes: expected 1 to 255");
  }
  if (builtin(name) != nullptr) {
    throw Error(Errc::reserved_name, quoted + " is one of the node port's own");
  }
  if (name.starts_with("aemp.")) {
    throw Error(Errc::reserved_name, quoted + ": names that start with 'aemp.' are reserved");
  }
  if (core_.left) return;
  auto& place = functions_[std::string(name)];
  std::unique_ptr<Function> old =
      std::exchange(place, std::make_unique<Function>(std::move(function)));
  if (old) core_.reactor.reap(std::move(old));  // it may be running
}

NodePort::Function* NodePort::find(std::string_view name) const {
  auto it = functions_.find(name);
  return it == functions_.end() ? nullptr : it->second.get();
}

bool NodePort::refuses(std::string_view name, bool from_this_node) const {
  return core_.settings.secure && !from_this_node && !name.starts_with("aemp.");
}

void NodePort::take(Message message, bool from_this_node) {
  const std::string_view tag = message.tag();
  if (tag.empty()) {
    core_.log.line(Log::kWarning, "node port: message without a tag: " + message.json());
    return;
  }
  const Message rest = message.rest(1);
  core_.dispatcher.guarded(std::string("node port: ") + std::string(tag), [&] {
    if (Builtin handler = builtin(tag)) {
      (this->*handler)(rest);
    } else {
      call(tag, rest, from_this_node);
    }
  });
}

void NodePort::call(std::string_view name, Message args, bool from_this_node) {
  Function* function = find(name);
  const char* wrong = nullptr;
  if (function == nullptr) {
    wrong = "is not defined here";
  } else if (refuses(name, from_this_node)) {
    wrong = "was called from another node: refused (secure)";
  } else {
    // A function that throws is a warning here: level 2, the caller's fault as likely as ours.
    try {
      if (!function->receiver.call(args)) wrong = "does not take these arguments";
    } catch (const std::exception& e) {
      core_.log.line(Log::kWarning, "function " + std::string(name) + " threw: " + e.what());
    } catch (...) {
      core_.log.line(Log::kWarning, "function " + std::string(name) + " threw: unknown exception");
    }
  }
  if (wrong != nullptr) {
    core_.log.line(Log::kWarning,
                   "node port: function '" + printable_utf8(name, 255) + "' " + wrong);
  }
}

void NodePort::start(PortSlot& slot, std::string_view name, Message args, bool from_this_node) {
  const std::uint64_t serial = slot.serial;
  const std::string quoted = "function '" + std::string(name) + "' of node " + core_.id();
  Function* function = find(name);
  if (function == nullptr) {
    core_.dispatcher.die(slot, message("die", quoted + " is not defined"));
    return;
  }
  if (refuses(name, from_this_node)) {
    core_.dispatcher.die(slot, message("refused", quoted + " may not be called from other nodes"));
    return;
  }
  bool fits = true;
  auto body = [&] { fits = function->receiver.call(args); };
  core_.dispatcher.run_in(
      slot, [](void* b) { (*static_cast<decltype(body)*>(b))(); }, &body);
  if (core_.left || slot.serial != serial) return;
  if (!fits) {
    core_.dispatcher.die(slot, message("die", quoted + " does not take these arguments"));
  } else if (!slot.receiver && (!slot.extra || slot.extra->tags.empty())) {
    core_.dispatcher.die(slot, message("no_receiver", quoted + " set no receiver"));
  }
}

void NodePort::clear() {
  for (auto& [name, function] : functions_) core_.reactor.reap(std::move(function));
  functions_.clear();
}

template <class... Results>
void NodePort::answer(Message reply, const Results&... results) {
  if (reply.empty()) throw Error(Errc::bad_type, "no reply address: expected a port");
  const Port to = reply[0].as<Port>();
  detail::Outgoing out(core_, detail::Outgoing::Verb::send, to);
  out.put(reply.rest(1), results...);
  out.commit();
}

void NodePort::snd(Message rest) {
  const Port to = rest.as<Port>(0);
  core_.router.resend(detail::Outgoing::Verb::send, to, rest.rest(1));
}

void NodePort::snd_multiple(Message rest) {
  const Value targets = rest[0];
  for (Value target : targets.items()) {
    core_.router.resend(detail::Outgoing::Verb::send, target.as<Port>(), rest.rest(1));
  }
}

void NodePort::info(Message rest) { answer(rest, core_.id(), std::string_view(AEMP_VERSION)); }

void NodePort::known_nodes(Message rest) {
  OwnedMessage names;
  for (const std::string& id : core_.network.known_nodes()) names = message(names, id);
  answer(rest, names);
}

void NodePort::up_nodes(Message rest) {
  OwnedMessage names;
  for (const std::string& id : core_.network.up_nodes()) names = message(names, id);
  answer(rest, names);
}

void NodePort::time(Message rest) {
  answer(rest, static_cast<double>(core_.reactor.host().clock().wall()) / 1e9);
}

void NodePort::can(Message rest) {
  const std::string_view name = rest.as<std::string_view>(0);
  answer(rest.rest(1), builtin(name) != nullptr || find(name) != nullptr);
}

void NodePort::devnull(Message) {}

}  // namespace aemp
