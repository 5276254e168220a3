// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The keys of a configuration: one table of what they are called, what they may be, and where in
// Config they are kept.
#ifndef AEMP_CONFIG_CONFIG_KEYS_H
#define AEMP_CONFIG_CONFIG_KEYS_H

#include <aemp/config.h>
#include <aemp/detail/function.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_reader.h"
#include "base/nanos.h"

namespace aemp {

struct ConfigKey {
  using Text = std::optional<std::string>;
  using List = std::optional<std::vector<std::string>>;
  using Span = std::optional<std::chrono::nanoseconds>;
  using Count = std::optional<std::uint64_t>;
  using Level = std::optional<int>;
  using Flag = std::optional<bool>;
  // The sentence about what is wrong with a text or an element of a list; empty: nothing.
  using Check = std::string (*)(std::string_view);
  enum class Kind : std::uint8_t {
    text,
    list,
    services,
    span,
    count,
    level,
    flag,
    limit_span,
    limit_count
  };

  constexpr ConfigKey(const char* n, Text Config::*m, Check c, const char* o)
      : name(n), kind(Kind::text), otherwise(o), check(c), text(m) {}
  constexpr ConfigKey(const char* n, List Config::*m, Check c, const char* o = "")
      : name(n), kind(Kind::list), otherwise(o), check(c), list(m) {}
  constexpr ConfigKey(const char* n, List Config::*m)
      : name(n), kind(Kind::services), otherwise("[]"), list(m) {}
  constexpr ConfigKey(const char* n, Flag Config::*m, const char* o)
      : name(n), kind(Kind::flag), otherwise(o), flag(m) {}
  constexpr ConfigKey(const char* n, Level Config::*m, int most, const char* o)
      : name(n), kind(Kind::level), otherwise(o), most(most), level(m) {}
  constexpr ConfigKey(const char* n, Span Config::*m, Nanos least, Nanos most, const char* o)
      : name(n), kind(Kind::span), otherwise(o), least(least), most(most), span(m) {}
  constexpr ConfigKey(const char* n, Count Config::*m, std::uint64_t least, std::uint64_t most,
                      const char* o)
      : name(n),
        kind(Kind::count),
        otherwise(o),
        least(static_cast<std::int64_t>(least)),
        most(static_cast<std::int64_t>(most)),
        count(m) {}
  constexpr ConfigKey(const char* n, Span Limits::*m, Nanos most, const char* o);
  constexpr ConfigKey(const char* n, Count Limits::*m, std::uint64_t most, const char* o);

  // Of which there is more than one member.
  bool is_list() const noexcept { return kind == Kind::list || kind == Kind::services; }
  bool is_time() const noexcept { return kind == Kind::span || kind == Kind::limit_span; }

  std::string_view name;
  Kind kind;
  const char* otherwise;  // what holds where it is unset, as JSON
  Check check = nullptr;
  std::int64_t least = 0;
  std::int64_t most = 0;
  union {
    Text Config::*text;
    List Config::*list;
    Span Config::*span;
    Count Config::*count;
    Level Config::*level;
    Flag Config::*flag;
    Span Limits::*limit_span;
    Count Limits::*limit_count;
  };
};

// All of them; those of limits, "limits.half_open", in a row.
std::span<const ConfigKey> config_key_table() noexcept;
inline constexpr std::string_view kLimits = "limits";
inline constexpr std::string_view kLimitsPoint = "limits.";
// Null where there is none of that name; Error(bad_config).
const ConfigKey* find_key(std::string_view name) noexcept;
const ConfigKey& the_key(std::string_view name);

// f(member...), a std::optional of one of the types above, of each of these: Config or const
// Config.
template <class F, class... C>
decltype(auto) with_member(const ConfigKey& key, F&& f, C&... config) {
  switch (key.kind) {
    case ConfigKey::Kind::text:
      return f((config.*key.text)...);
    case ConfigKey::Kind::list:
    case ConfigKey::Kind::services:
      return f((config.*key.list)...);
    case ConfigKey::Kind::span:
      return f((config.*key.span)...);
    case ConfigKey::Kind::count:
      return f((config.*key.count)...);
    case ConfigKey::Kind::level:
      return f((config.*key.level)...);
    case ConfigKey::Kind::flag:
      return f((config.*key.flag)...);
    case ConfigKey::Kind::limit_span:
      return f((config.limits.*key.limit_span)...);
    case ConfigKey::Kind::limit_count:
      break;
  }
  return f((config.limits.*key.limit_count)...);
}

bool is_set(const ConfigKey& key, const Config& config);
void clear(const ConfigKey& key, Config& config);
// What `from` has takes the place of what is in `to`.
void inherit(const ConfigKey& key, const Config& from, Config& to);

// Sets the member of a key that is a number, of seconds in ns.
void put_number(const ConfigKey& key, Config& config, std::int64_t n);

// Takes the value from JSON, or fails where it is not what the key expects.
void read_value(const ConfigKey& key, Config& config, JsonReader& from);
// The same with an object of limits; what it does not name stays.
void read_limits(Config& config, JsonReader& from);
// An object: member(name, where) reads the value of each; `where` is the name's place. Fails,
// saying what was expected, where there is no object, and where a name comes twice.
void read_members(JsonReader& from, std::string_view expected,
                  detail::Function<void(const std::string&, const char*)> member);
// Which one may have been meant, of these names and "limits", "parent" and "profile"; of limits
// where `word` begins like those.
std::string_view nearest_key(std::string_view word);
[[noreturn]] void fail_unknown(const JsonReader& from, const char* where, std::string_view prefix,
                               std::string_view word);

// A whole text as seconds; nothing where it is no number.
std::optional<Nanos> parse_seconds(std::string_view text);
// Such that parse_seconds() gives the same again.
std::string seconds_text(Nanos span);
// What is wrong with a value; empty: nothing.
std::string range_fault(const ConfigKey& key, std::int64_t value);

}  // namespace aemp

#endif  // AEMP_CONFIG_CONFIG_KEYS_H
