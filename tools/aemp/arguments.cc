// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "arguments.h"

#include <optional>
#include <utility>
#include <vector>

#include "settings.h"

namespace tool {
namespace {

// Removes digits from the front; true if there were any.
bool take_digits(std::string_view& text) {
  std::size_t n = 0;
  while (n < text.size() && text[n] >= '0' && text[n] <= '9') ++n;
  text.remove_prefix(n);
  return n != 0;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == any_of.npos) return false;
  text.remove_prefix(1);
  return true;
}

// RFC 8259, section 6.
bool is_json_number(std::string_view text) {
  take(text, "-");
  if (!take(text, "0") && !take_digits(text)) return false;
  if (take(text, ".") && !take_digits(text)) return false;
  if (take(text, "eE")) {
    take(text, "+-");
    if (!take_digits(text)) return false;
  }
  return text.empty();
}

aemp::OwnedValue parse_json_word(std::string_view word) {
  try {
    return aemp::parse_json_value(word);
  } catch (const aemp::Error& e) {
    throw UsageError(quoted(word) + ": " + e.what() +
                     " (for text that begins with [, { or \", write a JSON string)");
  }
}

aemp::OwnedValue parse_value(std::string_view word) {
  const char first = word.empty() ? '\0' : word.front();
  if (first == '[' || first == '{' || first == '"') return parse_json_word(word);
  if (is_json_number(word)) return parse_json_word(word);
  if (word.find('#') != word.npos) {
    if (const std::optional<aemp::Port> port = aemp::Port::parse(word)) {
      return aemp::OwnedValue(aemp::message(*port)[0]);
    }
  }
  try {
    return aemp::OwnedValue(aemp::message(word)[0]);
  } catch (const aemp::Error& e) {
    throw UsageError(quoted(word) + ": " + e.what());
  }
}

}  // namespace

aemp::Port parse_port(std::string_view text) {
  if (std::optional<aemp::Port> port = aemp::Port::parse(text)) return *std::move(port);
  throw UsageError(quoted(text) +
                   ": expected a port ID NODE#NAME, or a node ID for its node port "
                   "(letters, digits and _.:/%- in node IDs)");
}

std::string parse_node(std::string_view text) {
  if (const std::optional<aemp::Port> port = aemp::Port::parse(text)) return port->node();
  throw UsageError(quoted(text) + ": expected a node ID (letters, digits and _.:/%-)");
}

void require_node_id(std::string_view text) {
  const std::optional<aemp::Port> port = aemp::Port::parse(text);
  if (port && port->node() == text) return;
  throw aemp::Error(aemp::Errc::bad_name, quoted(text) + ": expected a node ID");
}

aemp::OwnedMessage parse_message(std::span<const std::string> words) {
  if (words.size() == 1 && words[0].starts_with('[')) {
    return aemp::OwnedMessage(parse_json_word(words[0]).items());
  }
  std::vector<aemp::OwnedValue> values;
  for (const std::string& word : words) values.push_back(parse_value(word));
  return aemp::OwnedMessage(aemp::list(values)[0].items());
}

}  // namespace tool
