// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// CBOR from a stranger: what the validator lets pass can be walked, read, printed and written
// again, and means the same then.
#include "base/cbor.h"

#include <aemp/value.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/utf8.h"
#include "fuzz/fuzz.h"
#include "fuzz/reference.h"

namespace {

using namespace aemp;
using ByteView = std::span<const std::byte>;

bool same(const Value& a, const Value& b);

bool same_elements(const Message& a, const Message& b) {
  auto other = b.begin();
  for (const Value element : a) {
    if (other == b.end() || !same(element, *other++)) return false;
  }
  return other == b.end();
}

bool same_entries(const Entries& a, const Entries& b) {
  auto other = b.begin();
  for (const auto [key, value] : a) {
    if (other == b.end()) return false;
    const auto [other_key, other_value] = *other++;
    if (!same(key, other_key) || !same(value, other_value)) return false;
  }
  return other == b.end();
}

bool same_numbers(double a, double b) {
  return std::isnan(a) ? std::isnan(b) : a == b && std::signbit(a) == std::signbit(b);
}

bool same(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::null:
      return true;
    case Kind::boolean:
      return a.as<bool>() == b.as<bool>();
    case Kind::integer:
      return a.get<std::int64_t>() == b.get<std::int64_t>() &&
             a.get<std::uint64_t>() == b.get<std::uint64_t>() && a.json() == b.json();
    case Kind::floating:
      return same_numbers(a.as<double>(), b.as<double>());
    case Kind::text:
      return a.as<std::string_view>() == b.as<std::string_view>();
    case Kind::bytes: {
      const auto x = a.as<ByteView>(), y = b.as<ByteView>();
      return x.size() == y.size() && std::equal(x.begin(), x.end(), y.begin());
    }
    case Kind::array:
      return same_elements(a.items(), b.items());
    case Kind::map:
      return same_entries(a.entries(), b.entries());
    case Kind::port:
      return a.as<Port>() == b.as<Port>();
  }
  return false;
}

// Puts a value by its meaning.
void put(Writer& to, const Value& v) {
  switch (v.kind()) {
    case Kind::null:
      to.null();
      break;
    case Kind::boolean:
      to.boolean(v.as<bool>());
      break;
    case Kind::integer:
      if (const auto n = v.get<std::int64_t>()) {
        to.integer(*n);
      } else if (const auto u = v.get<std::uint64_t>()) {
        to.unsigned_integer(*u);
      } else {
        to.value(v);
      }
      break;
    case Kind::floating:
      to.floating(v.as<double>());
      break;
    case Kind::text:
      to.text(v.as<std::string_view>());
      break;
    case Kind::bytes:
      to.bytes(v.as<ByteView>());
      break;
    case Kind::array:
      to.array(v.size());
      for (const Value element : v.items()) put(to, element);
      break;
    case Kind::map:
      to.map(v.size());
      for (const auto [key, value] : v.entries()) {
        put(to, key);
        put(to, value);
      }
      break;
    case Kind::port:
      to.port(v.as<Port>());
      break;
  }
}

OwnedMessage rewritten(const Message& m) {
  detail::Scratch scratch;
  for (const Value v : m) put(scratch.writer(), v);
  return OwnedMessage(scratch.take());
}

// Every view lies in the input, whatever reads it.
void walk(const Value& v, const std::uint8_t* data, std::size_t size) {
  AEMP_FUZZ_CHECK(fuzz::inside(v.data(), v.size_bytes(), data, size));
  AEMP_FUZZ_CHECK(v.size_bytes() > 0);
  if (const auto text = v.get<std::string_view>(); text && v.kind() == Kind::text) {
    AEMP_FUZZ_CHECK(fuzz::inside(text->data(), text->size(), data, size) && utf8_valid(*text));
    AEMP_FUZZ_CHECK(text->size() == v.size());
  } else if (const auto bytes = v.get<ByteView>()) {
    AEMP_FUZZ_CHECK(fuzz::inside(bytes->data(), bytes->size(), data, size));
  } else if (v.kind() == Kind::array) {
    std::size_t n = 0;
    for (const Value element : v.items()) {
      walk(element, data, size);
      AEMP_FUZZ_CHECK(n < 4 ? v[n] == element : true);
      ++n;
    }
    AEMP_FUZZ_CHECK(n == v.size());
  } else if (v.kind() == Kind::map) {
    std::size_t n = 0;
    for (const auto [key, value] : v.entries()) {
      walk(key, data, size);
      walk(value, data, size);
      ++n;
      const auto name = key.get<std::string_view>();
      if (name && key.kind() == Kind::text) AEMP_FUZZ_CHECK(v.contains(*name));
    }
    AEMP_FUZZ_CHECK(n == v.size());
  } else if (v.kind() == Kind::port) {
    const auto port = v.as<Port>();
    AEMP_FUZZ_CHECK(Port::parse(port.str()) == port);
  }
}

