// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Receiver: a callable together with the decoding of a message into its parameters.
//
// A callable is anything with one call operator that is no template: lambdas (capturing and
// move-only ones too), function pointers, std::function. The elements of the message are decoded
// into its parameters in order:
//   bool takes only true and false
//   integers take integers, and doubles without fraction, that lie in their range
//   double and float take numbers
//   std::string, std::string_view, std::u8string take text, and a port as its text; a view is
//     valid until the callable returns
//   std::span<const std::byte> (a view), std::vector<std::byte>, std::array<std::byte, N> take
//     bytes
//   Port takes a port, and text that is a well-formed port ID with its '#'
//   Value and OwnedValue take any value
//   vectors, lists, sets, std::array, std::pair, std::tuple take arrays (the last three of their
//     very size); std::map and std::unordered_map take maps
//   user types: bool aemp_decode(aemp::Value, T&), found by ADL; T has a default constructor
//   std::optional<T>, at the end or before a last Message, takes what T takes, and is nullopt for
//     null and where the message has ended
//   a last Message (or OwnedMessage) takes the rest, which may be empty
// Parameters are values, const references or rvalue references. A message with more elements than
// that does not fit, except that a callable without parameters takes any message.
#ifndef AEMP_RECEIVER_H
#define AEMP_RECEIVER_H

#include <aemp/detail/call.h>
#include <aemp/detail/function.h>
#include <aemp/detail/signature.h>
#include <aemp/value.h>

#include <type_traits>
#include <utility>

namespace aemp {

// Move-only, 32 bytes; callables of up to three words need no allocation.
class Receiver {
 public:
  Receiver() noexcept = default;
  Receiver(std::nullptr_t) noexcept {}
  // A null function pointer or an empty std::function makes an empty Receiver.
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, Receiver>) explicit Receiver(F&& f) {
    using Held = std::decay_t<F>;
    static_assert(detail::Signature<Held>::known,
                  "aemp: a receiver is a callable with exactly one call operator that is no "
                  "template: write out the parameter types of generic lambdas.");
    if constexpr (detail::Signature<Held>::known) {
      if (detail::is_empty_callable<Held>(f)) return;
      storage_.template make<Held>(std::forward<F>(f));
      ops_ = &kOps<Held>;
    }
  }
  Receiver(Receiver&& other) noexcept : ops_(std::exchange(other.ops_, nullptr)) {
    if (ops_ != nullptr) ops_->relocate(other.storage_, storage_);
  }
  Receiver& operator=(Receiver&& other) noexcept {
    if (this != &other) {
      reset();
      ops_ = std::exchange(other.ops_, nullptr);
      if (ops_ != nullptr) ops_->relocate(other.storage_, storage_);
    }
    return *this;
  }
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;
  ~Receiver() { reset(); }

  explicit operator bool() const noexcept { return ops_ != nullptr; }

  // Calls f if m fits; false if it does not, and then f was not called. Must not be empty. What f
  // (or an aemp_decode) throws passes through.
  bool call(const Message& m) {
    return ops_->call(storage_, m.data(), m.data() + m.size_bytes(), m.names());
  }

  // Destroys the callable and leaves this empty.
  void reset() noexcept {
    if (const Ops* ops = std::exchange(ops_, nullptr)) ops->destroy(storage_);
  }

 private:
  struct Ops {
    bool (*call)(detail::Storage&, const std::uint8_t* at, const std::uint8_t* end,
                 detail::NameTable* names);
    void (*relocate)(detail::Storage& from, detail::Storage& to) noexcept;
    void (*destroy)(detail::Storage&) noexcept;
  };

  template <class F>
  static bool call(detail::Storage& storage, const std::uint8_t* at, const std::uint8_t* end,
                   detail::NameTable* names) {
    return detail::call_with(storage.get<F>(), detail::Cursor{at, end, names});
  }

  template <class F>
  static constexpr Ops kOps = {&call<F>, &detail::Storage::relocate<F>,
                               &detail::Storage::destroy<F>};

  const Ops* ops_ = nullptr;
  detail::Storage storage_;
};

static_assert(sizeof(Receiver) == 4 * sizeof(void*));

namespace detail {

template <class F>
Receiver make_receiver(F&& f) {
  return Receiver(std::forward<F>(f));
}

}  // namespace detail

}  // namespace aemp

#endif  // AEMP_RECEIVER_H
