// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Whether a sanitizer is at work that costs memory and time: ASan or TSan, of either compiler.
#ifndef AEMP_TEST_SUPPORT_SANITIZED_H
#define AEMP_TEST_SUPPORT_SANITIZED_H

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define AEMP_TEST_SANITIZED true
#elif defined(__has_feature)
#define AEMP_TEST_SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define AEMP_TEST_SANITIZED false
#endif

namespace aemp {
inline constexpr bool kSanitized = AEMP_TEST_SANITIZED;
// From one altered bit to the next. Under sanitizers not each, but in the end each of a byte.
inline constexpr unsigned kBitStep = kSanitized ? 7 : 1;
}  // namespace aemp

#undef AEMP_TEST_SANITIZED

#endif
