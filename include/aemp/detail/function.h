// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Function: a move-only callable of 32 bytes. Callables of up to three words that move without
// throwing lie inside it, larger ones on the heap.
#ifndef AEMP_DETAIL_FUNCTION_H
#define AEMP_DETAIL_FUNCTION_H

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace aemp::detail {

// The storage that Function and Receiver share: three words, holding an F or a pointer to one.
struct Storage {
  static constexpr std::size_t kSize = 3 * sizeof(void*);

  template <class F>
  static constexpr bool inlined =
      sizeof(F) <= kSize && alignof(F) <= alignof(void*) && std::is_nothrow_move_constructible_v<F>;

  template <class F, class G>
  void make(G&& f) {
    if constexpr (inlined<F>) {
      ::new (static_cast<void*>(bytes)) F(std::forward<G>(f));
    } else {
      F* made = new F(std::forward<G>(f));
      ::new (static_cast<void*>(bytes)) F*(made);
    }
  }
  template <class F>
  F& get() noexcept {
    if constexpr (inlined<F>) {
      return *std::launder(reinterpret_cast<F*>(bytes));
    } else {
      return **std::launder(reinterpret_cast<F**>(bytes));
    }
  }
  // Moves the F of `from` into raw storage `to` and leaves `from` raw.
  template <class F>
  static void relocate(Storage& from, Storage& to) noexcept {
    if constexpr (inlined<F>) {
      F& f = from.get<F>();
      ::new (static_cast<void*>(to.bytes)) F(std::move(f));
      f.~F();
    } else {
      ::new (static_cast<void*>(to.bytes)) F*(&from.get<F>());
    }
  }
  template <class F>
  static void destroy(Storage& storage) noexcept {
    if constexpr (inlined<F>) {
      storage.get<F>().~F();
    } else {
      delete &storage.get<F>();
    }
  }

  alignas(void*) unsigned char bytes[kSize];
};

// True for null function pointers and for what std::function and the like call empty.
template <class F>
bool is_empty_callable(const F& f) {
  if constexpr (std::is_pointer_v<F>) {
    return f == nullptr;
  } else if constexpr (requires { f.operator bool(), f == nullptr; }) {
    return !static_cast<bool>(f);
  } else {
    return false;
  }
}

template <class Signature>
class Function;

template <class R, class... Args>
class Function<R(Args...)> {
 public:
  Function() noexcept = default;
  Function(std::nullptr_t) noexcept {}
  // An empty std::function or a null function pointer makes an empty Function.
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, Function> &&
           std::is_invocable_r_v<R, std::decay_t<F>&, Args...>) Function(F&& f) {
    using Held = std::decay_t<F>;
    if (is_empty_callable<Held>(f)) return;
    storage_.template make<Held>(std::forward<F>(f));
    ops_ = &kOps<Held>;
  }
  Function(Function&& other) noexcept : ops_(std::exchange(other.ops_, nullptr)) {
    if (ops_ != nullptr) ops_->relocate(other.storage_, storage_);
  }
  Function& operator=(Function&& other) noexcept {
    if (this != &other) {
      reset();
      ops_ = std::exchange(other.ops_, nullptr);
      if (ops_ != nullptr) ops_->relocate(other.storage_, storage_);
    }
    return *this;
  }
  Function(const Function&) = delete;
  Function& operator=(const Function&) = delete;
  ~Function() { reset(); }

  explicit operator bool() const noexcept { return ops_ != nullptr; }
  friend bool operator==(const Function& f, std::nullptr_t) noexcept { return f.ops_ == nullptr; }

  // Must not be empty. The callable must stay where it is until it returned.
  R operator()(Args... args) { return ops_->call(storage_, std::forward<Args>(args)...); }

  // Destroys the callable and leaves this empty. Safe when its destructor looks at this Function.
  void reset() noexcept {
    if (const Ops* ops = std::exchange(ops_, nullptr)) ops->destroy(storage_);
  }

 private:
  struct Ops {
    R (*call)(Storage&, Args&&...);
    void (*relocate)(Storage& from, Storage& to) noexcept;
    void (*destroy)(Storage&) noexcept;
  };

  template <class F>
  static R call(Storage& storage, Args&&... args) {
    if constexpr (std::is_void_v<R>) {
      static_cast<void>(storage.get<F>()(std::forward<Args>(args)...));
    } else {
      return storage.get<F>()(std::forward<Args>(args)...);
    }
  }

  template <class F>
  static constexpr Ops kOps = {&call<F>, &Storage::relocate<F>, &Storage::destroy<F>};

  const Ops* ops_ = nullptr;
  Storage storage_;
};

static_assert(sizeof(Function<void()>) == 4 * sizeof(void*));

}  // namespace aemp::detail

#endif  // AEMP_DETAIL_FUNCTION_H
