// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "api/with_file.h"

#include <aemp/profile.h>
#include <aemp/value.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "base/throw_error.h"
#include "config/config_file.h"
#include "node/core.h"

namespace aemp {
namespace {

using Use = void (*)(NodeCore&, const Config&);

OwnedMessage call_of(const std::string& service) {
  if (!service.starts_with('[')) return message(service);
  try {
    return parse_json(service);
  } catch (const Error& e) {
    throw_error(Errc::bad_config, "services: %: %", {quote(service), e.what()});
  }
}

// Messages to the node port; all of them name functions that there are.
std::vector<OwnedMessage> services_of(const NodeCore& core, const Config& config) {
  std::vector<OwnedMessage> calls;
  if (!config.services) return calls;
  for (const std::string& service : *config.services) {
    OwnedMessage call = call_of(service);
    const std::string name(call.tag());
    if (!core.node_port.defines(name)) {
      throw_error(Errc::bad_config,
                  "services: function % is not defined: expected the name of one that is",
                  {quote(name)});
    }
    calls.push_back(std::move(call));
  }
  return calls;
}

void use_and_serve(NodeCore& core, const Config& config, Use use) {
  if (core.configured) return use(core, config);
  std::vector<OwnedMessage> calls = services_of(core, config);
  if (calls.empty()) return use(core, config);
  const Timer later = core.timers->add(0, [&core, calls = std::move(calls)] {
    for (const OwnedMessage& call : calls) {
      if (!core.left) core.node_port.take(call, true);
    }
  });
  try {
    use(core, config);
  } catch (...) {
    Timer(later).cancel();
    throw;
  }
}

// The profile that was asked for, or else that of the host, if there is one. Null: none.
const std::string* profile_of(const ConfigFile& file, const Config& given,
                              const std::string& nodename) {
  if (given.profile) return &*given.profile;
  const auto found = file.profiles.find(nodename);
  return found == file.profiles.end() ? nullptr : &found->first;
}

}  // namespace

void detail::with_file(NodeCore& core, const Config& given, Use use) {
  if (given.norc) return use_and_serve(core, given, use);
  Host& host = core.reactor.host();
  const std::string path = config_path(host.env());
  std::optional<ConfigFile> file;
  if (!path.empty()) file = load_config(host.files(), path);
  if (!file) {
    if (!given.profile) return use_and_serve(core, given, use);
    throw_error(Errc::bad_config, "profile %: there is no configuration file %",
                {quote(*given.profile), path});
  }
  Profile effective;  // which wipes its secrets
  try {
    const std::string* profile = profile_of(*file, given, host.identity().nodename());
    effective.values = effective_config(*file, given, profile);
    file.reset();
    use_and_serve(core, effective.values, use);
  } catch (const Error& e) {
    if (e.code() != Errc::bad_config) throw;
    throw_error(Errc::bad_config, "% (with the configuration file %)", {e.what(), path});
  }
}

}  // namespace aemp
