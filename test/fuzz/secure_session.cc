// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// A whole session on an encrypted link, on a host in memory. The first byte chooses the role, the
// suite and what the owner does; the second how many bytes are read at a time; the third how the
// connection ends. Then the other end, which knows the secret and has the key, does the deeds of
// record_stream.h. Or it is a stranger, and the rest is what it says.
#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>

#include "base/cbor.h"
#include "fuzz/credentials.h"
#include "fuzz/frame_stream.h"
#include "fuzz/fuzz.h"
#include "fuzz/record_stream.h"
#include "support/secure_peer.h"

namespace {

using namespace aemp;
using fuzz::Bytes;

constexpr std::size_t kModeBytes = 3;
constexpr std::uint64_t kNonce = 0x0101010101010101;

struct Mode {
  bool dialled, stranger;
  std::uint8_t suite;
  bool holds;     // no packet before the owner asks for the next
  bool pings;     // the owner does
  bool finishes;  // the owner has no more use for the link
  bool patient;   // time passes
  std::size_t step;
  bool broken;  // the connection breaks
  bool heard;   // the owner wants to know whether it is a stranger
  explicit Mode(const std::uint8_t* in)
      : dialled((in[0] & 1) != 0),
        stranger((in[0] & 2) != 0),
        suite(static_cast<std::uint8_t>(1 + (in[0] >> 2 & 3) % 3)),
        holds((in[0] & 16) != 0),
        pings((in[0] & 32) != 0),
        finishes((in[0] & 64) != 0),
        patient((in[0] & 128) != 0),
        step(in[1] == 0 ? SIZE_MAX : in[1]),
        broken((in[2] & 1) != 0),
        heard((in[2] & 2) != 0) {}
};

const CredentialsRef& credentials(std::uint8_t suite, std::uint8_t own) {
  static fuzz::Ends ends("*");
  return ends.credentials(suite, own);
}

class World : public memory::SessionWorld {
 public:
  explicit World(const Mode& mode) : mode_(mode) {
    b_config.max_message = a_config.max_message = 4096;
    b_config.credentials = a_config.credentials = credentials(mode.suite, fuzz::kOwn);
    a.packet = b.packet = [this](Session& s, const Packet& p) { on_packet(s, p); };
    address = Address::tcp4(127, 0, 0, 1, 4040);
    if (mode.dialled) {
      listener = *host.sockets.listen(address);
      far_ = dial_stranger();
    } else {
      const auto [far, near] = host.sockets.pair(address, address);
      far_ = far;
      b_session = Session::adopt(reactor, pool, b_config, near, address, b);
    }
    settle();
  }

  void play_stranger(const Bytes& bytes) {
    const Bytes message = hear(far_);
    tell(bytes);
    if (mode_.heard && !mode_.dialled) b_session->hear();
    settle();
    const Bytes said = mode_.dialled ? message : hear(far_);
    const std::size_t message1 = credentials(mode_.suite, fuzz::kOwn)->message1_bytes();
    if (mode_.dialled) {
      AEMP_FUZZ_CHECK(said.size() == kGreetingBytes + message1);
    } else if (said.size() > kGreetingBytes) {
      AEMP_FUZZ_CHECK(mode_.suite == kSuiteKeys && bytes.size() >= kGreetingBytes + message1);
    }
    AEMP_FUZZ_CHECK(!is_up() && owner().packets == 0);
    leave();
  }

  void play(fuzz::Reference& from) {
    const std::unique_ptr<Ciphers> keys = come_up();
    if (mode_.pings) near().ping(kNonce);
    settle();
    Bytes said = hear(far_);
    if (mode_.finishes && owner().closes == 0) near().finish();
    settle();
    fuzz::RecordStream stream(std::move(keys->to_peer));
    stream.play(from);
    host.sockets.read_max = mode_.step;
    tell(stream.bytes());
    settle();
    while (held_ && owner().closes == 0) {
      held_ = false;
      near().hold(false);
      settle();
    }
    host.sockets.read_max = SIZE_MAX;
    if (mode_.patient) run_for(700 * kSecond);  // long enough for another key
    const Bytes more = hear(far_);
    said.insert(said.end(), more.begin(), more.end());
    check_answer(said, std::move(keys->from_peer));
    check_outcome(stream);
    leave();
  }

