// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// A stream of frames, as a link that is up would read it, but with nothing behind it that could
// end the link: after an error the next frame is tried.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/cbor.h"
#include "base/utf8.h"
#include "fuzz/fuzz.h"
#include "fuzz/reference.h"
#include "wire/frame.h"
#include "wire/packet.h"
#include "wire/reassembly.h"

namespace {

using namespace aemp;
using Bytes = std::vector<std::uint8_t>;

constexpr std::uint64_t kLimit = 2048;
constexpr std::size_t kSlack = 1024;

bool has_items(std::uint8_t type) {
  return type == kFrameData || type == kFrameKil || type == kFrameDown || type == kFrameSpawn ||
         type == kFrameBye;
}

bool has_dest(std::uint8_t type) {
  return (type >= kFrameData && type <= kFrameDown) || type == kFrameFrag;
}

// Destinations and serials have one form: written again they are what was read.
std::size_t check_head(const Packet& p, const Bytes& body) {
  std::uint8_t head[kMaxDestBytes];
  std::size_t n = 0;
  if (has_dest(p.type)) {
    n = encode_dest(p.dest, head);
  } else if (p.type == kFrameSpawn) {
    AEMP_FUZZ_CHECK(p.serial != 0 && p.serial <= kMaxSerial);
    n = store_varint(head, p.serial);
  }
  AEMP_FUZZ_CHECK(n <= body.size() && std::equal(head, head + n, body.begin()));
  return n;
}

void check_items(const Packet& p) {
  AEMP_FUZZ_CHECK(cbor::validate(p.items, p.size).ok);
  if (p.type == kFrameSpawn) AEMP_FUZZ_CHECK(utf8_valid(p.function));
}

void check_packet(const Packet& p, const Bytes& body) {
  const std::size_t n = check_head(p, body);
  const std::uint8_t* end = body.data() + body.size();
  if (has_items(p.type)) {
    check_items(p);
    AEMP_FUZZ_CHECK(p.items + p.size == end);
    if (p.type != kFrameSpawn) AEMP_FUZZ_CHECK(p.items == body.data() + n);
  } else if (p.type == kFrameFrag) {
    AEMP_FUZZ_CHECK(p.fragment == body.data() + n + 1 && p.fragment + p.size == end);
    AEMP_FUZZ_CHECK(body[n] == (p.inner | (p.last ? kFragLast : 0)));
  } else if (p.type == kFramePing || p.type == kFramePong) {
    AEMP_FUZZ_CHECK(body.size() == 8 && load_be64(body.data()) == p.nonce);
  } else if (p.type == kFrameClose) {
    (void)word(p.code);
    std::vector<std::uint8_t> said;
    put_close_frame(said, p.code, p.text);
    AEMP_FUZZ_CHECK(
        p.text.size() > kMaxCloseText ||
        std::equal(said.begin() + kFrameHeaderBytes, said.end(), body.begin(), body.end()));
    AEMP_FUZZ_CHECK(utf8_valid(p.text) &&
                    p.text.data() + p.text.size() == reinterpret_cast<const char*>(end));
  } else if (p.type == kFrameReady) {
    AEMP_FUZZ_CHECK(p.link_id != 0);
  } else {
    AEMP_FUZZ_CHECK(body.size() == n);
  }
}

// What a Reassembly has to remember, said again.
class Model {
 public:
  // Whether this fragment is one too many, or too much.
  bool refuses(const Packet& p) const {
    const auto at = find(p);
    if (at == open_.end() && open_.size() == kMaxOpenLarge) return true;
    return (at != open_.end() && at->inner != p.inner) || p.size > kLimit + kSlack - bytes();
  }
  // Returns the bytes of the large message that is complete now.
  std::optional<Bytes> add(const Packet& p) {
    auto at = find(p);
    if (at == open_.end()) at = open_.insert(at, {p.dest, p.inner, {}});
    at->bytes.insert(at->bytes.end(), p.fragment, p.fragment + p.size);
    if (!p.last) return std::nullopt;
    Bytes whole = std::move(at->bytes);
    open_.erase(at);
    return whole;
  }
  bool conflicts(const Packet& p) const {
    if (p.type > kFrameSpawn) return false;
    Packet frag = p;
    frag.inner = p.type;
    if (p.type == kFrameSpawn) frag.dest = {Dest::Form::spawned, p.serial, 0};
    return find(frag) != open_.end();
  }
  bool idle() const { return open_.empty(); }

