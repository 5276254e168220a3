// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Handshakes of suites 1 to 3. The other end knows the secret and has a key: what it says inside is
// the input's. Or a bit of what it says is altered on its way. Or it is a stranger, and every byte
// is the input's. The first five bytes choose, see Mode.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "fuzz/credentials.h"
#include "fuzz/fuzz.h"
#include "session/secure_handshake.h"
#include "wire/packet.h"

namespace {

using namespace aemp;
using fuzz::key_of;
using fuzz::kListed;
using fuzz::kOwn;
using fuzz::kUnlisted;
using Bytes = std::vector<std::uint8_t>;
using In = std::span<const std::uint8_t>;
using Role = Handshake::Role;
using State = Handshake::State;

constexpr std::size_t kModeBytes = 5;

struct Mode {
  std::uint8_t suite;
  bool dialled;   // the one under test did
  bool refuses;   // its owner does
  bool stranger;  // the other end
  bool unlisted;  // the other end's key
  bool expects;   // node "bob" and no other
  bool encrypts;  // demands it
  std::size_t step;
  unsigned altered;  // which of the other end's messages, 0 = none
  std::size_t bit;   // of it
  bool crowded;      // the gate lets nobody in
  bool exhausted;    // the system has no random bytes
  explicit Mode(In in)
      : suite(static_cast<std::uint8_t>(1 + (in[0] & 3) % 3)),
        dialled((in[0] & 4) != 0),
        refuses((in[0] & 8) != 0),
        stranger((in[0] & 16) != 0),
        unlisted(suite != kSuiteSecret && (in[0] & 32) != 0),
        expects((in[0] & 64) != 0),
        encrypts((in[0] & 128) != 0),
        step(in[1] == 0 ? SIZE_MAX : in[1]),
        altered(in[2] & 3),
        bit(load_be16(&in[3])),
        crowded((in[2] & 4) != 0),
        exhausted(!stranger && (in[2] & 8) != 0) {}
};

class FixedRandom final : public Random {
 public:
  explicit FixedRandom(bool exhausted) : exhausted_(exhausted) {}
  bool fill(std::span<std::uint8_t> out) override {
    if (exhausted_) return false;
    std::fill(out.begin(), out.end(), ++last_);
    return true;
  }

 private:
  const bool exhausted_;
  std::uint8_t last_ = 0x40;
};

struct ClosedGate final : HandshakeGate {
  bool may_answer(bool) override { return false; }
};

const CredentialsRef& credentials(std::uint8_t suite, std::uint8_t own) {
  static fuzz::Ends ends("b*");
  return ends.credentials(suite, own);
}

// What the input has the other end say.
struct Script {
  Bytes hello;
  std::uint8_t type = kRecordHello;  // of the records
  Bytes ready;
  explicit Script(In in) {
    if (in.size() < 2) return;
    const std::size_t n = std::min<std::size_t>(load_be16(in.data()), in.size() - 2);
    in = in.subspan(2);
    hello.assign(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(n));
    in = in.subspan(n);
    if (in.empty()) return;
    type = in[0];
    ready.assign(in.begin() + 1, in.end());
  }
};

class Trial {
 public:
  Trial(const Mode& mode, const Script& script)
      : mode_(mode),
        script_(script),
        random_(mode.exhausted),
        handshake_(mode.dialled ? Role::initiator : Role::responder, setup(mode),
                   credentials(mode.suite, kOwn), random_) {}

  void run() {
    if (mode_.exhausted || (mode_.crowded && !mode_.dialled)) return run_without_means();
    mode_.dialled ? as_responder() : as_initiator();
  }
  // Every byte is the input's.
  void run_stranger(In in) {
    tell(Bytes(in.begin(), in.end()));
    const Bytes said = output();
    AEMP_FUZZ_CHECK(handshake_.state() == State::need_more || handshake_.state() == State::failed);
    AEMP_FUZZ_CHECK(!handshake_.proven());
    const std::size_t message1 = credentials(mode_.suite, kOwn)->message1_bytes();
    if (mode_.dialled) {
      AEMP_FUZZ_CHECK(said.size() == kGreetingBytes + message1);
    } else if (said.size() == kGreetingBytes) {
      AEMP_FUZZ_CHECK(load_be32(said.data()) == 0x41454d50 && in.size() >= kGreetingBytes &&
                      load_be32(in.data()) == 0x41454d50);
    } else {
      // In suite 2 anybody may ask.
      AEMP_FUZZ_CHECK(said.empty() ||
                      (mode_.suite == kSuiteKeys && in.size() >= kGreetingBytes + message1));
    }
    check_end();
  }

