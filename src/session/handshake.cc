// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What the handshakes of all suites have in common.
#include "session/handshake.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/bytes.h"
#include "base/fill_in.h"

namespace aemp {

namespace {

bool has_magic(const std::uint8_t* at) { return std::memcmp(at, kMagic, sizeof kMagic) == 0; }

std::string versions_of(const Hello& hello) {
  if (hello.lowest_major == hello.highest_major) return fill_in("%", {hello.lowest_major});
  return fill_in("% to %", {hello.lowest_major, hello.highest_major});
}

// What a suite is called where people read of it.
std::string name_of_suite(std::uint8_t suite) {
  switch (suite) {
    case kSuiteSecret:
      return "1 (a secret)";
    case kSuiteKeys:
      return "2 (keys)";
    case kSuiteKeysSecret:
      return "3 (keys and a secret)";
    case kSuitePlain:
      return "127 (no secret)";
    default:
      return fill_in("%", {suite});
  }
}

}  // namespace

Handshake::Handshake(Role role, HandshakeSetup setup)
    : role_(role), version_(setup.own.highest_major), setup_(std::move(setup)) {}

Handshake::~Handshake() = default;

void Handshake::take_output(std::vector<std::uint8_t>& out) {
  out.insert(out.end(), output_.begin(), output_.end());
  output_.clear();
}

std::size_t Handshake::feed(std::span<const std::uint8_t> in) {
  std::size_t used = 0;
  while (used < in.size() && want() > 0) {
    const std::size_t n = std::min(want(), in.size() - used);
    const std::span<const std::uint8_t> part = in.subspan(used, n);
    piece_.insert(piece_.end(), part.begin(), part.end());
    used += n;
    if (want() == 0) piece_done();
  }
  return used;
}

void Handshake::expect(std::size_t bytes) {
  piece_.clear();
  piece_size_ = bytes;
}

void Handshake::fail(CloseCode code, std::string_view text, bool by_peer) {
  failure_ = {code, std::string(text), by_peer};
  state_ = State::failed;
}

void Handshake::put_greeting(std::uint8_t suite, std::size_t rest) {
  output_.insert(output_.end(), kMagic, kMagic + sizeof kMagic);
  output_.insert(output_.end(), {version_, suite, static_cast<std::uint8_t>(rest >> 8),
                                 static_cast<std::uint8_t>(rest)});
}

bool Handshake::read_greeting(std::uint8_t suite, std::size_t rest) {
  const Hello& own = setup_.own;
  if (!has_magic(piece_.data())) {
    fail(CloseCode::protocol, "no greeting of this protocol");
    return false;
  }
  const std::uint8_t version = piece_[4];
  if (version < own.lowest_major || version > own.highest_major) {
    put_greeting(0, 0);
    fail(CloseCode::version,
         fill_in("it speaks protocol version %, this node %", {version, versions_of(own)}));
    return false;
  }
  if (piece_[5] != suite) {
    put_greeting(0, 0);
    fail(CloseCode::suite, fill_in("it demands handshake suite %, this node has none but %",
                                   {name_of_suite(piece_[5]), name_of_suite(suite)}));
    return false;
  }
  if (load_be16(piece_.data() + 6) != rest) {
    fail(CloseCode::protocol, "a greeting of the wrong length");
    return false;
  }
  version_ = version;
  return true;
}

// The magic is no length that message 2 can have.
bool Handshake::answer_begins() const noexcept {
  return initiator() && std::memcmp(piece_.data(), kMagic, 2) == 0;
}

void Handshake::read_answer(std::uint8_t suite) {
  if (!has_magic(piece_.data())) return fail(CloseCode::protocol, "no answer of this protocol");
  const std::uint8_t version = piece_[4];
  const Hello& own = setup_.own;
  if (version < own.lowest_major || version > own.highest_major) {
    return fail(CloseCode::version,
                fill_in("it speaks protocol version %, this node %", {version, versions_of(own)}),
                true);
  }
  fail(CloseCode::suite, fill_in("it refuses handshake suite %", {name_of_suite(suite)}), true);
}

bool Handshake::check_peer(std::uint8_t suite) {
  const Hello& own = setup_.own;
  if (peer_.incarnation == own.incarnation) {
    reject(CloseCode::self, "it is this node itself");
    return false;
  }
  const std::uint8_t version = std::min(own.highest_major, peer_.highest_major);
  if (version != version_ || version < own.lowest_major || version < peer_.lowest_major) {
    reject(CloseCode::version,
           fill_in("it speaks protocol versions %, the greeting said %, this node speaks %",
                   {versions_of(peer_), version_, versions_of(own)}));
    return false;
  }
  // The strongest that both have; if it is another, somebody talked the two down.
  if (std::bit_floor<std::uint16_t>(own.suites & peer_.suites) != suite_mask(suite)) {
    reject(CloseCode::suite,
           fill_in("the handshake suites of % and of this node ask for another than %",
                   {peer_.node_id, name_of_suite(suite)}));
    return false;
  }
  if (!setup_.expected_node.empty() && setup_.expected_node != peer_.node_id) {
    reject(CloseCode::wrong_node,
           fill_in("it is node %, not %", {peer_.node_id, setup_.expected_node}));
    return false;
  }
  return true;
}

}  // namespace aemp