template <class F>
void refused_or(F&& read) {
  try {
    read();
  } catch (const Error& e) {
    AEMP_FUZZ_CHECK(e.code() == Errc::bad_type || e.code() == Errc::out_of_range);
  }
}

// Throws the error of this code, and only that.
template <class Do>
void expect_error(Errc code, Do what) {
  try {
    what();
  } catch (const Error& e) {
    AEMP_FUZZ_CHECK(e.code() == code && !std::string_view(e.what()).empty());
    return;
  }
  fuzz::broken("an error is thrown", __FILE__, __LINE__);
}

// A double that is a whole number is an integer too, and the other way round.
void check_number(const Value& v) {
  const auto exact = v.get<double>();
  const auto s = v.get<std::int64_t>();
  const auto u = v.get<std::uint64_t>();
  if (v.kind() == Kind::floating) {
    const bool whole = *exact == std::trunc(*exact);
    AEMP_FUZZ_CHECK(s.has_value() == (whole && *exact >= -0x1p63 && *exact < 0x1p63));
    AEMP_FUZZ_CHECK(u.has_value() == (whole && *exact >= 0 && *exact < 0x1p64));
  }
  if (s) AEMP_FUZZ_CHECK(static_cast<double>(*s) == *exact);
  if (u) AEMP_FUZZ_CHECK(static_cast<double>(*u) == *exact);
  if (s && *s >= 0) AEMP_FUZZ_CHECK(u == static_cast<std::uint64_t>(*s));
  AEMP_FUZZ_CHECK(v.get<std::uint8_t>().has_value() == (u && *u < 256));
  AEMP_FUZZ_CHECK(v.get<std::int8_t>().has_value() == (s && *s >= -128 && *s < 128));
  if (const auto narrow = v.get<float>(); narrow && std::isfinite(*exact)) {
    AEMP_FUZZ_CHECK(std::isfinite(*narrow));
  }
  if (!std::isfinite(*exact)) return;
  AEMP_FUZZ_CHECK(v.get<float>().has_value() == (std::fabs(*exact) <= 3.4028234663852886e38));
}

// Asked for something that it is not, a value says so.
void check_misuse(const Value& v) {
  const Kind kind = v.kind();
  const bool sized = kind >= Kind::text && kind <= Kind::map;
  if (!sized) expect_error(Errc::bad_type, [&] { (void)v.size(); });
  if (kind != Kind::array) {
    expect_error(Errc::bad_type, [&] { (void)v.items(); });
  } else {
    expect_error(Errc::out_of_range, [&] { (void)v[v.size()]; });
  }
  if (kind != Kind::map) {
    expect_error(Errc::bad_type, [&] { (void)v.entries(); });
    expect_error(Errc::bad_type, [&] { (void)v["key"]; });
  } else if (!v.contains("no such key")) {
    expect_error(Errc::out_of_range, [&] { (void)v["no such key"]; });
  }
  if (kind != Kind::boolean) expect_error(Errc::bad_type, [&] { (void)v.as<bool>(); });
  AEMP_FUZZ_CHECK(v.get<ByteView>().has_value() == (kind == Kind::bytes));
  if (kind == Kind::text) {
    const auto text = v.as<std::string_view>();
    const bool named = text.find('#') != text.npos;
    AEMP_FUZZ_CHECK(v.get<Port>() == (named ? Port::parse(text) : std::nullopt));
  }
  AEMP_FUZZ_CHECK(v.get<double>().has_value() == (kind == Kind::integer || kind == Kind::floating));
  if (v.get<double>()) check_number(v);
}

