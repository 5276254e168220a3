// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The command fingerprint: what a file of secrets or keys holds, as far as others may know it.
#include <aemp/aemp.h>
#include <aemp/keys.h>
#include <aemp/profile.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "client.h"
#include "commands.h"
#include "keys.h"
#include "output.h"
#include "settings.h"

namespace tool {
namespace {

struct Known {
  std::string fingerprint;
  std::string public_key;  // empty for a secret
  std::string node_ids;    // with commas between them; empty for all but allowed keys
};

void refuse_passphrase(std::string_view text, const std::string& place) {
  // One of these that is damaged is no passphrase, and not taken for one in configure().
  for (const char* prefix : {"aemp-s1.", "aemp-k1.", "aemp-p1."}) {
    if (text.find(prefix) != text.npos) return;
  }
  throw UsageError(
      place + ": expected a secret as aemp gensecret makes it: a passphrase has no fingerprint");
}

void refuse_passphrases(const aemp::Config& config, const Places& places) {
  if (!config.secret) return;
  refuse_passphrase(*config.secret, places.at("secret"));
  for (std::size_t i = 0; i < config.secret_also->size(); ++i) {
    refuse_passphrase((*config.secret_also)[i],
                      places.at("secret_also[" + std::to_string(i) + "]"));
  }
}

// By a node that is told as much beside it as it takes to be one, and connects to nobody.
void check(aemp::Config& config, FileKind kind, const Places& places) {
  refuse_passphrases(config, places);
  if (kind == FileKind::key) config.allow = {{aemp::public_key(aemp::generate_key()) + " *"}};
  if (kind == FileKind::allow) config.key = aemp::generate_key();
  config.norc = true;
  config.private_node();
  aemp::Loop loop;
  aemp::Node node(loop);
  configure(node, config, places);
}

Known known_of_line(std::string_view line) {
  const std::string_view key = line.substr(0, line.find_first_of(" \t"));
  line.remove_prefix(line.find_last_of(" \t") + 1);
  return {aemp::key_fingerprint(key), std::string(key), std::string(line)};
}

std::vector<Known> known_of(const aemp::Config& config, FileKind kind) {
  std::vector<Known> all;
  switch (kind) {
    case FileKind::secret:
      all.push_back({aemp::key_fingerprint(*config.secret), {}, {}});
      for (const std::string& also : *config.secret_also) {
        all.push_back({aemp::key_fingerprint(also), {}, {}});
      }
      break;
    case FileKind::key:
      all.push_back({aemp::key_fingerprint(*config.key), aemp::public_key(*config.key), {}});
      break;
    case FileKind::allow:
      for (const std::string& line : *config.allow) all.push_back(known_of_line(line));
      break;
  }
  return all;
}

std::string json_of(const Known& known) {
  if (known.public_key.empty()) return aemp::dict("fingerprint", known.fingerprint).json();
  if (known.node_ids.empty()) {
    return aemp::dict("fingerprint", known.fingerprint, "public_key", known.public_key).json();
  }
  std::vector<std::string> ids(1);
  for (const char c : known.node_ids) {
    if (c == ',') {
      ids.emplace_back();
    } else {
      ids.back() += c;
    }
  }
  return aemp::dict("fingerprint", known.fingerprint, "public_key", known.public_key, "nodeids",
                    ids)
      .json();
}

std::string json_of(const std::vector<Known>& all) {
  std::string text;
  for (const Known& known : all) text += (text.empty() ? "[" : ",") + json_of(known);
  return text + "]";
}

// As gensecret and genkey print them.
std::string lines_of(const std::vector<Known>& all, FileKind kind) {
  std::string text;
  for (const Known& known : all) {
    if (!text.empty()) text += '\n';
    if (kind == FileKind::key) text += known.public_key + '\n';
    text += "fingerprint " + known.fingerprint;
    if (kind == FileKind::allow) text += ' ' + known.node_ids;
  }
  return text;
}

}  // namespace

int print_fingerprints(Options& options) {
  if (options.words.size() != 1) {
    throw UsageError("fingerprint needs one file: aemp fingerprint FILE");
  }
  WipedConfig config;
  Places places;
  const FileKind kind = read_any_file(config, places, options.words[0]);
  check(config, kind, places);
  const std::vector<Known> all = known_of(config, kind);
  return print_line(options.json ? json_of(all) : lines_of(all, kind)) ? kDone : kNo;
}

}  // namespace tool
