// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Parameters and result of a callable with one call operator.
#ifndef AEMP_DETAIL_SIGNATURE_H
#define AEMP_DETAIL_SIGNATURE_H

namespace aemp::detail {

template <class... Ts>
struct TypeList {};

template <class R, class... A>
struct KnownSignature {
  static constexpr bool known = true;
  using Result = R;
  using Args = TypeList<A...>;
};

struct UnknownSignature {
  static constexpr bool known = false;
  using Result = void;
  using Args = TypeList<>;
};

// Of a pointer to a call operator. One that can be called on rvalues only is none.
template <class Pointer>
struct MemberSignature : UnknownSignature {};
template <class R, class C, bool N, class... A>
struct MemberSignature<R (C::*)(A...) noexcept(N)> : KnownSignature<R, A...> {};
template <class R, class C, bool N, class... A>
struct MemberSignature<R (C::*)(A...) const noexcept(N)> : KnownSignature<R, A...> {};
template <class R, class C, bool N, class... A>
struct MemberSignature<R (C::*)(A...)& noexcept(N)> : KnownSignature<R, A...> {};
template <class R, class C, bool N, class... A>
struct MemberSignature<R (C::*)(A...) const& noexcept(N)> : KnownSignature<R, A...> {};

// Signature<F>::known, ::Result, ::Args of a callable object or function pointer.
template <class F>
struct Signature : UnknownSignature {};
template <class F>
requires requires { &F::operator(); }
struct Signature<F> : MemberSignature<decltype(&F::operator())> {};
template <class R, bool N, class... A>
struct Signature<R (*)(A...) noexcept(N)> : KnownSignature<R, A...> {};

}  // namespace aemp::detail

#endif  // AEMP_DETAIL_SIGNATURE_H
