// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The messages that several test vectors of RFC 8439 share.
#ifndef AEMP_TEST_CRYPTO_RFC8439_TEXTS_H
#define AEMP_TEST_CRYPTO_RFC8439_TEXTS_H

#include <string_view>

namespace aemp::test {

constexpr std::string_view kSunscreen =
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for "
    "the future, sunscreen would be it.";

constexpr std::string_view kIetfContribution =
    "Any submission to the IETF intended by the Contributor for publication as all "
    "or part of an IETF Internet-Draft or RFC and any statement made within the "
    "context of an IETF activity is considered an \"IETF Contribution\". Such "
    "statements include oral statements in IETF sessions, as well as written and "
    "electronic communications made at any time or place, which are addressed to";

constexpr std::string_view kJabberwocky =
    "'Twas brillig, and the slithy toves\nDid gyre and gimble in the wabe:\nAll mimsy "
    "were the borogoves,\nAnd the mome raths outgrabe.";

constexpr std::string_view kInternetDrafts =
    "Internet-Drafts are draft documents valid for a maximum of six months and may "
    "be updated, replaced, or obsoleted by other documents at any time. It is "
    "inappropriate to use Internet-Drafts as reference material or to cite them "
    "other than as /\342\200\234work in progress./\342\200\235";

}  // namespace aemp::test

#endif  // AEMP_TEST_CRYPTO_RFC8439_TEXTS_H
