// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include <aemp/value.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "base/name_table.h"
#include "support/hex.h"

namespace aemp {
namespace {

using test::unhex;

template <class F>
void expect_error(Errc code, std::string_view sentence, F&& f) {
  try {
    f();
    ADD_FAILURE() << "no error, expected " << word(code);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code);
    EXPECT_EQ(error.what(), sentence);
  }
}

OwnedMessage from_hex(std::string_view text) {
  const auto bytes = unhex(text);
  return OwnedMessage(Message(bytes.data(), bytes.size()));
}

TEST(Message, IsASequence) {
  const OwnedMessage m = message("ping", 41, list(1, 2), nullptr);
  EXPECT_EQ(m.size(), 4u);
  EXPECT_FALSE(m.empty());
  EXPECT_EQ(m[1].as<int>(), 41);
  EXPECT_EQ(m.as<std::string>(0), "ping");
  EXPECT_EQ(m.get<int>(1), 41);
  EXPECT_EQ(m.get<int>(0), std::nullopt);
  EXPECT_EQ(m.get<int>(9), std::nullopt);
  std::vector<Kind> kinds;
  for (Value v : m) kinds.push_back(v.kind());
  EXPECT_EQ(kinds, (std::vector{Kind::text, Kind::integer, Kind::array, Kind::null}));
  EXPECT_EQ(std::distance(m.begin(), m.end()), 4);
  EXPECT_EQ(std::next(m.begin())->as<int>(), 41);
  EXPECT_EQ(std::count_if(m.begin(), m.end(), [](Value v) { return v.is_null(); }), 1);
  expect_error(Errc::out_of_range, "there is no element 4 in a message of 4", [&] { m[4]; });
  expect_error(Errc::out_of_range, "there is no element 7 in a message of 4",
               [&] { m.as<int>(7); });
}

TEST(Message, EmptyHasNothing) {
  const Message m;
  EXPECT_EQ(m.size(), 0u);
  EXPECT_TRUE(m.empty());
  EXPECT_EQ(m.begin(), m.end());
  EXPECT_EQ(m.tag(), "");
  EXPECT_EQ(m.tag_port(), std::nullopt);
  EXPECT_EQ(m.rest(3).size(), 0u);
  EXPECT_EQ(m.json(), "[]");
  EXPECT_EQ(m.copy(), OwnedMessage());
  EXPECT_EQ(m, OwnedMessage());
  EXPECT_EQ(m.get<int>(0), std::nullopt);
  expect_error(Errc::out_of_range, "there is no element 0 in a message of 0", [&] { m[0]; });
}

TEST(Message, RestSkipsElements) {
  const OwnedMessage m = message("a", list(1, list()), dict("k", "v"), 4);
  EXPECT_EQ(m.rest(0), m.view());
  EXPECT_EQ(m.rest(1).json(), R"([[1,[]],{"k":"v"},4])");
  EXPECT_EQ(m.rest(3).json(), "[4]");
  EXPECT_TRUE(m.rest(4).empty());
  EXPECT_TRUE(m.rest(400).empty());
}

TEST(Message, TagIsTextOrPort) {
  const Port port = *Port::parse("ruth#x");
  EXPECT_EQ(message("ping", 1).tag(), "ping");
  EXPECT_EQ(message(std::string(300, 'x')).tag(), std::string(300, 'x'));
  EXPECT_EQ(message("ruth#x").tag_port(), std::nullopt);
  EXPECT_EQ(message(port, 1).tag(), "");
  EXPECT_EQ(message(port, 1).tag_port(), port);
  EXPECT_EQ(message(1).tag(), "");
  EXPECT_EQ(from_hex("d8206161").tag(), "a");
}

TEST(Message, EqualityIsThatOfTheEncoding) {
  EXPECT_EQ(message(1, "a"), message(1, "a"));
  EXPECT_FALSE(message(1) == message(1.0));
  EXPECT_FALSE(message(1) == message(1, 1));
  const OwnedMessage owned = message(1, "a");
  const Message view = owned;
  EXPECT_TRUE(view == owned);
  EXPECT_TRUE(owned[0] == message(1)[0]);
  EXPECT_FALSE(owned[0] == owned[1]);
}

TEST(Value, KnowsItsKind) {
  const std::pair<const char*, Kind> table[] = {
      {"f6", Kind::null},
      {"f7", Kind::null},
      {"f4", Kind::boolean},
      {"f5", Kind::boolean},
      {"00", Kind::integer},
      {"3bffffffffffffffff", Kind::integer},
      {"f90000", Kind::floating},
      {"fa00000000", Kind::floating},
      {"60", Kind::text},
      {"40", Kind::bytes},
      {"80", Kind::array},
      {"a0", Kind::map},
      {"d9ae4d8261616162", Kind::port},
      {"c0c1d8ff01", Kind::integer},
      {"c1d9ae4d8261616162", Kind::port},
      {"c24101", Kind::bytes},
  };
  for (const auto& [encoded, kind] : table) {
    EXPECT_EQ(from_hex(encoded)[0].kind(), kind) << encoded;
  }
  EXPECT_EQ(Value().kind(), Kind::null);
  EXPECT_EQ(OwnedValue().kind(), Kind::null);
  EXPECT_EQ(word(Kind::floating), "floating");
  EXPECT_EQ(word(Kind::port), "port");
}

template <class T>
std::optional<T> get(std::string_view encoded) {
  return from_hex(encoded)[0].get<T>();
}

TEST(Value, IntegersKeepTheirRange) {
  EXPECT_EQ(get<std::int8_t>("387f"), -128);
  EXPECT_EQ(get<std::int8_t>("3880"), std::nullopt);
  EXPECT_EQ(get<std::int8_t>("187f"), 127);
  EXPECT_EQ(get<std::int8_t>("1880"), std::nullopt);
  EXPECT_EQ(get<std::uint8_t>("18ff"), 255);
  EXPECT_EQ(get<std::uint8_t>("190100"), std::nullopt);
  EXPECT_EQ(get<std::uint8_t>("20"), std::nullopt);
  EXPECT_EQ(get<std::uint16_t>("1b000000000000ffff"), 65535);
  EXPECT_EQ(get<std::int64_t>("1b7fffffffffffffff"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(get<std::int64_t>("1b8000000000000000"), std::nullopt);
  EXPECT_EQ(get<std::int64_t>("3b7fffffffffffffff"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(get<std::int64_t>("3b8000000000000000"), std::nullopt);
  EXPECT_EQ(get<std::int64_t>("3bffffffffffffffff"), std::nullopt);
  EXPECT_EQ(get<std::uint64_t>("1bffffffffffffffff"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(get<std::uint64_t>("3bffffffffffffffff"), std::nullopt);
  EXPECT_EQ(get<int>("c24101"), std::nullopt);
  EXPECT_EQ(get<int>("c018ff"), 255);
  EXPECT_EQ(get<int>("1800"), 0);
  for (const char* other : {"f4", "f6", "6131", "4101", "8101", "a0"}) {
    EXPECT_EQ(get<int>(other), std::nullopt) << other;
  }
}

TEST(Value, IntegersTakeWholeDoublesInRange) {
  const auto get_int = [](double v) { return message(v)[0].get<int>(); };
  EXPECT_EQ(get_int(3.0), 3);
  EXPECT_EQ(get_int(-0.0), 0);
  EXPECT_EQ(get_int(3.5), std::nullopt);
  EXPECT_EQ(get_int(2147483647.0), 2147483647);
  EXPECT_EQ(get_int(2147483648.0), std::nullopt);
  EXPECT_EQ(get_int(std::numeric_limits<double>::infinity()), std::nullopt);
  EXPECT_EQ(get_int(std::numeric_limits<double>::quiet_NaN()), std::nullopt);
  EXPECT_EQ(message(0x1p63)[0].get<std::int64_t>(), std::nullopt);
  EXPECT_EQ(message(-0x1p63)[0].get<std::int64_t>(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(message(0x1p63)[0].get<std::uint64_t>(), std::uint64_t{1} << 63);
  EXPECT_EQ(message(0x1p64)[0].get<std::uint64_t>(), std::nullopt);
  EXPECT_EQ(message(-1.0)[0].get<std::uint64_t>(), std::nullopt);
  EXPECT_EQ(message(1e300)[0].get<std::uint64_t>(), std::nullopt);
}

TEST(Value, NumbersBecomeFloatingPoint) {
  EXPECT_EQ(get<double>("1903e8"), 1000.0);
  EXPECT_EQ(get<double>("3903e7"), -1000.0);
  EXPECT_EQ(get<double>("3bffffffffffffffff"), -0x1p64);
  EXPECT_EQ(get<double>("3b6a6a6a616a6a6a00"), static_cast<double>(-0x6a6a6a616a6a6a01))
      << "rounded once";
  EXPECT_EQ(get<double>("f93e00"), 1.5);
  EXPECT_EQ(get<double>("f4"), std::nullopt);
  EXPECT_EQ(get<double>("6131"), std::nullopt);
  EXPECT_EQ(message(0.1)[0].get<float>(), 0.1f);
  EXPECT_EQ(message(1e39)[0].get<float>(), std::nullopt);
  EXPECT_EQ(message(std::numeric_limits<double>::infinity())[0].get<float>(),
            std::numeric_limits<float>::infinity());
}

TEST(Value, BoolIsOnlyBool) {
  EXPECT_EQ(get<bool>("f5"), true);
  EXPECT_EQ(get<bool>("f4"), false);
  EXPECT_EQ(get<bool>("c0f5"), true);
  for (const char* other : {"00", "01", "f6", "f7", "60", "f90000", "80"}) {
    EXPECT_EQ(get<bool>(other), std::nullopt) << other;
  }
}

TEST(Value, TextAndBytesLieInTheMessage) {
  const OwnedMessage m = message("text", std::vector<std::byte>(40));
  const auto text = m[0].as<std::string_view>();
  EXPECT_EQ(text, "text");
  EXPECT_EQ(static_cast<const void*>(text.data()), m.data() + 1);
  const auto bytes = m[1].as<std::span<const std::byte>>();
  EXPECT_EQ(bytes.size(), 40u);
  EXPECT_EQ(static_cast<const void*>(bytes.data()), m.data() + 7);
  EXPECT_EQ(m[0].size(), 4u);
  EXPECT_EQ(m[1].size(), 40u);
  EXPECT_TRUE(m[0].as<std::u8string>() == u8"text");
  EXPECT_EQ(m[0].get<std::vector<std::byte>>(), std::nullopt);
  EXPECT_EQ(m[1].get<std::string>(), std::nullopt);
  EXPECT_EQ(m[1].as<std::vector<std::byte>>().size(), 40u);
  EXPECT_EQ((m[1].get<std::array<std::byte, 40>>()), (std::array<std::byte, 40>()));
  EXPECT_EQ((m[1].get<std::array<std::byte, 39>>()), std::nullopt);
  EXPECT_EQ(m[1].get<std::vector<std::uint8_t>>(), std::nullopt);
}

TEST(Value, PortsAndTheirTextAreInterchangeable) {
  const Port port = *Port::parse("ruth#00000000001.z");
  const OwnedMessage m = message(port, "ruth#00000000001.z", "ruth#", "ruth", "ru th#", nullptr);
  EXPECT_EQ(m.as<Port>(0), port);
  EXPECT_EQ(m.as<Port>(1), port);
  EXPECT_EQ(m.as<Port>(2), *Port::parse("ruth"));
  EXPECT_EQ(m.get<Port>(3), std::nullopt);
  EXPECT_EQ(m.get<Port>(4), std::nullopt);
  EXPECT_EQ(m.get<Port>(5), std::nullopt);
  EXPECT_EQ(m.as<std::optional<Port>>(5), std::nullopt);
  EXPECT_EQ(m.as<std::string>(0), "ruth#00000000001.z");
  EXPECT_EQ(m.get<std::string_view>(0), std::nullopt);
}

TEST(Value, PortsOfTheWireAreBroughtToOneForm) {
  const Port port = *Port::parse("ruth#00000000001.z");
  EXPECT_EQ(get<Port>("d9ae4d82 6472757468 6d30303030303030303030312e7a"), port);
  EXPECT_EQ(get<Port>("d9ae4d83 6472757468 480000000000000001 1823"), port);
  EXPECT_EQ(get<Port>("d9ae4d83 6472757468 5808 0000000000000001 1a00000023"), port);
  EXPECT_EQ(get<Port>("d9ae4d83 6472757468 480000000000000009 00"), *Port::parse("ruth"));
  EXPECT_EQ(get<Port>("c0d9ae4d83 6472757468 480000000000000001 1823"), port);
}

TEST(Value, PortsShareTheNamesOfTheirNode) {
  detail::NameTable names;
  const OwnedMessage m =
      message(*Port::parse("ruth#00000000001.z"), *Port::parse("ruth#"), *Port::parse("ruth#x"));
  const Message view(m.data(), m.size_bytes(), &names);
  const Port a = view.as<Port>(0);
  const Port b = view.as<Port>(1);
  EXPECT_EQ(a.name(), b.name());
  EXPECT_EQ(a.name(), names.intern("ruth"));
  EXPECT_EQ(view.rest(1).names(), &names);
  EXPECT_EQ((*view.begin()).names(), &names);
  EXPECT_EQ(view.as<Port>(2).str(), "ruth#x");
  EXPECT_EQ(names.size(), 1u);
  EXPECT_EQ(view.copy()[0].names(), nullptr);
}

TEST(Value, ArraysHaveElements) {
  const OwnedValue v = list(1, "two", list(3));
  EXPECT_EQ(v.size(), 3u);
  EXPECT_EQ(v[std::size_t{1}].as<std::string>(), "two");
  EXPECT_EQ(v[2][0].as<int>(), 3);
  int n = 0;
  for (Value element : v.items()) n += static_cast<int>(element.size_bytes());
  EXPECT_EQ(n, 1 + 4 + 2);
  EXPECT_EQ(v.as<Message>().size(), 3u);
  EXPECT_EQ(v.as<OwnedMessage>(), message(1, "two", list(3)));
  expect_error(Errc::out_of_range, "there is no element 3 in an array of 3", [&] { v[3]; });
  expect_error(Errc::bad_type, "the value is integer (1), expected an array", [&] { v[0][0]; });
  expect_error(Errc::bad_type, "the value is integer (1), expected an array",
               [&] { v[0].items(); });
  expect_error(Errc::bad_type, "the value is array ([1,\"two\",[3]]), expected a map",
               [&] { v.entries(); });
  expect_error(Errc::bad_type, "the value is integer (1), expected text, bytes, an array or a map",
               [&] { v[0].size(); });
}

TEST(Value, MapsHaveKeys) {
  const OwnedValue v = dict("a", 1, "b", list(2), 3, "three", "", 0);
  EXPECT_EQ(v.size(), 4u);
  EXPECT_EQ(v["a"].as<int>(), 1);
  EXPECT_EQ(v["b"][0].as<int>(), 2);
  EXPECT_EQ(v[""].as<int>(), 0);
  EXPECT_TRUE(v.contains("a"));
  EXPECT_FALSE(v.contains("c"));
  EXPECT_FALSE(v.contains("three"));
  EXPECT_EQ(v.find("c"), std::nullopt);
  EXPECT_EQ(list(1).find("a"), std::nullopt);
  std::string keys;
  for (auto [key, value] : v.entries()) keys += key.json() + ":" + value.json() + " ";
  EXPECT_EQ(keys, R"("a":1 "b":[2] 3:"three" "":0 )");
  expect_error(Errc::out_of_range, "there is no key \"c\" in the map", [&] { v["c"]; });
  expect_error(Errc::bad_type, "the value is array ([1]), expected a map", [] { list(1)["c"]; });
  EXPECT_EQ(dict("a", 1, "a", 2)["a"].as<int>(), 2);
  EXPECT_TRUE(dict().entries().empty());
}

TEST(Value, ContainersOfTheLibraryNest) {
  using Map = std::map<std::string, std::vector<std::pair<int, std::optional<double>>>>;
  const Map map = {{"a", {{1, 0.5}, {2, std::nullopt}}}, {"b", {}}};
  EXPECT_EQ(message(map)[0].as<Map>(), map);
  EXPECT_EQ((message(list(1, "x"))[0].as<std::tuple<int, std::string>>()),
            std::tuple(1, std::string("x")));
  EXPECT_EQ((message(list(1))[0].get<std::tuple<int, std::string>>()), std::nullopt);
  EXPECT_EQ((message(list(1, 2))[0].as<std::array<int, 2>>()), (std::array{1, 2}));
  EXPECT_EQ((message(list(1, 2))[0].get<std::array<int, 3>>()), std::nullopt);
  EXPECT_EQ(message(list(true, false))[0].as<std::vector<bool>>(),
            (std::vector<bool>{true, false}));
  EXPECT_EQ(message(list(1, "x"))[0].get<std::vector<int>>(), std::nullopt);
  EXPECT_EQ(message(list(1, 300))[0].get<std::vector<std::uint8_t>>(), std::nullopt);
  EXPECT_EQ(message(list(1, 200))[0].as<std::vector<std::uint8_t>>(),
            (std::vector<std::uint8_t>{1, 200}));
  EXPECT_EQ((message(dict("a", "x"))[0].get<std::map<std::string, int>>()), std::nullopt);
  EXPECT_EQ((message(list())[0].get<std::map<std::string, int>>()), std::nullopt);
}

TEST(Value, ErrorsNameElementAndType) {
  const OwnedMessage m = message("abc", 300, std::string(100, 'x'), std::string(50, 'y'), nullptr);
  expect_error(Errc::bad_type, "element 0 is text (\"abc\"), expected a 32-bit integer",
               [&] { m.as<int>(0); });
  expect_error(Errc::bad_type, "element 1 is integer (300), expected an unsigned 8-bit integer",
               [&] { m.as<std::uint8_t>(1); });
  expect_error(Errc::bad_type, "element 2 is text, expected a port", [&] { m.as<Port>(2); });
  expect_error(Errc::bad_type,
               "element 3 is text (\"" + std::string(39, 'y') + "...), expected bytes",
               [&] { m.as<std::span<const std::byte>>(3); });
  expect_error(Errc::bad_type, "the value is null (null), expected true or false",
               [&] { m[4].as<bool>(); });
  expect_error(Errc::bad_type, "element 1 is integer (300), expected a fitting array",
               [&] { m.as<std::vector<int>>(1); });
  expect_error(Errc::bad_type, "element 1 is integer (300), expected a fitting map",
               [&] { (void)m.as<std::map<int, int>>(1); });
}

TEST(Owned, OutlivesWhatItWasCopiedFrom) {
  OwnedMessage kept;
  OwnedValue value;
  {
    const OwnedMessage m = message("a", list(1, 2), *Port::parse("ruth#x"));
    kept = m.view().copy();
    value = m[1].copy();
  }
  EXPECT_EQ(kept.json(), R"(["a",[1,2],"ruth#x"])");
  EXPECT_EQ(value.json(), "[1,2]");
  const OwnedMessage other = kept;
  kept = OwnedMessage();
  EXPECT_EQ(other.tag(), "a");
  EXPECT_TRUE(kept.empty());
  const Message view = other;
  EXPECT_EQ(view.size(), 3u);
  const Value value_view = value;
  EXPECT_EQ(value_view, list(1, 2));
}

}  // namespace
}  // namespace aemp
