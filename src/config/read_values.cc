// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Values of keys as JSON.
#include <aemp/value.h>

#include <algorithm>
#include <set>

#include "base/fill_in.h"
#include "base/text.h"
#include "config/config_keys.h"

namespace aemp {
namespace {

[[noreturn]] void fail(const ConfigKey& key, const JsonReader& from, const char* where,
                       std::string_view what) {
  from.fail(where, fill_in("%: %", {key.name, what}));
}

std::string read_text(const ConfigKey& key, JsonReader& from, const char* expected) {
  const char* where = from.place();
  if (from.peek() != '"') fail(key, from, where, expected);
  std::string text(from.string());
  const std::string fault = key.check != nullptr ? key.check(text) : std::string();
  if (!fault.empty()) fail(key, from, where, fault);
  return text;
}

// A function's name, or an array of it and arguments; as Config::services has it.
std::string read_service(const ConfigKey& key, JsonReader& from) {
  const char* where = from.place();
  constexpr const char* kExpected = "expected the name of a function, or an array [name, args...]";
  if (from.peek() == '"') {
    const std::string name = read_text(key, from, kExpected);
    if (name.empty()) fail(key, from, where, kExpected);
    return name[0] == '[' ? message(name).json() : name;
  }
  if (from.peek() != '[') fail(key, from, where, kExpected);
  detail::Scratch scratch;
  from.elements(scratch.writer());
  const OwnedMessage service(scratch.take());
  const std::string_view name = service.tag();
  if (name.empty()) fail(key, from, where, kExpected);
  return service.size() == 1 && name[0] != '[' ? std::string(name) : service.json();
}

std::vector<std::string> read_list(const ConfigKey& key, JsonReader& from) {
  const auto element = [&] {
    return key.kind == ConfigKey::Kind::services
               ? read_service(key, from)
               : read_text(key, from, "expected text, or an array of text");
  };
  std::vector<std::string> list;
  if (!from.take('[')) {
    list.push_back(element());
    return list;
  }
  if (from.take(']')) return list;
  do {
    list.push_back(element());
  } while (from.take(','));
  if (!from.take(']')) from.fail(from.place(), "expected ',' or ']'");
  return list;
}

bool begins_number(JsonReader& from) {
  const char c = from.peek();
  return c == '-' || (c >= '0' && c <= '9');
}

std::int64_t read_number(const ConfigKey& key, JsonReader& from) {
  const char* where = from.place();
  const char* expected =
      key.is_time() ? "expected a number of seconds, for example 2.5" : "expected a whole number";
  if (!begins_number(from)) fail(key, from, where, expected);
  const JsonNumber number = from.number();
  std::int64_t value = 0;
  if (key.is_time()) {
    const std::string_view text(where, static_cast<std::size_t>(number.end - where));
    value = parse_seconds(text).value_or(-1);
  } else if (number.type == JsonNumber::Type::negative) {
    value = number.negative;
  } else if (number.type == JsonNumber::Type::positive) {
    value = static_cast<std::int64_t>(std::min<std::uint64_t>(number.positive, INT64_MAX));
  } else {
    fail(key, from, where, expected);
  }
  const std::string fault = range_fault(key, value);
  if (!fault.empty()) fail(key, from, where, fault);
  return value;
}

bool read_flag(const ConfigKey& key, JsonReader& from) {
  const char* where = from.place();
  const char first = from.peek();
  if (first != 't' && first != 'f') fail(key, from, where, "expected true or false");
  detail::Scratch scratch;
  from.value(scratch.writer());
  return OwnedValue(scratch.take()).as<bool>();
}

}  // namespace

void put_number(const ConfigKey& key, Config& config, std::int64_t n) {
  switch (key.kind) {
    case ConfigKey::Kind::span:
      config.*key.span = std::chrono::nanoseconds(n);
      return;
    case ConfigKey::Kind::limit_span:
      config.limits.*key.limit_span = std::chrono::nanoseconds(n);
      return;
    case ConfigKey::Kind::count:
      config.*key.count = static_cast<std::uint64_t>(n);
      return;
    case ConfigKey::Kind::limit_count:
      config.limits.*key.limit_count = static_cast<std::uint64_t>(n);
      return;
    default:
      config.*key.level = static_cast<int>(n);
  }
}

void read_value(const ConfigKey& key, Config& config, JsonReader& from) {
  switch (key.kind) {
    case ConfigKey::Kind::text:
      config.*key.text = read_text(key, from, "expected text");
      return;
    case ConfigKey::Kind::list:
    case ConfigKey::Kind::services:
      config.*key.list = read_list(key, from);
      return;
    case ConfigKey::Kind::flag:
      config.*key.flag = read_flag(key, from);
      return;
    default:
      put_number(key, config, read_number(key, from));
  }
}

void read_members(JsonReader& from, std::string_view expected,
                  detail::Function<void(const std::string&, const char*)> member) {
  if (!from.take('{')) from.fail(from.place(), expected);
  if (from.take('}')) return;
  std::set<std::string> seen;
  do {
    const char* where = from.place();
    if (from.peek() != '"') from.fail(where, "expected a key in quotes");
    const auto [name, is_new] = seen.emplace(from.string());
    if (!is_new) from.fail(where, fill_in("key % occurs twice: expected it once", {quote(*name)}));
    if (!from.take(':')) from.fail(from.place(), "expected ':'");
    member(*name, where);
  } while (from.take(','));
  if (!from.take('}')) from.fail(from.place(), "expected ',' or '}'");
}

void read_limits(Config& config, JsonReader& from) {
  const auto limit = [&](const std::string& name, const char* where) {
    const ConfigKey* key = find_key(fill_in("%%", {kLimitsPoint, name}));
    if (key == nullptr) fail_unknown(from, where, kLimitsPoint, name);
    read_value(*key, config, from);
  };
  read_members(from, "limits: expected an object, for example {\"half_open\":512}", limit);
}

void fail_unknown(const JsonReader& from, const char* where, std::string_view prefix,
                  std::string_view word) {
  const std::string_view nearest = nearest_key(fill_in("%%", {prefix, word})).substr(prefix.size());
  from.fail(where, fill_in("unknown key %: did you mean '%'?", {quote(word), nearest}));
}

}  // namespace aemp
