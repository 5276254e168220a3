// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Node::configure: from what the program and the configuration file say to settings that are whole
// and checked, or an error that names the culprit, before anything is bound.
#include <aemp/node.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "api/with_file.h"
#include "base/fill_in.h"
#include "base/throw_error.h"
#include "config/credentials_of.h"
#include "config/limits_of.h"
#include "config/ranges.h"
#include "node/core.h"

namespace aemp {
namespace {

[[noreturn]] void bad(std::string_view pattern, std::initializer_list<Part> parts = {}) {
  throw_error(Errc::bad_config, pattern, parts);
}

std::string expand_node_id(NodeCore& core, std::string_view text) {
  std::string id;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 1 < text.size() && text[i + 1] == 'n') {
      id += core.reactor.host().identity().nodename();
      ++i;
    } else if (text[i] == '%' && i + 1 < text.size() && text[i + 1] == 'u') {
      id += core.random_text();
      ++i;
    } else {
      id += text[i];
    }
  }
  if (id.ends_with('/')) id += core.random_text();
  core.node_port_of(id);  // throws for a malformed one
  return id;
}

Nanos duration(const std::optional<std::chrono::nanoseconds>& given, Nanos otherwise,
               const char* key, Nanos least) {
  if (!given) return otherwise;
  const Nanos value = given->count();
  if (value < least) {
    bad("%: % us: expected at least % us", {key, value / kMicrosecond, least / kMicrosecond});
  }
  return value;
}

std::uint64_t number(const std::optional<std::uint64_t>& given, std::uint64_t otherwise,
                     const char* key, std::uint64_t least, std::uint64_t most) {
  if (!given) return otherwise;
  if (*given < least || *given > most) {
    bad("%: %: expected % to %", {key, *given, least, most});
  }
  return *given;
}

void read(const std::string& text, std::uint16_t default_port, const char* key, Endpoint& out) {
  const Status status = parse_endpoint(text, default_port, out);
  if (!status.ok()) bad("%: %", {key, status.text()});
}

void check_reach(const Address& at, const Settings& s, const std::string& what) {
  if (s.may_reach(at)) return;
  if (at.is_loopback()) {
    bad("% is TCP: expected a secret or a key, or insecure = true for loopback without "
        "either (see `aemp gensecret`)",
        {what});
  }
  bad("% is not on this machine: links to other machines need a secret (see `aemp gensecret`)",
      {what});
}

// `*`: each address that this machine has. Those that are good on one link only are of no use to
// other nodes.
void put_all_interfaces(NodeCore& core, std::uint16_t port, std::vector<Address>& out) {
  for (Address at : core.reactor.host().identity().interfaces()) {
    if (at.is_link_local()) continue;
    at.port = port;
    out.push_back(at);
  }
}

std::vector<Address> listen_addresses(NodeCore& core, const Config& config, const Settings& s) {
  std::vector<Address> out;
  if (!config.binds) {
    if (s.credentials) {
      put_all_interfaces(core, 0, out);
    } else if (s.insecure) {
      out.push_back(Address::tcp4(127, 0, 0, 1, 0));
    } else {
      core.log.line(Log::kError,
                    "no binds, and neither a secret nor insecure: this node listens "
                    "nowhere (see `aemp gensecret`)");
    }
    return out;
  }
  for (const std::string& text : *config.binds) {
    Endpoint bind;
    read(text, 0, "binds", bind);
    const Address& at = bind.address;
    if (bind.is_named()) bad("binds: %: expected a numeric address, *, or a unix socket", {text});
    check_reach(at, s, fill_in("binds: %", {text}));
    if (at.any_host) {
      put_all_interfaces(core, at.port, out);
    } else {
      out.push_back(at);
    }
  }
  return out;
}

std::vector<Endpoint> seed_endpoints(const Config& config, const Settings& s) {
  std::vector<Endpoint> out;
  if (!config.seeds) return out;
  const Address here = Address::tcp4(127, 0, 0, 1, 0);
  for (const std::string& text : *config.seeds) {
    Endpoint& seed = out.emplace_back();
    read(text, 4040, "seeds", seed);
    Address& at = seed.address;
    if (at.any_host) at = Address::tcp4(127, 0, 0, 1, at.port);  // `*`: this machine
    if (!at.is_local() && at.port == 0) bad("seeds: %: expected a port number", {text});
    // What a name leads to is looked at when it does.
    check_reach(seed.is_named() ? here : at, s, fill_in("seeds: %", {text}));
  }
  return out;
}

