// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// A whole session on a host in memory. The first byte chooses the role, whether the handshake is
// done for the input, whether time passes, what the owner does and how the connection ends; the
// second how many bytes are read at a time; the rest is what the other end says.
#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>

#include "base/cbor.h"
#include "fuzz/frame_stream.h"
#include "fuzz/fuzz.h"
#include "support/session_pair.h"
#include "wire/frame.h"

namespace {

using namespace aemp;
using wire_test::Bytes;
using wire_test::operator+;

struct Mode {
  bool dialled, stranger, patient, refuses;
  bool pings;      // the owner does
  bool finishes;   // the owner has no more use for the link
  bool hesitates;  // no decision about the peer before it has spoken
  bool holds;      // no packet before the owner asks for the next
  bool broken;     // the connection breaks, or takes its time to come about
  explicit Mode(std::uint8_t b)
      : dialled((b & 1) != 0),
        stranger((b & 2) != 0),
        patient((b & 4) != 0),
        refuses((b & 8) != 0),
        pings((b & 16) != 0),
        finishes(!stranger && (b & 32) != 0),
        hesitates(stranger && (b & 32) != 0),
        holds((b & 64) != 0),
        broken((b & 128) != 0) {}
};

Bytes hello_bytes() {
  Hello hello;
  hello.node_id = "eve";
  hello.incarnation = 9;
  Bytes body;
  encode_hello(hello, body);
  return Bytes{static_cast<std::uint8_t>(body.size() >> 8),
               static_cast<std::uint8_t>(body.size())} +
         body;
}

class World : public memory::SessionWorld {
 public:
  explicit World(const Mode& mode) : mode_(mode) {
    b_config.max_message = a_config.max_message = 4096;
    a.packet = b.packet = [this](Session& s, const Packet& p) {
      AEMP_FUZZ_CHECK(!held_);
      check(p);
      if (p.type == kFrameIdleAsk) answer_ask(s);
      if (mode_.holds) s.hold(held_ = true);
    };
    if (mode.hesitates) a.hello = b.hello = [](Session&, const Hello&) {};
    if (mode.refuses) {
      b.hello = [](Session& s, const Hello&) { s.refuse(CloseCode::refused, "not you"); };
    }
    host.sockets.hold_connects = mode.dialled && mode.broken;
    far_ = mode.dialled ? dial_stranger() : adopt_stranger();
    settle();
    if (host.sockets.hold_connects) return;
    if (mode.stranger) return;
    const Bytes ready = wire_test::bytes("00 00 08 0d 00 00 00 00 00 00 00 99");
    tell(mode.dialled ? hello_bytes() + ready
                      : wire_test::bytes("'AEMP' 01 7f 00 00") + hello_bytes());
    settle();
    AEMP_FUZZ_CHECK(mode.refuses && !mode.dialled ? true : near().is_up());
    if (mode.pings && owner().closes == 0) near().ping(kNonce);
    settle();
    hear(far_);
    if (mode.finishes && owner().closes == 0) near().finish();
    settle();
  }

  // What the session does not take any more is lost.
  void tell(const Bytes& bytes) {
    const Slice slice{bytes.data(), bytes.size()};
    (void)host.sockets.write(far_, {&slice, 1});
  }

  void play(std::size_t step, Bytes bytes) {
    if (host.sockets.hold_connects) return connect_late(bytes);
    host.sockets.read_max = step == 0 ? SIZE_MAX : step;
    tell(bytes);
    settle();
    if (mode_.hesitates && owner().closes == 0) decide();
    while (held_ && owner().closes == 0) {
      held_ = false;
      near().hold(false);
      settle();
    }
    host.sockets.read_max = SIZE_MAX;
    if (mode_.patient) run_for(20 * kSecond);
    if (!mode_.stranger && !mode_.refuses) fuzz::check_frames(hear(far_));
    if (mode_.broken && owner().closes == 0 && !mode_.dialled) {
      host.sockets.break_input(b_fd, ECONNRESET);
      settle();
    }
    check_outcome(bytes);
    host.sockets.close(far_);
    settle();
    AEMP_FUZZ_CHECK(owner().closes == 1 && owner().calls == 0);
    AEMP_FUZZ_CHECK(owner().log.back() == "closed");
    AEMP_FUZZ_CHECK(owner().packets <= bytes.size() / kFrameHeaderBytes);
    AEMP_FUZZ_CHECK(std::count_if(owner().log.begin(), owner().log.end(), [](const auto& line) {
                      return line.rfind("pong", 0) == 0;
                    }) <= 1);
  }

 private:
  void check_outcome(const Bytes& bytes) {
    if (mode_.stranger || mode_.refuses || mode_.finishes || mode_.holds) return;
    const auto wanted = fuzz::fate_of_frames(bytes, a_config.max_message);
    if (!wanted) return;
    AEMP_FUZZ_CHECK(owner().packets == wanted->packets);
    if (wanted->ends) AEMP_FUZZ_CHECK(owner().closes == 1 || !near().is_up());
  }

  // Nobody may ask again before the answer was written.
  void answer_ask(Session& session) {
    AEMP_FUZZ_CHECK(host.sockets.writes != writes_at_ask_);
    writes_at_ask_ = host.sockets.writes;
    session.control(kFrameIdleNo);
  }

  // The owner has made up its mind.
  void decide() {
    if (near().state() != Session::State::deciding) return;
    mode_.dialled ? near().proceed(3) : near().accept(0x77);
    settle();
  }

  // The first byte says how a connection that took its time came about.
  void connect_late(const Bytes& bytes) {
    const int fd = listener + 1;
    const unsigned how = bytes.empty() ? 0 : bytes[0] % 4;
    if (how == 1) host.sockets.lose_connect(fd);
    if (how == 2) host.sockets.finish_connect(fd, ECONNREFUSED);
    if (how == 3) host.sockets.finish_connect(fd, 0);
    host.sockets.hold_connects = false;
    settle();
    run_for(20 * kSecond);  // nobody answers
    AEMP_FUZZ_CHECK(owner().closes == 1 && owner().calls == 0);
  }

  memory::Recorder& owner() { return mode_.dialled ? a : b; }
  Session& near() { return mode_.dialled ? *a_session : *b_session; }

  void check(const Packet& p) {
    AEMP_FUZZ_CHECK(p.type != kFrameFrag && p.type != kFrameReady && p.type != kFrameClose);
    AEMP_FUZZ_CHECK(p.size == 0 || cbor::validate(p.items, p.size).ok);
  }

  static constexpr std::uint64_t kNonce = 0x0101010101010101;

  Mode mode_;
  bool held_ = false;
  std::uint64_t writes_at_ask_ = UINT64_MAX;
  int far_ = -1;
};

}  // namespace

AEMP_FUZZ_TARGET(session) {
  if (size < 2) return 0;
  World world{Mode(data[0])};
  world.play(data[1], Bytes(data + 2, data + size));
  return 0;
}
