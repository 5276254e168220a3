// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// HELLO and the handshake. The first byte chooses: who we are and how the rest is cut into pieces.
#include "wire/hello.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"
#include "fuzz/fuzz.h"
#include "session/handshake.h"

namespace {

using namespace aemp;
using Bytes = std::vector<std::uint8_t>;
using State = Handshake::State;

Hello reread(const Hello& hello) {
  Bytes bytes;
  encode_hello(hello, bytes);
  AEMP_FUZZ_CHECK(bytes.size() <= kMaxHello);
  bytes.shrink_to_fit();
  Hello out;
  std::string error;
  AEMP_FUZZ_CHECK(decode_hello(bytes, out, error));
  return out;
}

void check_hello(std::span<const std::uint8_t> in) {
  Hello read;
  std::string error;
  if (!decode_hello(in, read, error)) {
    AEMP_FUZZ_CHECK(!error.empty());
    return;
  }
  AEMP_FUZZ_CHECK(valid_node_id(read.node_id) && read.binds.size() <= kMaxHelloBinds);
  AEMP_FUZZ_CHECK(check_fields(in, error) || !error.empty());
  Hello again = reread(read);
  AEMP_FUZZ_CHECK(reread(again) == again);
  // An empty service is not written, and binds only as far as there is room.
  if (read.service.empty()) again.service.clear();
  if (again.binds != read.binds) again.binds = read.binds;
  AEMP_FUZZ_CHECK(again == read);
}

struct Outcome {
  State state;
  std::size_t used;
  Bytes sent;
  std::string failure;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// One turn of the owner, who says yes, or no when asked to.
void decide(Handshake& handshake, bool initiator, bool refuse) {
  AEMP_FUZZ_CHECK(valid_node_id(handshake.peer().node_id));
  if (initiator) {
    handshake.proceed(5);
  } else if (refuse) {
    handshake.refuse(CloseCode::refused, "not you");
  } else {
    handshake.accept(0x77);
  }
}

Outcome shake(std::uint8_t mode, std::span<const std::uint8_t> in, std::size_t step) {
  const bool initiator = (mode & 1) != 0;
  HandshakeSetup setup;
  setup.own.node_id = "own";
  setup.own.incarnation = 7;
  if ((mode & 2) != 0) setup.expected_node = "bob";
  using Role = PlainHandshake::Role;
  PlainHandshake handshake(initiator ? Role::initiator : Role::responder, std::move(setup));
  Outcome out{};
  while (handshake.want() > 0 && out.used < in.size()) {
    const std::size_t n = std::min({step, handshake.want(), in.size() - out.used});
    const Bytes piece(in.begin() + static_cast<std::ptrdiff_t>(out.used),
                      in.begin() + static_cast<std::ptrdiff_t>(out.used + n));
    const std::size_t used = handshake.feed(piece);
    out.used += used;
    AEMP_FUZZ_CHECK(used == n || (used < n && handshake.state() != State::need_more));
    if (handshake.state() == State::hello) decide(handshake, initiator, (mode & 4) != 0);
  }
  handshake.take_output(out.sent);
  out.state = handshake.state();
  out.failure = handshake.failure().text;
  AEMP_FUZZ_CHECK(out.state != State::hello);
  AEMP_FUZZ_CHECK(out.used <= 2 * kMaxHandshakeBytes);
  if (out.state == State::done) AEMP_FUZZ_CHECK(handshake.link_id() != 0);
  if (out.state == State::failed) {
    const Handshake::Failure& failure = handshake.failure();
    AEMP_FUZZ_CHECK(failure.code != CloseCode::none || failure.by_peer);
  }
  return out;
}

}  // namespace

AEMP_FUZZ_TARGET(hello) {
  if (size == 0) return 0;
  const std::uint8_t mode = data[0];
  const std::span<const std::uint8_t> in(data + 1, size - 1);
  if (in.size() <= kMaxHello) check_hello(in);
  const Outcome whole = shake(mode, in, SIZE_MAX);
  AEMP_FUZZ_CHECK(shake(mode, in, std::size_t{1} + (mode >> 3)) == whole);
  return 0;
}
