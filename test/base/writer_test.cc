// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include <aemp/value.h>
#include <aemp/writer.h>
#include <gtest/gtest.h>

#include <deque>
#include <limits>
#include <list>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "base/cbor.h"
#include "support/hex.h"

namespace aemp {
namespace {

using test::hex;

template <class... Args>
std::string diag(const Args&... args) {
  const OwnedMessage m = message(args...);
  const cbor::Checked checked = cbor::validate(m.data(), m.size_bytes());
  EXPECT_TRUE(checked.ok) << checked.what;
  return cbor::diag(m.data(), m.size_bytes());
}

template <class F>
void expect_error(Errc code, std::string_view sentence, F&& f) {
  try {
    f();
    ADD_FAILURE() << "no error, expected " << word(code);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code);
    EXPECT_NE(std::string_view(error.what()).find(sentence), std::string_view::npos)
        << error.what();
  }
}

TEST(Writer, ExactTypesDecide) {
  EXPECT_EQ(diag(true, false), "true, false");
  EXPECT_EQ(diag(std::int8_t{-128}, std::uint8_t{255}, short{-1}, 70000u, -5L, 5ULL),
            "-128, 255, -1, 70000, -5, 5");
  EXPECT_EQ(diag(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(),
                 std::numeric_limits<std::uint64_t>::max()),
            "-9223372036854775808, 9223372036854775807, 18446744073709551615");
  EXPECT_EQ(diag(1.0, 1.0f, 0.1, 0.1f), "1.0, 1.0, 0.1, 0.10000000149011612");
  EXPECT_EQ(diag(nullptr, std::nullopt, std::optional<int>(), std::optional<int>(3), Port()),
            "null, null, null, 3, null");
}

TEST(Writer, NumbersTakeTheShortestForm) {
  EXPECT_EQ(hex(message(23, 24, 255, 256, 65535, 65536)), "17181818ff19010019ffff1a00010000");
  EXPECT_EQ(hex(message(4294967295u, 4294967296)), "1affffffff1b0000000100000000");
  EXPECT_EQ(hex(message(-24, -25, -256, -257)), "37381838ff390100");
  EXPECT_EQ(hex(message(0.0, -0.0, 1.5, 65504.0, 65505.0, 65536.0)),
            "f90000f98000f93e00f97bfffa477fe100fa47800000");
  EXPECT_EQ(hex(message(0x1p-14, 0x1p-24, 0x1p-25, 0x3p-24, 0x1.004p-14, 0x1.002p-14)),
            "f90400f90001fa33000000f90003f90401fa38801000");
  EXPECT_EQ(hex(message(0x1p-149, 0x1p-150, 0x1.fffffep127, 0x1.ffffffp127)),
            "fa00000001fb3690000000000000"
            "fa7f7ffffffb47effffff0000000");
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(hex(message(inf, -inf, std::numeric_limits<double>::quiet_NaN(),
                        -std::numeric_limits<float>::quiet_NaN())),
            "f97c00f9fc00f97e00f97e00");
}

TEST(Writer, TextHasManyTypes) {
  const char array[8] = {'a', 'b', 0, 'c', 0, 0, 0, 0};
  const char full[2] = {'x', 'y'};
  char buffer[] = "buffer";
  char* pointer = buffer;
  const char* constant = "constant";
  EXPECT_EQ(diag("lit", array, full, pointer, constant, std::string("s"), std::string_view("v")),
            R"("lit", "ab", "xy", "buffer", "constant", "s", "v")");
  EXPECT_EQ(diag(u8"\u00fc", std::u8string(u8"s"), std::u8string_view(u8"v"), ""),
            "\"\u00fc\", \"s\", \"v\", \"\"");
  EXPECT_EQ(message(std::string("a\0b", 3))[0].as<std::string>().size(), 3u);
  const std::string longer(100'000, 'z');
  EXPECT_EQ(message(longer)[0].as<std::string>(), longer);
}

TEST(Writer, TextMustBeUtf8) {
  expect_error(Errc::bad_text, "at byte 2 (0xff): \"ab?c\"", [] {
    message(
        "ab\xff"
        "c");
  });
  expect_error(Errc::bad_text, "at byte 0", [] { message(1, std::string("\xc0\x80")); });
  expect_error(Errc::bad_text, "at byte 90000", [] { message(std::string(90'000, 'a') + "\x80"); });
  expect_error(Errc::bad_text, "at byte 1", [] { message(dict("a\x80", 1)); });
  expect_error(Errc::bad_text, "at byte 0", [] { message(u8"\xed\xa0\x80"); });
  const char* null = nullptr;
  expect_error(Errc::bad_value, "null pointer", [&] { message(null); });
}

TEST(Writer, BytesAreRangesOfStdByte) {
  const std::vector<std::byte> bytes = {std::byte{1}, std::byte{255}};
  const std::byte array[3] = {};
  EXPECT_EQ(diag(bytes, std::array<std::byte, 1>{}, array), "h'01ff', h'00', h'000000'");
  EXPECT_EQ(
      diag(std::span<const std::byte>(bytes), std::span<std::byte>(), std::vector<std::byte>()),
      "h'01ff', h'', h''");
  EXPECT_EQ(diag(std::vector<std::uint8_t>{1, 255}, std::array<std::int8_t, 2>{-1, 1}),
            "[1, 255], [-1, 1]");
}

TEST(Writer, ContainersBecomeArraysAndMaps) {
  const int c_array[] = {1, 2};
  EXPECT_EQ(diag(std::vector<int>{1, 2}, std::array<double, 1>{0.5}, c_array, std::vector<int>()),
            "[1, 2], [0.5], [1, 2], []");
  EXPECT_EQ(diag(std::vector<bool>{true, false}, std::deque<std::string>{"a"}, std::list<int>{3},
                 std::set<int>{2, 1}),
            "[true, false], [\"a\"], [3], [1, 2]");
  EXPECT_EQ(diag(std::pair(1, "x"), std::tuple(1, 2.0, true), std::tuple<>()),
            "[1, \"x\"], [1, 2.0, true], []");
  EXPECT_EQ(diag(std::map<std::string, int>{{"b", 2}, {"a", 1}},
                 std::unordered_map<int, bool>{{1, true}}),
            R"({"a": 1, "b": 2}, {1: true})");
  EXPECT_EQ(diag(std::multimap<int, int>{{1, 2}, {1, 3}}), "[[1, 2], [1, 3]]");
  EXPECT_EQ(diag(std::vector<std::vector<std::optional<int>>>{{1, std::nullopt}, {}}),
            "[[1, null], []]");
  EXPECT_EQ(diag(std::map<std::pair<int, int>, std::vector<std::string>>{{{1, 2}, {"x"}}}),
            R"({[1, 2]: ["x"]})");
}

TEST(Writer, ListAndDictNest) {
  EXPECT_EQ(diag(list(1, "a", list()), dict("k", 1, "l", dict())),
            R"([1, "a", []], {"k": 1, "l": {}})");
}

TEST(Writer, MessagesAreSplicedAtTheTopAndArraysWithin) {
  const OwnedMessage inner = message("a", list(1));
  EXPECT_EQ(diag(0, inner, 2), R"(0, "a", [1], 2)");
  EXPECT_EQ(diag(0, inner.view().rest(1), OwnedMessage(), 2), "0, [1], 2");
  EXPECT_EQ(diag(list(0, inner, 2)), R"([0, ["a", [1]], 2])");
  EXPECT_EQ(diag(std::vector<OwnedMessage>{inner, {}}), R"([["a", [1]], []])");
  EXPECT_EQ(diag(std::tuple(inner.view())), R"([["a", [1]]])");
  EXPECT_EQ(diag(std::optional<Message>(inner.view())), R"("a", [1])");
}

TEST(Writer, ValuesAreOneElement) {
  const OwnedMessage from = message(1, list("x"), "t", *Port::parse("n#p"));
  EXPECT_EQ(diag(from[1], from[0], OwnedValue(from[2]), from[3], Value(), OwnedValue()),
            R"(["x"], 1, "t", 44621(["n", "p"]), null, null)");
  EXPECT_EQ(diag(std::vector<Value>{from[0], from[1]}), R"([1, ["x"]])");
}

TEST(Writer, PortsCarryOriginAndSerial) {
  const Port port(detail::make_name("ruth"), 0x0123456789abcdef, 7);
  EXPECT_EQ(hex(message(port)), "d9ae4d836472757468480123456789abcdef07");
  EXPECT_EQ(hex(message(*Port::parse("ruth#x.1"))), "d9ae4d82647275746863782e31");
  EXPECT_EQ(message(port)[0].as<Port>(), port);
}

// Types of the program.

enum class Color { red, green };
void aemp_encode(Writer& w, const Color& c) { w.put(c == Color::red ? "red" : "green"); }

struct Point {
  int x, y;
  friend void aemp_encode(Writer& w, const Point& p) { w.array(2).put(p.x).put(p.y); }
};

struct Tree {
  std::vector<Tree> kids;
  friend void aemp_encode(Writer& w, const Tree& t) { w.put(t.kids); }
};

struct ByHand {
  const ByHand* inner;
  friend void aemp_encode(Writer& w, const ByHand& b) {
    if (b.inner == nullptr) {
      w.null();
    } else {
      w.array(1).put(*b.inner);
    }
  }
};

template <int kWhich>
struct Bad {
  friend void aemp_encode(Writer& w, const Bad&) {
    if (kWhich == 1) w.put(1).put(2);
    if (kWhich == 2) w.array(2).put(1);
    if (kWhich == 3) w.map(1).put(1);
    if (kWhich == 4) w.put(1).array(1);
    if (kWhich == 5) w.raw("\xff", 1);
    if (kWhich == 6) throw std::runtime_error("midway");
  }
};

struct Envelope {
  OwnedMessage inner;
  friend void aemp_encode(Writer& w, const Envelope& e) { w.put(e.inner); }
};

// A range that says itself how it is written.
struct Special : std::vector<int> {
  friend void aemp_encode(Writer& w, const Special&) { w.put("special"); }
};

TEST(WriterUserTypes, AreFoundByTheirNamespace) {
  EXPECT_EQ(diag(Color::red, Point{1, -2}, std::vector<Point>{{3, 4}},
                 std::optional<Color>(Color::green)),
            R"("red", [1, -2], [[3, 4]], "green")");
  EXPECT_EQ(diag(std::map<std::string, Point>{{"a", {5, 6}}}, Special()),
            R"({"a": [5, 6]}, "special")");
  EXPECT_EQ(diag(Tree{{Tree{}, Tree{{Tree{}}}}}), "[[], [[]]]");
  EXPECT_EQ(diag(Envelope{message(1, 2)}), "[1, 2]");
}

TEST(WriterUserTypes, MustPutExactlyOneValue) {
  expect_error(Errc::bad_value, "put 0 values, expected exactly one", [] { message(Bad<0>()); });
  expect_error(Errc::bad_value, "put 2 values", [] { message(Bad<1>()); });
  expect_error(Errc::bad_value, "more elements announced", [] { message(Bad<2>()); });
  expect_error(Errc::bad_value, "more elements announced", [] { message(Bad<3>(), 5); });
  expect_error(Errc::bad_value, "aemp_encode", [] { message(Bad<4>(), 5); });
  expect_error(Errc::bad_value, "no value", [] { message(list(Bad<5>())); });
  EXPECT_THROW(message(1, Bad<6>()), std::runtime_error);
}

OwnedValue nested_list(unsigned levels) {
  OwnedValue value = list();
  for (unsigned i = 1; i < levels; ++i) value = list(value);
  return value;
}

TEST(WriterDepth, TakesNestingUpTo128) {
  EXPECT_NO_THROW(message(nested_list(128)));
  expect_error(Errc::too_deep, "128", [] { nested_list(129); });
  const OwnedValue deep = nested_list(127);
  EXPECT_NO_THROW(message(list(deep)));
  expect_error(Errc::too_deep, "128", [&] { message(list(list(deep))); });
  expect_error(Errc::too_deep, "128", [&] { message(dict("a", list(deep))); });
  expect_error(Errc::too_deep, "128", [&] { message(std::vector<Value>{nested_list(128)}); });
  EXPECT_NO_THROW(message(std::vector<Value>(1000, deep)));
}

TEST(WriterDepth, CountsTheElementsOfSplicedMessages) {
  const OwnedMessage deep = message(nested_list(127));
  EXPECT_NO_THROW(message(deep, deep));
  EXPECT_NO_THROW(message(nested_list(1), deep));
  expect_error(Errc::too_deep, "128", [&] { message(list(deep)); });
  EXPECT_NO_THROW(message(list(message(nested_list(126)))));
}

TEST(WriterDepth, CountsScalarsAndPortsAsNone) {
  OwnedValue value = list(1, "x", *Port::parse("a#b"), nullptr);
  for (int i = 1; i < 128; ++i) value = list(value);
  const OwnedMessage m = message(value);
  EXPECT_TRUE(cbor::validate(m.data(), m.size_bytes()).ok);
}

TEST(WriterDepth, HoldsForUserTypes) {
  const auto tree = [](int levels) {
    Tree tree;
    for (int i = 1; i < levels; ++i) {
      Tree outer;
      outer.kids.push_back(std::move(tree));
      tree = std::move(outer);
    }
    return tree;
  };
  EXPECT_NO_THROW(message(tree(128)));
  expect_error(Errc::too_deep, "128", [&] { message(tree(129)); });

  std::vector<ByHand> chain(10'000);
  const auto by_hand = [&](std::size_t levels) -> const ByHand& {
    for (std::size_t i = 0; i < levels; ++i) chain[i].inner = &chain[i + 1];
    chain[levels].inner = nullptr;
    return chain[0];
  };
  EXPECT_NO_THROW(message(by_hand(128)));
  EXPECT_NO_THROW(message(list(by_hand(127))));
  expect_error(Errc::too_deep, "128", [&] { message(by_hand(129)); });
  expect_error(Errc::too_deep, "128", [&] { message(list(by_hand(128))); });
  expect_error(Errc::too_deep, "128", [&] { message(by_hand(1000)); });
}

// A sink that gives room byte by byte and moves the buffer each time.
class Stingy final : public detail::Sink {
 public:
  explicit Stingy(std::size_t limit) : limit_(limit), writer_(*this, nullptr, nullptr, nullptr) {}
  Writer& writer() { return writer_; }
  void grow(Writer& writer, std::size_t need) override {
    const std::size_t size = writer.size();
    if (size + need > limit_) throw Error(Errc::too_big, "no room");
    std::vector<std::uint8_t> next(size + need);
    std::copy(writer.begin(), writer.cur(), next.begin());
    buffer_.swap(next);
    writer.reseat(buffer_.data(), buffer_.data() + size, buffer_.data() + size + need);
  }

 private:
  std::size_t limit_;
  std::vector<std::uint8_t> buffer_;
  Writer writer_;
};

TEST(WriterSink, MayMoveTheBufferAtAnyTime) {
  Stingy stingy(100'000);
  const auto put = [](Writer& w) {
    w("tag", 1, -70000, 0.1, std::string(3000, 'x'), *Port::parse("ruth#x.1"), Point{1, 2},
      std::map<std::string, std::vector<int>>{{"a", {1, 2, 3}}}, message(1, 2), list("deep"),
      Port(detail::make_name("node"), 1, 2), Tree{{Tree{}}}, nullptr, true);
  };
  put(stingy.writer());
  detail::Scratch scratch;
  put(scratch.writer());
  EXPECT_EQ(hex(stingy.writer().begin(), stingy.writer().size()),
            hex(scratch.writer().begin(), scratch.writer().size()));
}

TEST(WriterSink, MayRefuse) {
  Stingy stingy(100);
  stingy.writer()("short", 1);
  expect_error(Errc::too_big, "no room", [&] { stingy.writer()(std::string(200, 'x')); });
}

TEST(Writer, PutsAndReturnsItself) {
  detail::Scratch scratch;
  scratch.writer().array(3).put(1).map(1).put("a").null().text("t");
  EXPECT_EQ(cbor::diag(scratch.writer().begin(), scratch.writer().size()),
            R"([1, {"a": null}, "t"])");
}

}  // namespace
}  // namespace aemp
