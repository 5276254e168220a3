// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "config/credentials_of.h"

#include <aemp/error.h>

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fill_in.h"
#include "base/text.h"
#include "base/throw_error.h"
#include "config/key_text.h"
#include "config/ranges.h"

namespace aemp {

namespace {

constexpr std::size_t kLeastPassphrase = 12;

[[noreturn]] void bad(std::string_view pattern, std::initializer_list<Part> parts = {}) {
  throw_error(Errc::bad_config, pattern, parts);
}

std::span<const std::string> all_of(const std::optional<std::vector<std::string>>& given) {
  if (!given) return {};
  return *given;
}

crypto::Key psk_of(std::string_view member, std::string_view text, std::string_view cluster) {
  if (auto secret = parse_key_text(KeyKind::secret, text)) {
    return Credentials::psk(secret->bytes(), cluster);
  }
  if (const std::string fault = secret_fault(text); !fault.empty()) bad("%: %", {member, fault});
  return Credentials::psk(secret_of_passphrase(text, cluster).bytes(), cluster);
}

std::vector<crypto::Key> psks_of(const Config& c, std::string_view cluster) {
  std::vector<crypto::Key> psks;
  const std::span<const std::string> also = all_of(c.secret_also);
  if (!c.secret && !also.empty()) bad("secret_also: expected a secret beside it");
  if (also.size() >= Credentials::kMaxSecrets) {
    bad("secret_also[%]: one too many: expected at most % secrets in all",
        {Credentials::kMaxSecrets - 1, Credentials::kMaxSecrets});
  }
  if (!c.secret) return psks;
  psks.push_back(psk_of("secret", *c.secret, cluster));
  for (std::size_t i = 0; i < also.size(); ++i) {
    psks.push_back(psk_of(fill_in("secret_also[%]", {i}), also[i], cluster));
  }
  return psks;
}

// Whether there is a node ID that it matches.
bool can_match(std::string_view glob) {
  std::string id(glob);
  std::replace(id.begin(), id.end(), '*', 'x');
  std::replace(id.begin(), id.end(), '?', 'x');
  return valid_node_id(id);
}

// An entry of Config::allow; the sentence about what is wrong with it, or nothing.
std::string read_allowed(std::string_view line, AllowedKey& allowed) {
  const std::size_t blank = std::min(line.find_first_of(" \t"), line.size());
  const std::string_view word = line.substr(0, blank);
  const auto key = parse_key_text(KeyKind::public_key, word);
  if (!key) {
    // Anything else may be a secret, or a private key, in the wrong place.
    const bool is_public = word.starts_with("aemp-p1.") && !mentions(KeyKind::secret, word) &&
                           !mentions(KeyKind::private_key, word);
    return fill_in("%expected a public key as `aemp genkey` prints it (aemp-p1.)",
                   {is_public ? quote(word) + ": " : std::string()});
  }
  std::copy(key->bytes().begin(), key->bytes().end(), allowed.key.begin());
  line.remove_prefix(blank);
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  while (!line.empty()) {
    const std::size_t comma = std::min(line.find(','), line.size());
    const std::string_view glob = line.substr(0, comma);
    if (!can_match(glob)) {
      return fill_in(
          "key %: expected node IDs separated by commas behind the key, * and ? in them for other "
          "characters",
          {fingerprint(allowed.key)});
    }
    allowed.node_ids.emplace_back(glob);
    line.remove_prefix(std::min(comma + 1, line.size()));
  }
  if (!allowed.node_ids.empty()) return std::string();
  return fill_in("key %: expected the node IDs that it may use, or *", {fingerprint(allowed.key)});
}

}  // namespace

std::string secret_fault(std::string_view text) {
  // No passphrases: others would have the secret itself.
  if (mentions(KeyKind::secret, text)) {
    if (parse_key_text(KeyKind::secret, text)) return std::string();
    return "it looks like what `aemp gensecret` prints, but a character of it is wrong or missing, "
           "or stands before or behind it";
  }
  if (mentions(KeyKind::private_key, text) || mentions(KeyKind::public_key, text)) {
    return "expected a secret, not a key";
  }
  if (text.size() >= kLeastPassphrase) return std::string();
  return fill_in(
      "a passphrase of % characters: expected what `aemp gensecret` prints, or at least % "
      "characters",
      {text.size(), kLeastPassphrase});
}

std::string key_fault(std::string_view text) {
  if (parse_key_text(KeyKind::private_key, text)) return std::string();
  return "expected a private key as `aemp genkey` prints it (aemp-k1.)";
}

std::string allow_fault(std::string_view line) {
  AllowedKey allowed;
  return read_allowed(line, allowed);
}

CredentialsRef credentials_of(const Config& c) {
  const std::string cluster = c.cluster.value_or(std::string());
  if (cluster.size() > range::kMostCluster) {
    bad("cluster: % bytes: expected at most %", {cluster.size(), range::kMostCluster});
  }
  std::vector<crypto::Key> psks = psks_of(c, cluster);
  std::vector<AllowedKey> allowed;
  for (const std::string& line : all_of(c.allow)) {
    const std::string fault = read_allowed(line, allowed.emplace_back());
    if (!fault.empty()) bad("allow[%]: %", {allowed.size() - 1, fault});
  }
  std::optional<crypto::Key> own;
  if (c.key) {
    own = parse_key_text(KeyKind::private_key, *c.key);
    if (!own) bad("key: %", {key_fault(*c.key)});
    if (allowed.empty()) bad("allow: expected the public keys of other nodes beside key");
  } else if (!allowed.empty()) {
    bad("allow: expected a key of this node beside it");
  }
  if (psks.empty() && !own) return CredentialsRef();
  return CredentialsRef(
      new Credentials(std::move(psks), std::move(own), std::move(allowed), cluster));
}

bool has_passphrase(const Config& c) {
  // What was accepted and looks like a generated one is one: to read it again would leave traces.
  const auto passphrase = [](std::string_view text) { return !mentions(KeyKind::secret, text); };
  const std::span<const std::string> also = all_of(c.secret_also);
  return (c.secret && passphrase(*c.secret)) || std::any_of(also.begin(), also.end(), passphrase);
}

}  // namespace aemp