std::vector<Endpoint> advertised_endpoints(const Config& config) {
  std::vector<Endpoint> out;
  if (!config.advertise) return out;
  for (const std::string& text : *config.advertise) {
    Endpoint& endpoint = out.emplace_back();
    read(text, 0, "advertise", endpoint);
    const Address& at = endpoint.address;
    if (!at.is_local() && !at.any_host && at.port == 0) {
      bad("advertise: %: expected a port number", {text});
    }
  }
  return out;
}

Settings settings_from(NodeCore& core, const Config& c) {
  Settings s = core.settings;
  if ((c.secret || c.key) && c.insecure.value_or(false)) {
    bad("insecure beside a secret or a key: expected one of them");
  }
  s.credentials = credentials_of(c);
  s.encrypt = c.encrypt.value_or(true);
  s.insecure = c.insecure.value_or(false);
  s.nodelay = c.nodelay.value_or(s.nodelay);
  s.secure = c.secure.value_or(s.secure);
  s.global = c.global;
  s.advertise = advertised_endpoints(c);
  s.log_level = c.log_level.value_or(s.log_level);
  if (s.log_level < 0 || s.log_level > range::kMostLogLevel) bad("log_level: expected 0 to 9");
  s.monitor_timeout =
      duration(c.monitor_timeout, s.monitor_timeout, "monitor_timeout", range::kShortest);
  s.connect_interval =
      duration(c.connect_interval, s.connect_interval, "connect_interval", range::kShortest);
  s.heartbeat_timeout = duration(c.heartbeat_timeout, s.heartbeat_timeout, "heartbeat_timeout",
                                 range::kLeastHeartbeat);
  if (s.heartbeat_timeout > range::kMostHeartbeat) bad("heartbeat_timeout: expected at most a day");
  s.link_idle = duration(c.link_idle, s.link_idle, "link_idle", range::kShortest);
  s.limits = limits_of(c.limits);
  s.max_message = number(c.max_message, s.max_message, "max_message", range::kLeastMessage,
                         range::kMostMessage);
  s.queue_limit = number(c.queue_limit, std::max<std::uint64_t>(s.queue_limit, 2 * s.max_message),
                         "queue_limit", 2 * s.max_message, range::kMostQueue);
  s.drained_below = number(c.drained_below, s.drained_below, "drained_below", 1, s.queue_limit);
  s.congested_above = number(c.congested_above, std::max(s.congested_above, s.drained_below),
                             "congested_above", s.drained_below, s.queue_limit);
  return s;
}

void warn_of_passphrase(NodeCore& core, const Config& c) {
  if (!has_passphrase(c)) return;
  core.log.line(Log::kWarning,
                "a secret is a passphrase: who records a handshake can guess at it for as long as "
                "he likes; `aemp gensecret` makes one that cannot be guessed");
}

void configure_with(NodeCore& core, const Config& config) {
  Settings settings = settings_from(core, config);
  const std::optional<std::string>& name = config.nodeid ? config.nodeid : config.profile;
  const std::string id = expand_node_id(core, name ? std::string_view(*name) : "anon/");
  settings.seeds = seed_endpoints(config, settings);
  settings.binds = listen_addresses(core, config, settings);
  // Undone unless all went well.
  struct Trial {
    NodeCore& core;
    Settings settings;
    detail::Name* name;
    ~Trial() {
      if (!core.configured) {
        core.directory.reset();
        std::swap(core.settings, settings);
        std::swap(core.own_name, name);
      }
      detail::unref(name);
    }
  } trial{core, std::move(settings), detail::ref(core.names.intern(id))};
  std::swap(core.settings, trial.settings);
  std::swap(core.own_name, trial.name);
  warn_of_passphrase(core, config);
  core.directory.reset(detail::make_directory(core));
  core.network.start().raise_if_failed();
  core.configured = true;
}

void reload_with(NodeCore& core, const Config& config) {
  CredentialsRef credentials = credentials_of(config);
  if (!credentials != !core.settings.credentials) {
    bad(!credentials ? "reload: expected a secret or a key, as configure() was given"
                     : "reload: expected neither secret nor key: configure() had none");
  }
  if (!credentials) return;
  warn_of_passphrase(core, config);
  core.settings.credentials = credentials;
  core.network.use(std::move(credentials));
}

}  // namespace

void Node::configure(const Config& config) {
  NodeCore& core = *core_;
  if (core.left) {
    throw_error(Errc::node_left, "configure: node % has left the network", {id()});
  }
  if (core.configured) {
    throw_error(Errc::already_configured,
                "configure: node % was configured before, or has made a port or used the database",
                {id()});
  }
  detail::with_file(core, config, &configure_with);
}

void Node::reload(const Config& config) {
  NodeCore& core = *core_;
  if (core.left) throw_error(Errc::node_left, "reload: node % has left the network", {id()});
  detail::with_file(core, config, &reload_with);
}

}  // namespace aemp
