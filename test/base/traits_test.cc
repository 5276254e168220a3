// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What must not compile, as far as the compiler can be asked without failing.
#include <aemp/receiver.h>
#include <aemp/value.h>
#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

namespace aemp {
namespace {

using detail::Decodable;
using detail::Encodable;
using detail::Signature;

enum Plain { kPlain };
enum class Scoped { one };
enum class Known { one };
[[maybe_unused]] void aemp_encode(Writer& w, const Known&) { w.null(); }
[[maybe_unused]] bool aemp_decode(Value, Known&) { return true; }

struct Opaque {
  operator bool() const { return true; }
  operator std::string() const { return ""; }
  operator int() const { return 1; }
};
struct Derived : std::string {};
union Union {
  int a;
  float b;
};
class Incomplete;
__extension__ using Int128 = __int128;

template <class... Ts>
constexpr bool none_encodable = (!Encodable<Ts> && ...);
template <class... Ts>
constexpr bool all_encodable = (Encodable<Ts> && ...);
template <class... Ts>
constexpr bool none_decodable = (!Decodable<Ts> && ...);
template <class... Ts>
constexpr bool all_decodable = (Decodable<Ts> && ...);

static_assert(none_encodable<Plain, Scoped, std::byte, Opaque, Union, Incomplete*>);
static_assert(
    none_encodable<int*, const int*, void*, const void*, void (*)(), int Opaque::*,
                   std::unique_ptr<int>, std::shared_ptr<int>, std::reference_wrapper<int>>);
static_assert(
    none_encodable<char, wchar_t, char8_t, char16_t, char32_t, std::wstring, std::u16string,
                   std::u32string, std::wstring_view, const wchar_t*, const char16_t*, wchar_t[4],
                   char32_t[4], unsigned char*, const signed char*>);
static_assert(none_encodable<long double, Int128, std::vector<long double>>);
static_assert(none_encodable<std::vector<int*>, std::vector<char>, std::array<Scoped, 2>,
                             std::optional<void*>, std::map<std::string, Plain>,
                             std::map<Plain, int>, std::pair<int, char>, std::tuple<int, Opaque>,
                             std::vector<std::vector<Scoped>>>);
static_assert(
    none_encodable<std::monostate, std::variant<int, std::string>, std::chrono::seconds,
                   std::filesystem::path, std::function<void()>, std::vector<bool>::reference>);
static_assert(none_encodable<decltype([] {}), Writer, Derived>);

static_assert(
    all_encodable<bool, signed char, unsigned char, short, unsigned, long, long long,
                  unsigned long long, float, double, std::nullptr_t, std::nullopt_t, Known>);
static_assert(all_encodable<char[4], const char[4], char*, const char*, char8_t[2], const char8_t*,
                            std::string, const std::string&, std::string_view, std::u8string,
                            std::u8string_view>);
static_assert(
    all_encodable<std::vector<Known>, std::map<Known, Known>, std::optional<Known>,
                  std::tuple<Known, int>, Known[3], std::span<const int>, std::span<std::byte>,
                  std::byte[4], std::unordered_map<std::string, std::deque<OwnedMessage>>>);
static_assert(all_encodable<Port, Value, Message, OwnedValue, OwnedMessage>);

static_assert(
    none_decodable<Plain, Scoped, std::byte, Opaque, Union, int*, const char*, char*, void*, char,
                   wchar_t, char8_t, std::wstring, std::u8string_view, long double, Int128>);
static_assert(none_decodable<std::unique_ptr<int>, std::vector<int*>, std::optional<Scoped>,
                             std::map<std::string, char>, std::span<const int>,
                             std::span<std::byte>, std::tuple<int, void*>, std::variant<int>,
                             std::chrono::seconds, std::filesystem::path, Writer>);
static_assert(
    all_decodable<bool, std::int8_t, std::uint64_t, float, double, std::string, std::string_view,
                  std::u8string, Port, Value, Message, OwnedValue, OwnedMessage, Known,
                  std::span<const std::byte>, std::vector<Known>, std::map<Known, Known>,
                  std::optional<std::vector<bool>>, std::tuple<>>);

struct Overloaded {
  void operator()(int) {}
  void operator()(double) {}
};
struct RvalueOnly {
  void operator()(int) && {}
};

static_assert(!Signature<decltype([](auto) {})>::known);
static_assert(!Signature<decltype([](auto...) {})>::known);
static_assert(!Signature<Overloaded>::known);
static_assert(!Signature<RvalueOnly>::known);
static_assert(!Signature<int>::known);
static_assert(!Signature<decltype(std::bind([](int) {}, 1))>::known);
static_assert(std::is_same_v<Signature<decltype([](int, const std::string&) mutable noexcept
                                                -> bool { return true; })>::Args,
                             detail::TypeList<int, const std::string&>>);
static_assert(std::is_same_v<Signature<std::function<double(int)>>::Result, double>);
static_assert(std::is_same_v<Signature<int (*)(char) noexcept>::Result, int>);

static_assert(detail::rest_is_last<int, Message>() && detail::rest_is_last<>());
static_assert(!detail::rest_is_last<Message, int>() && !detail::rest_is_last<Message, Message>());
static_assert(detail::optionals_are_last<int, std::optional<int>, std::optional<int>, Message>());
static_assert(!detail::optionals_are_last<std::optional<int>, int>());
static_assert(detail::is_out_parameter<int&> && !detail::is_out_parameter<const int&> &&
              !detail::is_out_parameter<int&&> && !detail::is_out_parameter<int>);

static_assert(!std::is_copy_constructible_v<Receiver> &&
              std::is_nothrow_move_constructible_v<Receiver>);
static_assert(!std::is_copy_constructible_v<detail::Function<void()>>);
static_assert(!std::is_constructible_v<detail::Function<void(int)>, decltype([](std::string) {})>);
static_assert(!std::is_constructible_v<detail::Function<int()>, decltype([] {})>);
static_assert(std::forward_iterator<Message::Iterator> && std::forward_iterator<Entries::Iterator>);

TEST(Traits, AreCheckedByTheCompiler) { SUCCEED(); }

}  // namespace
}  // namespace aemp