// Elements and what is in them, asked for by type.
void check_elements(const Message& m) {
  std::size_t i = 0;
  for (const Value v : m) {
    AEMP_FUZZ_CHECK(m.as<Value>(i) == v);
    const auto inside = m.get<Message>(i);
    AEMP_FUZZ_CHECK(inside.has_value() == (v.kind() == Kind::array));
    if (inside) AEMP_FUZZ_CHECK(same_elements(*inside, v.items()));
    if (v.kind() != Kind::boolean) expect_error(Errc::bad_type, [&] { (void)m.as<bool>(i); });
    using Numbers = std::map<std::string, std::int64_t>;
    AEMP_FUZZ_CHECK(!m.get<Numbers>(i) || v.kind() == Kind::map);
    if (++i == 4) break;
  }
}

// No access but the one that fits, and no exception but the documented one.
void misread(const Value& v) {
  const auto exact = v.get<double>();
  const auto narrow = v.get<float>();
  AEMP_FUZZ_CHECK(!narrow || exact);
  const auto text = v.get<std::string>();
  AEMP_FUZZ_CHECK(text.has_value() == (v.kind() == Kind::text || v.kind() == Kind::port));
  AEMP_FUZZ_CHECK(!v.get<std::uint8_t>() || exact);
  AEMP_FUZZ_CHECK(v.copy() == v);
  AEMP_FUZZ_CHECK(v.kind() != Kind::port || v.get<Port>());
  if (const auto list = v.get<std::vector<Value>>()) AEMP_FUZZ_CHECK(list->size() == v.size());
  if (const auto map = v.get<std::map<std::string, Value>>()) {
    AEMP_FUZZ_CHECK(map->size() <= v.size());
  }
  refused_or([&] { (void)v.as<std::int8_t>(); });
  refused_or([&] { (void)v.as<std::vector<std::int64_t>>(); });
  refused_or([&] { (void)v[3u]; });
  refused_or([&] { (void)v["key"]; });
  refused_or([&] { (void)v.size(); });
}

}  // namespace

AEMP_FUZZ_TARGET(cbor) {
  const cbor::Checked checked = cbor::validate(data, size);
  AEMP_FUZZ_CHECK(checked.ok == fuzz::good_items({data, size}));
  if (!checked.ok) {
    AEMP_FUZZ_CHECK(checked.what != nullptr && checked.at <= size);
    return 0;
  }
  const Message in(data, size);
  AEMP_FUZZ_CHECK(in.size() == checked.items);
  for (const Value v : in) {
    walk(v, data, size);
    misread(v);
    check_misuse(v);
    const OwnedValue copy = v.copy();
    AEMP_FUZZ_CHECK(copy.json() == v.json() && same(copy, v));
    AEMP_FUZZ_CHECK(!word(v.kind()).empty());
  }
  expect_error(Errc::out_of_range, [&] { (void)in[in.size()]; });
  AEMP_FUZZ_CHECK(in.rest(1).size() + 1 == std::max<std::size_t>(in.size(), 1));
  (void)in.tag();
  (void)in.tag_port();
  (void)cbor::diag(data, size);

  check_elements(in);

  const OwnedMessage once = rewritten(in);
  const cbor::Checked again = cbor::validate(once.data(), once.size_bytes());
  AEMP_FUZZ_CHECK(again.ok && again.items == checked.items);
  AEMP_FUZZ_CHECK(same_elements(in, once));
  AEMP_FUZZ_CHECK(rewritten(once) == once);
  AEMP_FUZZ_CHECK(in.copy() == OwnedMessage(in));
  AEMP_FUZZ_CHECK(message(in) == in.copy());

  // JSON knows less: what it kept is the same from then on.
  const OwnedMessage plain = parse_json(in.json());
  AEMP_FUZZ_CHECK(plain.size() == in.size());
  AEMP_FUZZ_CHECK(parse_json(plain.json()) == plain);
  return 0;
}
