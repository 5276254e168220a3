// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include <aemp/receiver.h>
#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "base/name_table.h"
#include "support/alloc_count.h"

namespace aemp {
namespace {

// Calls f with the message; whether it fitted. f must then have run exactly once, else not.
template <class F, class... Args>
bool call(F f, const Args&... args) {
  const OwnedMessage m = message(args...);
  return detail::make_receiver(std::move(f)).call(m);
}

// Whether a message fits the parameters.
template <class... Ps, class... Args>
bool fits(const Args&... args) {
  int calls = 0;
  const bool fitted = call([&calls](Ps...) { ++calls; }, args...);
  EXPECT_EQ(calls, fitted ? 1 : 0);
  return fitted;
}

// What a parameter of type P got.
template <class P, class... Args>
std::optional<std::remove_cvref_t<P>> got(const Args&... args) {
  std::optional<std::remove_cvref_t<P>> out;
  call([&out](P p) { out.emplace(p); }, args...);
  return out;
}

TEST(Receiver, DecodesParametersInOrder) {
  std::string seen;
  EXPECT_TRUE(call(
      [&](std::string a, int b, double c, bool d, Port e) {
        seen = a + std::to_string(b) + std::to_string(c) + (d ? "t" : "f") + e.str();
      },
      "ping", 41, 0.5, true, *Port::parse("a#b")));
  EXPECT_EQ(seen, "ping410.500000ta#b");
}

TEST(Receiver, NumberOfElementsMustFit) {
  EXPECT_TRUE((fits<int, int>(1, 2)));
  EXPECT_FALSE((fits<int, int>(1)));
  EXPECT_FALSE((fits<int, int>(1, 2, 3)));
  EXPECT_FALSE(fits<int>());
  EXPECT_TRUE(fits<>());
  EXPECT_TRUE(fits<>(1, "any", list()));
}

TEST(Receiver, ChecksTypesAndRanges) {
  EXPECT_TRUE(fits<std::uint8_t>(255));
  EXPECT_FALSE(fits<std::uint8_t>(256));
  EXPECT_FALSE(fits<std::uint8_t>(-1));
  EXPECT_TRUE(fits<std::int64_t>(3.0));
  EXPECT_FALSE(fits<std::int64_t>(3.5));
  EXPECT_FALSE(fits<std::int64_t>(0x1p63));
  EXPECT_TRUE(fits<double>(3));
  EXPECT_TRUE(fits<float>(3));
  EXPECT_FALSE(fits<double>("3"));
  EXPECT_TRUE(fits<bool>(true));
  EXPECT_FALSE(fits<bool>(1));
  EXPECT_FALSE(fits<bool>(nullptr));
  EXPECT_FALSE(fits<int>(true));
  EXPECT_FALSE(fits<int>(nullptr));
  EXPECT_FALSE(fits<std::string>(1));
  EXPECT_FALSE(fits<std::string>(nullptr));
  EXPECT_FALSE(fits<std::string>(std::vector<std::byte>(3)));
  EXPECT_FALSE(fits<std::vector<std::byte>>("abc"));
  EXPECT_FALSE(fits<std::span<const std::byte>>(list(1, 2)));
}

TEST(Receiver, TextAndPortsAreInterchangeable) {
  const Port port = *Port::parse("ruth#00000000001.z");
  EXPECT_EQ(got<Port>("ruth#00000000001.z"), port);
  EXPECT_EQ(got<Port>("ruth#"), *Port::parse("ruth"));
  EXPECT_EQ(got<Port>("ruth"), std::nullopt);
  EXPECT_EQ(got<Port>("no node#x"), std::nullopt);
  EXPECT_EQ(got<Port>(nullptr), std::nullopt);
  EXPECT_EQ(got<Port>(Port()), std::nullopt);
  EXPECT_EQ(got<std::string>(port), port.str());
  EXPECT_EQ(got<const std::string&>(port), port.str());
  EXPECT_TRUE(got<std::u8string>(port) == u8"ruth#00000000001.z");
  std::string seen;
  EXPECT_TRUE(call(
      [&](std::string_view a, std::string_view b) { seen = std::string(a) + "," + std::string(b); },
      port, "text"));
  EXPECT_EQ(seen, "ruth#00000000001.z,text");
  EXPECT_TRUE(call([&](std::optional<std::string_view> a) { seen = *a; }, port));
  EXPECT_EQ(seen, port.str());
}

TEST(Receiver, ViewsLieInTheMessage) {
  const OwnedMessage m = message("text", std::vector<std::byte>(16), list(1));
  const auto within = [&](const void* p) {
    const auto* byte = static_cast<const std::uint8_t*>(p);
    return byte >= m.data() && byte < m.data() + m.size_bytes();
  };
  auto receiver =
      detail::make_receiver([&](std::string_view text, std::span<const std::byte> bytes, Value v) {
        EXPECT_TRUE(within(text.data()));
        EXPECT_TRUE(within(bytes.data()));
        EXPECT_TRUE(within(v.data()));
      });
  EXPECT_TRUE(receiver.call(m));
}

TEST(Receiver, LastMessageTakesTheRest) {
  EXPECT_TRUE(fits<Message>());
  EXPECT_TRUE(fits<const Message&>(1, list(2)));
  EXPECT_EQ(got<OwnedMessage>(1, "x"), message(1, "x"));
  std::string rest;
  EXPECT_TRUE(call([&](int, Message m) { rest = m.json(); }, 1, 2, list(3)));
  EXPECT_EQ(rest, "[2,[3]]");
  EXPECT_TRUE(call([&](int, Message m) { rest = m.json(); }, 1));
  EXPECT_EQ(rest, "[]");
  EXPECT_FALSE((fits<int, Message>()));
}

TEST(Receiver, OptionalsAreAbsentOrNull) {
  using Maybe = std::optional<int>;
  EXPECT_EQ(got<Maybe>(), std::optional<Maybe>(std::in_place));
  EXPECT_EQ(got<Maybe>(nullptr), std::optional<Maybe>(std::in_place));
  EXPECT_EQ(got<Maybe>(7), Maybe(7));
  EXPECT_EQ(got<Maybe>("x"), std::nullopt);
  EXPECT_TRUE((fits<int, Maybe, std::optional<std::string>>(1)));
  EXPECT_TRUE((fits<int, Maybe, std::optional<std::string>>(1, nullptr, "x")));
  EXPECT_FALSE((fits<int, Maybe, std::optional<std::string>>(1, "x")));
  EXPECT_FALSE((fits<int, Maybe>(1, 2, 3)));
  std::string seen;
  const auto f = [&](int a, Maybe b, Message rest) {
    seen = std::to_string(a) + (b ? std::to_string(*b) : "-") + rest.json();
  };
  EXPECT_TRUE(call(f, 1));
  EXPECT_EQ(seen, "1-[]");
  EXPECT_TRUE(call(f, 1, nullptr, 3));
  EXPECT_EQ(seen, "1-[3]");
  EXPECT_TRUE(call(f, 1, 2, 3));
  EXPECT_EQ(seen, "12[3]");
}

TEST(Receiver, ValuesTakeAnything) {
  std::string seen;
  EXPECT_TRUE(call([&](Value a, const Value& b) { seen = a.json() + b.json(); }, list(1), nullptr));
  EXPECT_EQ(seen, "[1]null");
  EXPECT_EQ(got<OwnedValue>(dict("a", 1)), dict("a", 1));
  EXPECT_FALSE(fits<Value>());
}

TEST(Receiver, ContainersAreDecoded) {
  using Map = std::map<std::string, int>;
  EXPECT_EQ(got<std::vector<int>>(list(1, 2)), (std::vector{1, 2}));
  EXPECT_EQ(got<std::vector<std::byte>>(std::vector<std::byte>(2)), std::vector<std::byte>(2));
  EXPECT_EQ(got<std::vector<std::uint8_t>>(list(1, 2)), (std::vector<std::uint8_t>{1, 2}));
  EXPECT_EQ((got<std::array<int, 2>>(list(1, 2))), (std::array{1, 2}));
  EXPECT_EQ((got<std::pair<int, std::string>>(list(1, "x"))), std::pair(1, std::string("x")));
  EXPECT_EQ((got<std::tuple<int, bool>>(list(1, true))), std::tuple(1, true));
  EXPECT_EQ((got<const Map&>(dict("a", 1))), (Map{{"a", 1}}));
  EXPECT_EQ((got<std::unordered_map<int, std::string>>(dict(1, "x")))->at(1), "x");
  EXPECT_EQ(got<std::set<int>>(list(2, 1, 2)), (std::set{1, 2}));
  EXPECT_EQ(got<std::list<std::string>>(list("a"))->front(), "a");
  EXPECT_EQ(got<std::deque<double>>(list(1, 0.5))->at(1), 0.5);
  EXPECT_EQ((got<std::vector<std::vector<Port>>>(list(list("a#b"), list())))->size(), 2u);
}

TEST(Receiver, ParametersMayBeReferences) {
  std::string moved;
  EXPECT_TRUE(
      call([&](std::string&& s) { moved = std::move(s); }, "a long text that is on the heap"));
  EXPECT_EQ(moved, "a long text that is on the heap");
  EXPECT_TRUE((fits<const int&, const std::vector<int>&, std::string&&, const std::string_view>(
      1, list(2), "x", "y")));
}

int function_calls = 0;
void function(int n) { function_calls += n; }
void noexcept_function(int n) noexcept { function_calls += n; }

struct Counter {
  int* calls;
  void operator()(int n) & { *calls += n; }
};

TEST(Receiver, TakesEveryKindOfCallable) {
  int calls = 0;
  const auto run = [](auto&& f) {
    return detail::make_receiver(std::forward<decltype(f)>(f)).call(message(1));
  };
  EXPECT_TRUE(run([&](int n) { calls += n; }));
  EXPECT_TRUE(run([&calls, own = 0](int n) mutable { calls += n + own++; }));
  EXPECT_TRUE(run([&](int n) noexcept { calls += n; }));
  EXPECT_TRUE(run(Counter{&calls}));
  EXPECT_TRUE(run(std::function<void(int)>([&](int n) { calls += n; })));
  const auto lambda = [&](int n) { return calls += n; };
  EXPECT_TRUE(run(lambda));
  EXPECT_TRUE(run([&, big = std::array<char, 100>()](int n) { calls += n + big[0]; }));
  EXPECT_TRUE(run([&, only = std::make_unique<int>(0)](int n) { calls += n + *only; }));
  EXPECT_EQ(calls, 8);
  EXPECT_TRUE(run(function));
  EXPECT_TRUE(run(&function));
  EXPECT_TRUE(run(noexcept_function));
  EXPECT_EQ(function_calls, 3);
}

TEST(Receiver, EmptyCallablesMakeItEmpty) {
  EXPECT_FALSE(Receiver());
  EXPECT_FALSE(Receiver(nullptr));
  EXPECT_FALSE(detail::make_receiver(std::function<void(int)>()));
  EXPECT_FALSE(detail::make_receiver(static_cast<void (*)(int)>(nullptr)));
  EXPECT_TRUE(detail::make_receiver([] {}));
}

TEST(Receiver, MovesAndDestroysItsCallableOnce) {
  auto alive = std::make_shared<int>(0);
  const auto check = [&](auto f) {
    Receiver a = detail::make_receiver(std::move(f));
    EXPECT_EQ(alive.use_count(), 2);
    Receiver b = std::move(a);
    EXPECT_FALSE(a);
    EXPECT_TRUE(b.call(message()));
    a = std::move(b);
    EXPECT_TRUE(a.call(message()));
    a = Receiver([] {});
    EXPECT_EQ(alive.use_count(), 1);
  };
  check([alive] {});
  check([alive, big = std::array<char, 100>()] { static_cast<void>(big); });
  EXPECT_EQ(alive.use_count(), 1);
}

TEST(Receiver, ExceptionsPassThrough) {
  EXPECT_THROW(call([](int) { throw std::runtime_error("x"); }, 1), std::runtime_error);
  EXPECT_THROW(call([](int) { throw 5; }, 1), int);
}

// Types of the program.

enum class Color { red, green };
bool aemp_decode(Value v, Color& c) {
  const auto text = v.get<std::string_view>();
  c = text == "red" ? Color::red : Color::green;
  return text == "red" || text == "green";
}

struct Point {
  int x = 0;
  int y = 0;
  friend bool aemp_decode(Value v, Point& p) {
    const auto xy = v.get<std::array<int, 2>>();
    if (xy) p = {(*xy)[0], (*xy)[1]};
    return xy.has_value();
  }
  bool operator==(const Point&) const = default;
};

struct Angry {
  friend bool aemp_decode(Value, Angry&) { throw std::runtime_error("angry"); }
};

TEST(ReceiverUserTypes, AreFoundByTheirNamespace) {
  EXPECT_EQ(got<Color>("green"), Color::green);
  EXPECT_EQ(got<Color>("blue"), std::nullopt);
  EXPECT_EQ(got<const Point&>(list(1, 2)), (Point{1, 2}));
  EXPECT_EQ(got<Point>(list(1)), std::nullopt);
  EXPECT_TRUE(fits<std::optional<Point>>());
  EXPECT_EQ((got<std::vector<Point>>(list(list(1, 2))))->at(0), (Point{1, 2}));
  EXPECT_EQ((got<std::map<std::string, Color>>(dict("a", "red")))->at("a"), Color::red);
  EXPECT_EQ(message(list(3, 4)).as<Point>(0), (Point{3, 4}));
  EXPECT_THROW(fits<Angry>(1), std::runtime_error);
}

TEST(Receiver, DecodesWithoutAllocating) {
  detail::NameTable names;
  const OwnedMessage m =
      message("a tag that is longer than a short string", 41, -70'000, 0.1, true,
              std::vector<std::byte>(16), *Port::parse("ruth#00000000001.z"), list(1), 7);
  const Message view(m.data(), m.size_bytes(), &names);
  int calls = 0;
  Receiver receiver;
  const auto make = [&] {
    receiver = Receiver([&calls](std::string_view, int, std::int64_t, double, bool,
                                 std::span<const std::byte>, const Port& port, Value,
                                 std::optional<int>, Message) { calls += port ? 1 : 0; });
  };
  EXPECT_EQ(test::allocations_in(make), 0u);
  const Port known(detail::ref(names.intern("ruth")), 0, 0);
  EXPECT_EQ(test::allocations_in([&] {
              for (int i = 0; i < 10; ++i) receiver.call(view);
            }),
            0u);
  EXPECT_EQ(calls, 10);
}

TEST(Receiver, RefusesWithoutAllocating) {
  const OwnedMessage m = message(1, 2, 3);
  Receiver receiver([](int, int) {});
  EXPECT_EQ(test::allocations_in([&] { EXPECT_FALSE(receiver.call(m)); }), 0u);
}

TEST(Receiver, IsFourWords) {
  EXPECT_EQ(sizeof(Receiver), 32u);
  EXPECT_EQ(sizeof(detail::Function<void()>), 32u);
}

TEST(Function, CallsWhatItHolds) {
  detail::Function<int(int, std::string)> f(
      [](int n, const std::string& s) { return n + static_cast<int>(s.size()); });
  EXPECT_EQ(f(1, "abc"), 4);
  f = [](int n, std::string) { return n; };
  EXPECT_EQ(f(5, ""), 5);
  detail::Function<void()> ignores([] { return 3; });
  ignores();
  detail::Function<double()> converts([] { return 3; });
  EXPECT_EQ(converts(), 3.0);
  detail::Function<int(std::unique_ptr<int>)> takes([](std::unique_ptr<int> p) { return *p; });
  EXPECT_EQ(takes(std::make_unique<int>(9)), 9);
  int n = 0;
  detail::Function<int&()> refers([&]() -> int& { return n; });
  refers() = 4;
  EXPECT_EQ(n, 4);
}

TEST(Function, EmptyComesInManyForms) {
  EXPECT_FALSE(detail::Function<void()>());
  EXPECT_FALSE(detail::Function<void()>(nullptr));
  EXPECT_FALSE(detail::Function<void()>(std::function<void()>()));
  EXPECT_FALSE(detail::Function<void()>(static_cast<void (*)()>(nullptr)));
  EXPECT_TRUE(detail::Function<void()>([] {}) != nullptr);
  detail::Function<void()> f([] {});
  f = nullptr;
  EXPECT_TRUE(f == nullptr);
}

TEST(Function, KeepsSmallCallablesInPlace) {
  int sum = 0;
  int* a = &sum;
  int* b = &sum;
  EXPECT_EQ(test::allocations_in([&] {
              detail::Function<void()> f([&sum, a, b] { sum += *a + *b + 1; });
              detail::Function<void()> g(std::move(f));
              g();
            }),
            0u);
  EXPECT_EQ(sum, 1);
  // At most: a compiler may see through even that one.
  EXPECT_LE(
      test::allocations_in([&] {
        detail::Function<void()> f([big = std::array<char, 25>()] { static_cast<void>(big); });
        detail::Function<void()> g(std::move(f));
      }),
      1u);
}

struct alignas(32) Aligned {
  int* seen;
  void operator()() { *seen = reinterpret_cast<std::uintptr_t>(this) % 32 == 0 ? 1 : 2; }
};

TEST(Function, RespectsAlignment) {
  int seen = 0;
  detail::Function<void()> f(Aligned{&seen});
  detail::Function<void()> g(std::move(f));
  g();
  EXPECT_EQ(seen, 1);
}

TEST(Function, MayDestroyItselfThroughItsOwner) {
  std::optional<detail::Function<void()>> f;
  const auto alive = std::make_shared<int>(1);
  f.emplace([&f, alive] {
    detail::Function<void()> own(std::move(*f));
    f.reset();
    EXPECT_EQ(alive.use_count(), 2);
  });
  detail::Function<void()> running(std::move(*f));
  f.emplace([] {});
  running();
  EXPECT_FALSE(f);
}

}  // namespace
}  // namespace aemp