 private:
  struct Large {
    Dest dest;
    std::uint8_t inner;
    Bytes bytes;
  };
  std::size_t bytes() const {
    std::size_t n = 0;
    for (const Large& large : open_) n += large.bytes.size();
    return n;
  }
  std::vector<Large>::iterator find(const Packet& p) {
    return open_.begin() + (std::as_const(*this).find(p) - open_.cbegin());
  }
  std::vector<Large>::const_iterator find(const Packet& p) const {
    return std::find_if(open_.begin(), open_.end(), [&](const Large& large) {
      return large.dest == p.dest && (large.inner == kFrameDown) == (p.inner == kFrameDown);
    });
  }
  std::vector<Large> open_;
};

// Puts fragments together; `false` when the link would have ended.
bool reassemble(Reassembly& large, Model& model, const Packet& p) {
  AEMP_FUZZ_CHECK(large.idle() == model.idle());
  if (p.type != kFrameFrag) {
    AEMP_FUZZ_CHECK(large.conflicts(p) == model.conflicts(p));
    return !large.conflicts(p);
  }
  const bool refused = model.refuses(p);
  const std::optional<Bytes> expected = refused ? std::nullopt : model.add(p);
  Packet whole;
  std::string error;
  const Reassembly::Result result = large.add(p, whole, error);
  AEMP_FUZZ_CHECK(large.bytes() <= kLimit + kSlack);
  AEMP_FUZZ_CHECK(!refused || result == Reassembly::Result::error);
  AEMP_FUZZ_CHECK(refused || (result == Reassembly::Result::more) == !expected);
  if (expected) {
    const bool call = p.inner == kFrameSpawn;
    const bool good = fuzz::good_items(*expected) &&
                      (!call || (!expected->empty() && expected->front() >> 5 == 3));
    AEMP_FUZZ_CHECK(good == (result == Reassembly::Result::complete));
  }
  if (result == Reassembly::Result::complete) {
    AEMP_FUZZ_CHECK(whole.type == p.inner);
    AEMP_FUZZ_CHECK(whole.size <= expected->size() &&
                    std::equal(whole.items, whole.items + whole.size,
                               expected->end() - static_cast<std::ptrdiff_t>(whole.size)));
    check_items(whole);
    large.release();
  }
  AEMP_FUZZ_CHECK((result == Reassembly::Result::error) == !error.empty());
  return result != Reassembly::Result::error;
}

}  // namespace

AEMP_FUZZ_TARGET(frames) {
  auto large = std::make_unique<Reassembly>(kLimit);
  Model model;
  while (size >= kFrameHeaderBytes) {
    const FrameHeader header = load_frame_header(data);
    std::uint8_t same[kFrameHeaderBytes];
    store_frame_header(same, header.type, header.body_len);
    AEMP_FUZZ_CHECK(std::equal(same, same + sizeof same, data));
    data += kFrameHeaderBytes;
    size -= kFrameHeaderBytes;
    // The last frame may be cut short: a reader of packets never sees that, here it is one more.
    const std::size_t n = std::min<std::size_t>(header.body_len, size);
    const Bytes body(data, data + n);
    Packet packet;
    std::string error;
    const Parsed parsed = parse_packet(header.type, body.data(), n, packet, error);
    AEMP_FUZZ_CHECK((parsed == Parsed::error) == !error.empty());
    const bool known = header.type != 0 && header.type <= kFrameBye;
    AEMP_FUZZ_CHECK(known == !frame_word(header.type).empty());
    AEMP_FUZZ_CHECK((parsed == Parsed::packet) == fuzz::good_frame(header.type, body));
    AEMP_FUZZ_CHECK((parsed == Parsed::skip) == ((header.type & kFrameMaySkip) != 0));
    if (parsed == Parsed::packet) {
      AEMP_FUZZ_CHECK(packet.type == header.type);
      check_packet(packet, body);
      if (!reassemble(*large, model, packet)) {
        large = std::make_unique<Reassembly>(kLimit);
        model = Model();
      }
    }
    data += n;
    size -= n;
  }
  return 0;
}