 private:
  memory::Recorder& owner() { return mode_.dialled ? a : b; }
  // Not after it has closed.
  Session& near() { return mode_.dialled ? *a_session : *b_session; }
  bool is_up() { return owner().closes == 0 && near().is_up(); }

  void on_packet(Session& session, const Packet& p) {
    AEMP_FUZZ_CHECK(!held_);
    AEMP_FUZZ_CHECK(p.type != kFrameFrag && p.type != kFrameReady && p.type != kFrameClose);
    AEMP_FUZZ_CHECK(p.size == 0 || cbor::validate(p.items, p.size).ok);
    if (p.type == kFrameIdleAsk) session.control(kFrameIdleNo);
    if (mode_.holds) session.hold(held_ = true);
  }

  // What the session does not take any more is lost.
  void tell(const Bytes& bytes) {
    const Slice slice{bytes.data(), bytes.size()};
    (void)host.sockets.write(far_, {&slice, 1});
  }

  std::unique_ptr<Ciphers> come_up() {
    memory::SecurePeer peer(*this, far_,
                            mode_.dialled ? Handshake::Role::responder : Handshake::Role::initiator,
                            credentials(mode_.suite, fuzz::kListed));
    AEMP_FUZZ_CHECK(peer.is_up() && near().is_up() && near().link_id() == peer.link_id());
    return peer.take_ciphers();
  }

  // Records that the other end can open, whole frames in them, and nothing after CLOSE.
  void check_answer(const Bytes& bytes, crypto::NoiseCipher&& cipher) {
    RecordReader reader(pool, std::move(cipher));
    Bytes frames;
    bool closed = false;
    for (std::size_t at = 0; at < bytes.size();) {
      const std::span<std::uint8_t> room = reader.room();
      const std::size_t n = std::min(room.size(), bytes.size() - at);
      copy_bytes(room.data(), bytes.data() + at, n);
      reader.filled(n);
      at += n;
      Record record;
      std::string error;
      for (RecordReader::Next next;
           (next = reader.next(record, error)) != RecordReader::Next::none;) {
        AEMP_FUZZ_CHECK(next == RecordReader::Next::record && !closed);
        closed = record.type == kRecordClose;
        if (closed) {
          Packet packet;
          AEMP_FUZZ_CHECK(parse_packet(kFrameClose, record.data.data(), record.data.size(), packet,
                                       error) == Parsed::packet);
        } else {
          frames.insert(frames.end(), record.data.begin(), record.data.end());
        }
      }
    }
    AEMP_FUZZ_CHECK(reader.bytes() == 0);
    reader.release();
    fuzz::check_frames(frames);
  }

  void check_outcome(const fuzz::RecordStream& stream) {
    if (mode_.finishes) return;
    Bytes frames;
    bool ends = stream.ends();
    for (const fuzz::SeenRecord& seen : stream.seen()) {
      ends = ends || seen.type == kRecordClose;
      if (seen.type == kRecordClose) break;
      frames.insert(frames.end(), seen.data.begin(), seen.data.end());
    }
    const auto wanted = fuzz::fate_of_frames(frames, a_config.max_message);
    if (!wanted) return;
    AEMP_FUZZ_CHECK(owner().packets == wanted->packets);
    // In time the silence of the other end closes it.
    AEMP_FUZZ_CHECK(is_up() != (ends || wanted->ends) || (mode_.patient && !is_up()));
  }

  void leave() {
    if (mode_.broken && owner().closes == 0 && !mode_.dialled) {
      host.sockets.break_output(far_);
    }
    host.sockets.close(far_);
    settle();
    AEMP_FUZZ_CHECK(owner().closes == 1 && owner().calls == 0);
    AEMP_FUZZ_CHECK(owner().log.back() == "closed");
  }

  Mode mode_;
  bool held_ = false;
  int far_ = -1;
};

}  // namespace

AEMP_FUZZ_TARGET(secure_session) {
  if (size < kModeBytes) return 0;
  const Mode mode(data);
  const fuzz::In rest(data + kModeBytes, size - kModeBytes);
  World world(mode);
  if (mode.stranger) {
    world.play_stranger(Bytes(rest.begin(), rest.end()));
  } else {
    fuzz::Reference from(rest);
    world.play(from);
  }
  return 0;
}