  State state() const { return handshake_.state(); }
  const std::string& failure() const { return handshake_.failure().text; }
  const Bytes& said() const { return said_; }

 private:
  HandshakeSetup setup(const Mode& mode) {
    HandshakeSetup out;
    if (mode.crowded) out.gate = &closed_;
    out.own.node_id = "own";
    out.own.incarnation = 7;
    out.own.protection = mode.encrypts ? kEncrypted : kUnprotected;
    if (mode.expects) out.expected_node = "bob";
    return out;
  }

  const CredentialsRef& other() const {
    return credentials(mode_.suite, mode_.unlisted ? kUnlisted : kListed);
  }

  // The next message of the other end, altered if it is that one's turn. True: nothing was altered.
  bool say(Bytes message) {
    const bool alter = ++messages_ == mode_.altered;
    if (alter) {
      const std::size_t bit = mode_.bit % (8 * message.size());
      message[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    }
    tell(message);
    return !alter;
  }

  void tell(const Bytes& bytes) {
    std::size_t at = 0;
    while (handshake_.want() > 0 && at < bytes.size()) {
      AEMP_FUZZ_CHECK(handshake_.want() <= kMaxHandshakeBytes);
      const std::size_t n = std::min({mode_.step, handshake_.want(), bytes.size() - at});
      const Bytes piece(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                        bytes.begin() + static_cast<std::ptrdiff_t>(at + n));
      const std::size_t used = handshake_.feed(piece);
      AEMP_FUZZ_CHECK(used == n || (used < n && handshake_.state() != State::need_more));
      at += used;
    }
  }

  Bytes output() {
    Bytes out;
    handshake_.take_output(out);
    said_.insert(said_.end(), out.begin(), out.end());
    return out;
  }

  static void put_length(Bytes& message) {
    store_be16(message.data(), static_cast<std::uint16_t>(message.size() - kRecordLengthBytes));
  }

  Bytes message1(crypto::NoiseHandshake& noise) {
    noise.set_ephemeral(key_of(99));
    Bytes message = {'A', 'E', 'M', 'P', 1, mode_.suite, 0, 0};
    store_be16(&message[6], static_cast<std::uint16_t>(other()->message1_bytes()));
    AEMP_FUZZ_CHECK(noise.write({}, message));
    return message;
  }

  // Who cannot or may not make keys says nothing.
  void run_without_means() {
    crypto::NoiseHandshake noise(other()->dialled());
    const bool honest = mode_.dialled || say(message1(noise));
    AEMP_FUZZ_CHECK(state() == State::failed || (!honest && state() == State::need_more));
    AEMP_FUZZ_CHECK(!honest || output().empty());
    check_end();
  }

  void as_initiator() {
    crypto::NoiseHandshake noise(other()->dialled());
    const bool honest = say(message1(noise));
    Bytes answer = output(), hello;
    if (!honest) return expect_none(answer, noise);
    AEMP_FUZZ_CHECK(state() == State::need_more && answer.size() > kRecordLengthBytes);
    AEMP_FUZZ_CHECK(load_be16(answer.data()) == answer.size() - kRecordLengthBytes);
    AEMP_FUZZ_CHECK(noise.read(In(answer).subspan(kRecordLengthBytes), hello));
    check_own_hello(hello);
    Bytes message(kRecordLengthBytes, 0);
    Ciphers keys;
    if (noise.finished()) {
      noise.split(keys.to_peer, keys.from_peer);
      message.clear();
      AEMP_FUZZ_CHECK(put_record(keys.to_peer, script_.type, script_.hello, message));
    } else {
      AEMP_FUZZ_CHECK(noise.write(script_.hello, message));
      put_length(message);
      noise.split(keys.to_peer, keys.from_peer);
    }
    if (script_.hello.size() > kMaxHello + 1) return expect_failure(message);
    if (!say(std::move(message))) return expect_refusal_without_a_word();
    const bool type_fits = mode_.suite != kSuiteSecret || script_.type == kRecordHello;
    AEMP_FUZZ_CHECK((state() == State::hello) == (type_fits && hello_fits()));
    if (mode_.unlisted) return expect_refusal_without_a_word();
    Record record;
    if (state() == State::failed) {
      Bytes close = output();
      // A word for it, if it has said what it had to.
      if (close.empty()) return check_end();
      open(keys, close, record);
      AEMP_FUZZ_CHECK(record.type == kRecordClose);
      return check_end();
    }
    mode_.refuses ? handshake_.refuse(CloseCode::refused, "not you") : handshake_.accept(0x77);
    Bytes verdict = output();
    open(keys, verdict, record);
    AEMP_FUZZ_CHECK(record.type == (mode_.refuses ? kRecordClose : kRecordHello));
    std::string error;
    if (!mode_.refuses) AEMP_FUZZ_CHECK(check_fields(record.data, error));
    AEMP_FUZZ_CHECK(state() == (mode_.refuses ? State::failed : State::done));
    check_keys(noise, keys);
    check_end();
  }

  void as_responder() {
    const Bytes greeting = output();
    crypto::NoiseHandshake noise(other()->accepted().front());
    Bytes nothing, message(kRecordLengthBytes), hello;
    AEMP_FUZZ_CHECK(noise.read(In(greeting).subspan(kGreetingBytes), nothing));
    noise.set_ephemeral(key_of(99));
    AEMP_FUZZ_CHECK(noise.write(script_.hello, message));
    put_length(message);
    if (script_.hello.size() > kMaxHello) return expect_failure(message);
    if (!say(std::move(message))) return expect_refusal_without_a_word();
    AEMP_FUZZ_CHECK((state() == State::hello) == hello_fits());
    if (state() == State::failed) return expect_refusal_without_a_word();
    handshake_.proceed(5);
    Bytes answer = output();
    Ciphers keys;
    if (noise.finished()) {
      noise.split(keys.to_peer, keys.from_peer);
      Record record;
      open(keys, answer, record);
      hello.assign(record.data.begin(), record.data.end());
    } else {
      AEMP_FUZZ_CHECK(noise.read(In(answer).subspan(kRecordLengthBytes), hello));
      noise.split(keys.to_peer, keys.from_peer);
    }
    check_own_hello(hello);
    message.clear();
    AEMP_FUZZ_CHECK(put_record(keys.to_peer, script_.type, script_.ready, message));
    if (script_.ready.size() > kMaxHello) return expect_failure(message);
    if (!say(std::move(message))) return expect_refusal_without_a_word();
    AEMP_FUZZ_CHECK((state() == State::done) == ready_fits());
    AEMP_FUZZ_CHECK(output().empty());
    check_keys(noise, keys);
    check_end();
  }

  static void open(Ciphers& keys, Bytes& record, Record& out) {
    AEMP_FUZZ_CHECK(record.size() >= kRecordOverhead &&
                    load_be16(record.data()) == record.size() - kRecordLengthBytes);
    AEMP_FUZZ_CHECK(
        open_record(keys.from_peer, std::span(record).subspan(kRecordLengthBytes), out));
  }

  // Message 1 was altered: who hears of it cannot go on.
  void expect_none(const Bytes& answer, crypto::NoiseHandshake& noise) {
    AEMP_FUZZ_CHECK(state() == State::need_more || state() == State::failed);
    AEMP_FUZZ_CHECK(!handshake_.proven());
    Bytes hello;
    if (answer.size() > kGreetingBytes) {
      AEMP_FUZZ_CHECK(mode_.suite == kSuiteKeys);
      AEMP_FUZZ_CHECK(!noise.read(In(answer).subspan(kRecordLengthBytes), hello));
    }
    check_end();
  }

  void expect_refusal_without_a_word() {
    AEMP_FUZZ_CHECK(state() != State::hello && state() != State::done);
    AEMP_FUZZ_CHECK(output().empty());
    check_end();
  }

  void expect_failure(Bytes message) {
    say(std::move(message));
    AEMP_FUZZ_CHECK(state() == State::failed || mode_.altered != 0);
    AEMP_FUZZ_CHECK(state() != State::done && state() != State::hello);
  }

  void check_own_hello(const Bytes& bytes) {
    Hello hello;
    std::string error;
    AEMP_FUZZ_CHECK(bytes.size() <= kMaxHello && decode_hello(bytes, hello, error));
    AEMP_FUZZ_CHECK(hello.node_id == "own" && hello.incarnation == 7);
    AEMP_FUZZ_CHECK(hello.suites == suite_mask(mode_.suite));
  }

  // What one of the two demands and both have.
  bool protection_fits(std::uint8_t demanded) const {
    return mode_.encrypts ? demanded <= kEncrypted
                          : demanded == kUnprotected || demanded == kEncrypted;
  }

  bool hello_fits() const {
    Hello hello;
    std::string error;
    if (mode_.unlisted || script_.hello.size() > kMaxHello) return false;
    if (!decode_hello(script_.hello, hello, error)) return false;
    if (hello.incarnation == 7 || hello.lowest_major != 1) return false;
    if ((hello.suites & suite_mask(mode_.suite)) == 0) return false;
    if (mode_.expects && hello.node_id != "bob") return false;
    if (mode_.suite != kSuiteSecret && hello.node_id[0] != 'b') return false;
    return (mode_.dialled && mode_.suite == kSuiteKeys) || protection_fits(hello.protection);
  }

  bool ready_fits() const {
    Hello hello;
    std::string error;
    if (script_.type != kRecordHello) return false;
    if (mode_.suite != kSuiteKeys) return check_fields(script_.ready, error);
    AEMP_FUZZ_CHECK(decode_hello(script_.hello, hello, error));
    return decode_hello_rest(script_.ready, hello, error) && protection_fits(hello.protection);
  }

  // Both ends have the same, or none.
  void check_keys(const crypto::NoiseHandshake& noise, Ciphers& other) {
    if (state() != State::done) return;
    AEMP_FUZZ_CHECK(handshake_.link_id() == load_be64(noise.hash().data()));
    const std::unique_ptr<Ciphers> own = handshake_.take_ciphers();
    AEMP_FUZZ_CHECK((own != nullptr) ==
                    (mode_.encrypts || handshake_.peer().protection == kEncrypted));
    if (own == nullptr) return;
    for (auto [from, to] :
         {std::pair(&own->to_peer, &other.from_peer), std::pair(&other.to_peer, &own->from_peer)}) {
      Bytes record;
      Record out;
      AEMP_FUZZ_CHECK(put_record(*from, kRecordData, script_.hello, record));
      AEMP_FUZZ_CHECK(open_record(*to, std::span(record).subspan(kRecordLengthBytes), out));
      AEMP_FUZZ_CHECK(
          std::equal(out.data.begin(), out.data.end(), script_.hello.begin(), script_.hello.end()));
    }
  }

  void check_end() {
    if (state() != State::failed) return;
    const Handshake::Failure& failure = handshake_.failure();
    AEMP_FUZZ_CHECK(failure.code != CloseCode::none || failure.by_peer || mode_.exhausted);
    AEMP_FUZZ_CHECK(!failure.text.empty() || failure.by_peer);
    AEMP_FUZZ_CHECK(handshake_.want() == 0);
  }

  const Mode& mode_;
  const Script& script_;
  FixedRandom random_;
  ClosedGate closed_;
  SecureHandshake handshake_;
  unsigned messages_ = 0;
  Bytes said_;
};

}  // namespace

AEMP_FUZZ_TARGET(handshake) {
  if (size < kModeBytes) return 0;
  const Mode mode(In(data, size));
  const In rest(data + kModeBytes, size - kModeBytes);
  const Script script(rest);
  // Bytes that a record or a message of Noise cannot hold are nobody's to say.
  if (script.hello.size() > kMaxRecordData || script.ready.size() > kMaxRecordData) return 0;
  Mode in_one_piece = mode;
  in_one_piece.step = SIZE_MAX;
  Trial trial(mode, script), again(in_one_piece, script);
  if (mode.stranger) {
    trial.run_stranger(rest);
    again.run_stranger(rest);
  } else {
    trial.run();
    again.run();
  }
  AEMP_FUZZ_CHECK(trial.state() == again.state() && trial.failure() == again.failure());
  AEMP_FUZZ_CHECK(trial.said() == again.said());
  return 0;
}
