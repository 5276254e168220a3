// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The examples of aemp-protocol(7) are what the code writes, and the code reads them.
#include <aemp/port.h>
#include <aemp/value.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "session/out_buffer.h"
#include "session/plain_handshake.h"
#include "support/wire_bytes.h"
#include "wire/packet.h"

namespace aemp {
namespace {

using wire_test::Bytes;
using wire_test::hex;
using wire_test::prefix_of;

// The page's literal lines up to two blanks, joined by one: "| 00 04 | 80 01 |".
std::string examples() {
  std::FILE* file = std::fopen("man/aemp-protocol.7", "r");
  if (file == nullptr) return {};
  std::string text = "|";
  bool literal = false;
  char line[512];
  while (std::fgets(line, sizeof line, file) != nullptr) {
    const std::string_view view(line);
    if (view.substr(0, 12) == ".Bd -literal") {
      literal = true;
    } else if (view.substr(0, 3) == ".Ed") {
      literal = false;
    } else if (literal) {
      text.append(" ").append(view.substr(0, view.find("  "))).append(" |");
    }
  }
  std::fclose(file);
  return text;
}

class ProtocolPageTest : public testing::Test {
 protected:
  ~ProtocolPageTest() override { out_.clear(); }

  void expect(const std::string& hex_text) {
    EXPECT_NE(page_.find("| " + hex_text + " |"), std::string::npos) << hex_text;
  }
  template <class... Args>
  void expect_frame(std::uint8_t type, const Dest& dest, const Args&... args) {
    std::uint8_t prefix[kMaxDestBytes];
    expect_prefixed(type, {prefix, encode_dest(dest, prefix)}, args...);
  }
  template <class... Args>
  void expect_prefixed(std::uint8_t type, std::span<const std::uint8_t> prefix,
                       const Args&... args) {
    Writer writer = out_.open(type, prefix_of(prefix));
    (writer.put(args), ...);
    out_.commit(writer);
    Slice slice;
    out_.gather({&slice, 1});
    expect(hex({slice.data, slice.size}));
    Packet packet;
    std::string error;
    EXPECT_EQ(parse_packet(type, slice.data + kFrameHeaderBytes, slice.size - kFrameHeaderBytes,
                           packet, error),
              Parsed::packet)
        << error;
    out_.consume(slice.size);
  }
  void expect_dest(const Dest& dest) {
    std::uint8_t bytes[kMaxDestBytes];
    expect(hex({bytes, encode_dest(dest, bytes)}));
  }
  static Bytes output(Handshake& handshake) {
    Bytes out;
    handshake.take_output(out);
    return out;
  }

  const std::string page_ = examples();
  BlockPool pool_;
  OutBuffer out_{pool_};
};

TEST_F(ProtocolPageTest, ShowsDestinations) {
  expect_dest({Dest::Form::node, 0, 0});
  expect_dest({Dest::Form::home, 1, 0});
  expect_dest({Dest::Form::home, 32, 0});
  expect_dest({Dest::Form::spawned, 67108865, 0});
  expect_dest({Dest::Form::full, 1, 0x0123456789abcdef});
}

TEST_F(ProtocolPageTest, ShowsFrames) {
  const Dest dest{Dest::Form::home, 1, 0};
  expect_frame(kFrameData, dest, "ping", 41);
  expect_frame(kFrameKil, dest, "die", "no");
  expect_frame(kFrameMon, dest);
  expect_frame(kFrameUnmon, dest);
  expect_frame(kFrameDown, dest, "die");
  const Bytes serial{1};
  expect_prefixed(kFrameSpawn, serial, "hello", 7);
  const Bytes nonce{0, 0, 0, 0, 0, 0, 0, 5};
  expect_prefixed(kFramePing, nonce);
  expect_prefixed(kFramePong, nonce);
  expect_prefixed(kFrameIdleAsk, {});
  expect_prefixed(kFrameBye, {}, "left");
}

TEST_F(ProtocolPageTest, ShowsLargeMessages) {
  const Bytes dest{4};
  Writer writer = out_.open(kFrameData, prefix_of(dest));
  writer.text(std::string(100'000, 'x'));
  out_.commit(writer);
  Slice slice;
  ASSERT_EQ(out_.gather({&slice, 1}), 1u);
  expect(hex({slice.data + kFrameHeaderBytes, 2}));
  const std::size_t first = kFrameHeaderBytes + load_frame_header(slice.data).body_len;
  expect(hex({slice.data + first + kFrameHeaderBytes, 2}));
}

TEST_F(ProtocolPageTest, ShowsThePort) {
  const OwnedMessage port = message(Port(detail::make_name("bob"), 2, 1));
  expect(hex({port.data(), port.size_bytes()}));
}

TEST_F(ProtocolPageTest, ShowsTheHandshake) {
  HandshakeSetup setup;
  setup.own.node_id = "bob";
  setup.own.incarnation = 2;
  HandshakeSetup other;
  other.own.node_id = "ann";
  other.own.incarnation = 1;
  using Role = PlainHandshake::Role;
  PlainHandshake initiator(Role::initiator, other), accepting(Role::responder, setup),
      refusing(Role::responder, setup), foreign(Role::responder, setup);
  const Bytes greeting = output(initiator);
  expect(hex(greeting));

  accepting.feed(greeting);
  const Bytes hello = output(accepting);
  expect(hex({hello.data(), 2}));
  for (std::size_t at = 2; at < hello.size();) {
    const std::size_t size = 3u + hello[at + 2];
    expect(hex({hello.data() + at, size}));
    at += size;
  }
  initiator.feed(hello);
  ASSERT_EQ(initiator.state(), Handshake::State::hello);
  initiator.proceed(0);
  const Bytes own = output(initiator);
  accepting.feed(own);
  accepting.accept(0x99);
  expect(hex(output(accepting)));

  refusing.feed(greeting);
  refusing.feed(own);
  output(refusing);
  refusing.refuse(CloseCode::crossed, "another one");
  expect(hex(output(refusing)));

  Bytes future = greeting;
  future[4] = 9;
  foreign.feed(future);
  expect(hex(output(foreign)));
}

}  // namespace
}  // namespace aemp
