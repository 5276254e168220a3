// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// HELLO and the handshake. The first byte chooses: who we are and how the rest is cut into pieces.
#include "wire/hello.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"
#include "base/utf8.h"
#include "fuzz/fuzz.h"
#include "fuzz/reference.h"
#include "session/plain_handshake.h"

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

// The fields of what was accepted, as they were read, are those that are written: what has another
// form, another length or no place there cannot have been accepted.
void check_read_fields(fuzz::In in, const Hello& read) {
  Bytes written;
  encode_hello(read, written);
  fuzz::Reference from(in);
  int last = -1;
  while (from.left() > 0) {
    const auto type = static_cast<std::uint8_t>(from.number(1));
    const fuzz::In value = from.take(from.number(2));
    AEMP_FUZZ_CHECK(from.ok() && type > last && type < kHelloCritical);
    last = type;
    if (type == 0 || type > kHelloFlags) continue;
    if (type == kHelloBinds) {
      // All binds need not find room again.
      Bytes list;
      for (const std::string& bind : read.binds) {
        list.push_back(static_cast<std::uint8_t>(bind.size()));
        list.insert(list.end(), bind.begin(), bind.end());
        AEMP_FUZZ_CHECK(utf8_valid(bind));
      }
      AEMP_FUZZ_CHECK(std::equal(list.begin(), list.end(), value.begin(), value.end()));
    }
    if (type == kHelloBinds || value.empty()) continue;
    fuzz::Reference other(written);
    bool found = false;
    while (!found && other.left() > 0) {
      const auto same_type = other.number(1) == type;
      const fuzz::In again = other.take(other.number(2));
      found = same_type && std::equal(value.begin(), value.end(), again.begin(), again.end());
    }
    AEMP_FUZZ_CHECK(found);
  }
  AEMP_FUZZ_CHECK(in.size() <= kMaxHello);
  AEMP_FUZZ_CHECK(read.lowest_major >= 1 && read.lowest_major <= read.highest_major);
  for (const std::string& bind : read.binds) AEMP_FUZZ_CHECK(!bind.empty());
  for (const std::string* text : {&read.service, &read.seen_address, &read.software}) {
    AEMP_FUZZ_CHECK(text->size() <= 64);
    AEMP_FUZZ_CHECK(fuzz::good_utf8(
        fuzz::In(reinterpret_cast<const std::uint8_t*>(text->data()), text->size())));
  }
}

// Whatever a node says of itself can be read: the bytes fill the fields.
void check_written(fuzz::In in) {
  fuzz::Reference from(in);
  const auto text = [&](std::size_t most) {
    const std::size_t n = from.number(1) % (most + 1);
    const fuzz::In bytes = from.take(std::min(n, from.left()));
    std::string out(bytes.begin(), bytes.end());
    for (char& c : out) c = static_cast<char>('a' + (c & 15));
    return out;
  };
  Hello hello;
  hello.node_id = "n" + text(254);
  hello.incarnation = from.number(8);
  hello.service = "s" + text(63);
  hello.software = text(64);
  hello.seen_address = text(64);
  hello.features = from.number(2);
  hello.lowest_major = 1;
  hello.highest_major = static_cast<std::uint8_t>(1 + from.number(1) % 255);
  hello.max_message = static_cast<std::uint32_t>(from.number(4));
  hello.last_link = from.number(3);
  while (from.left() > 0 && hello.binds.size() < kMaxHelloBinds)
    hello.binds.push_back("b" + text(60));
  AEMP_FUZZ_CHECK(reread(hello) == hello);
}

void check_hello(std::span<const std::uint8_t> in) {
  Hello read;
  std::string error;
  if (!decode_hello(in, read, error)) {
    AEMP_FUZZ_CHECK(!error.empty());
    return;
  }
  check_read_fields(in, read);
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

// A link came about: then everything was as it must be.
void check_done(const Hello& peer, std::uint8_t mode, fuzz::In in) {
  fuzz::Reference from(in);
  const bool initiator = (mode & 1) != 0;
  if (!initiator) AEMP_FUZZ_CHECK(from.number(8) == 0x41454d50'017f0000);
  const fuzz::In body = from.take(from.number(2));
  Hello said;
  std::string error;
  AEMP_FUZZ_CHECK(decode_hello(body, said, error) && said == peer);
  AEMP_FUZZ_CHECK(peer.incarnation != 7 && peer.lowest_major == 1 &&
                  (peer.suites & kSuiteMaskPlain) != 0);
  AEMP_FUZZ_CHECK(peer.protection == 0 && ((mode & 2) == 0 || peer.node_id == "bob"));
  if (!initiator) return AEMP_FUZZ_CHECK(from.done());
  const std::uint64_t header = from.number(4);
  AEMP_FUZZ_CHECK((header & 0xff) == kFrameReady && header >> 8 == from.left() &&
                  header >> 8 <= kMaxHello);
  from.frame(kFrameReady);
  AEMP_FUZZ_CHECK(from.done());
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
  if (out.state == State::done) {
    AEMP_FUZZ_CHECK(handshake.link_id() != 0);
    check_done(handshake.peer(), mode, in.first(out.used));
  }
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
  check_hello(in);
  if (in.size() >= 32) check_written(in);
  const Outcome whole = shake(mode, in, SIZE_MAX);
  AEMP_FUZZ_CHECK(shake(mode, in, std::size_t{1} + (mode >> 3)) == whole);
  return 0;
}
