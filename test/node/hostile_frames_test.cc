// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Frames that break the rules, from a peer that has a link.
#include <limits>

#include "node/hostile_world.h"

namespace aemp::raw {
namespace {

TEST(HostileFrames, LongerThanAllowed) {
  World world;
  std::uint64_t incarnation = 0x1000;
  for (const std::size_t size : {kMaxFrameBody + 1, std::size_t{0xffffff}}) {
    const auto peer = world.intruder("intruder", ++incarnation);
    peer->send(frame(kFrameData, {}, size));
    world.expect_protocol_error(*peer, "a frame of " + std::to_string(size) + " bytes");
  }
  const auto peer = world.intruder("intruder", ++incarnation);
  Bytes largest = home(world.target.serial()) + Bytes{0x7a};
  const std::size_t text_size = kMaxFrameBody - largest.size() - 4;
  largest = largest + Bytes{0, 0} + be16(text_size % 65536);
  largest[largest.size() - 3] = static_cast<std::uint8_t>(text_size >> 16);
  largest.resize(kMaxFrameBody, 'x');
  peer->send(frame(kFrameData, largest));
  EXPECT_TRUE(world.answers(*peer));
  ASSERT_EQ(world.got.size(), 1u);
  EXPECT_EQ(world.got[0].size(), text_size + 4);
  peer->close();
  world.expect_undisturbed();
}

TEST(HostileFrames, UnknownTypesAreErrorsUnlessTheirTopBitSaysSkip) {
  World world;
  std::uint64_t incarnation = 0x1000;
  for (const int type : {0x00, 0x10, 0x2a, 0x7f}) {
    const auto peer = world.intruder("intruder", ++incarnation);
    peer->send(frame(static_cast<std::uint8_t>(type), text("whatever")));
    world.expect_protocol_error(*peer, "unknown frame type " + std::to_string(type));
  }
  const auto peer = world.intruder("intruder", ++incarnation);
  for (int type = 0x80; type <= 0xff; ++type) {
    peer->send(frame(static_cast<std::uint8_t>(type), Bytes(static_cast<std::size_t>(type), 0xff)));
  }
  EXPECT_TRUE(world.answers(*peer));
  peer->close();
  world.expect_undisturbed();
}

// The encoded items, and where one ends and the next begins.
struct Sample {
  Bytes bytes;
  std::vector<std::size_t> borders{0};
  void add(const OwnedMessage& item) {
    bytes = bytes + items(item);
    borders.push_back(bytes.size());
  }
  bool whole_at(std::size_t cut) const {
    return std::find(borders.begin(), borders.end(), cut) != borders.end();
  }
};

Sample sample(World& world) {
  Sample s;
  s.add(message("tag"));
  s.add(message(-1234567));
  s.add(message(std::numeric_limits<std::uint64_t>::max()));
  s.add(message(2.5));
  s.add(message(list(1, list(true, nullptr), "z\xc3\xa4h")));
  s.add(message(dict("key", 1, "other", list(2, 3))));
  s.add(message(world.target));
  return s;
}

TEST(HostileFrames, MalformedValuesAtEveryTruncation) {
  World world;
  const Sample values = sample(world);
  std::uint64_t incarnation = 0x1000;
  for (const std::uint8_t type : {kFrameData, kFrameKil, kFrameDown, kFrameSpawn, kFrameBye}) {
    Bytes head = full(world.target.serial(), 1);  // a port that is not there
    if (type == kFrameSpawn) head = varint(1);
    if (type == kFrameBye) head.clear();
    for (std::size_t cut = 0; cut < values.bytes.size(); ++cut) {
      if (values.whole_at(cut)) continue;
      const auto peer = world.intruder("intruder", ++incarnation);
      const auto end = values.bytes.begin() + static_cast<std::ptrdiff_t>(cut);
      peer->send(frame(type, head + Bytes(values.bytes.begin(), end)));
      world.expect_protocol_error(*peer, std::string(frame_word(type)) + ": malformed values");
    }
  }
  world.expect_undisturbed();
}

TEST(HostileFrames, CutWithinDestinations) {
  World world;
  std::uint64_t incarnation = 0x1000;
  const Bytes whole = full(0x123456789, 0x55);
  for (const std::uint8_t type :
       {kFrameData, kFrameKil, kFrameMon, kFrameUnmon, kFrameDown, kFrameFrag}) {
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
      const auto peer = world.intruder("intruder", ++incarnation);
      const auto end = whole.begin() + static_cast<std::ptrdiff_t>(cut);
      peer->send(frame(type, Bytes(whole.begin(), end)));
      world.expect_protocol_error(*peer, std::string(frame_word(type)) + ": malformed destination");
    }
  }
  world.expect_undisturbed();
}

TEST(HostileFrames, TenThousandLevelsOfNesting) {
  World world;
  std::uint64_t incarnation = 0x1000;
  const Bytes dest = home(world.target.serial());
  for (const int opener : {0x81, 0xa1, 0xc6}) {
    Bytes deep;
    for (int level = 0; level < 10'000; ++level) {
      deep.push_back(static_cast<std::uint8_t>(opener));
      if (opener == 0xa1) deep.push_back(0x01);
    }
    deep.push_back(0x01);
    for (const std::uint8_t type : {kFrameData, kFrameKil, kFrameDown}) {
      auto peer = world.intruder("intruder", ++incarnation);
      peer->send(frame(type, dest + deep));
      world.expect_protocol_error(*peer, ": malformed values");
      peer = world.intruder("intruder", ++incarnation);
      peer->send(fragment(dest, type, deep, true));
      world.expect_protocol_error(*peer, ": malformed values");
    }
    auto peer = world.intruder("intruder", ++incarnation);
    peer->send(frame(kFrameBye, deep));
    world.expect_protocol_error(*peer, "BYE: malformed values");
    peer = world.intruder("intruder", ++incarnation);
    peer->send(frame(kFrameSpawn, varint(1) + values("f") + deep));
    world.expect_protocol_error(*peer, "SPAWN: malformed values");
  }
  EXPECT_TRUE(world.got.empty());
  world.expect_undisturbed();
}

TEST(HostileFrames, TextThatIsNotUtf8) {
  World world;
  std::uint64_t incarnation = 0x1000;
  const Bytes dest = home(world.target.serial());
  const auto bad = [](const Bytes& bytes) {
    return Bytes{static_cast<std::uint8_t>(0x60 + bytes.size())} + bytes;
  };
  for (const Bytes& bytes : {Bytes{0xff}, Bytes{0xc0, 0x80}, Bytes{0xed, 0xa0, 0x80},
                             Bytes{0xf4, 0x90, 0x80, 0x80}, Bytes{'o', 'k', 0xe2, 0x82}}) {
    const Bytes in_port =
        Bytes{0xd9, 0xae, 0x4d, 0x83} + bad(bytes) + Bytes{0x48} + be64(1) + Bytes{1};
    for (const Bytes& item : {bad(bytes), Bytes{0x81} + bad(bytes), Bytes{0xa1, 0x01} + bad(bytes),
                              Bytes{0xa1} + bad(bytes) + Bytes{1}, in_port}) {
      const auto peer = world.intruder("intruder", ++incarnation);
      peer->send(frame(kFrameData, dest + item));
      world.expect_protocol_error(*peer, "DATA: malformed values");
    }
    auto peer = world.intruder("intruder", ++incarnation);
    peer->send(frame(kFrameSpawn, varint(1) + bad(bytes)));
    world.expect_protocol_error(*peer, "SPAWN: malformed values");
    peer = world.intruder("intruder", ++incarnation);
    peer->send(frame(kFrameClose, Bytes{1} + bytes));
    world.expect_protocol_error(*peer, "CLOSE: the text is not UTF-8");
  }
  EXPECT_TRUE(world.got.empty());
  world.expect_undisturbed();
}

TEST(HostileFrames, LengthsThatAreOnlyAnnouncedTakeNoMemory) {
  World world;
  const Bytes dest = home(world.target.serial());
  std::uint64_t incarnation = 0x1000;
  // Heads of bytes, text, array, map: 2^62 and 2^32 - 1 of them.
  for (const int major : {0x40, 0x60, 0x80, 0xa0}) {
    for (const Bytes& length :
         {Bytes{0x1b} + be64(std::uint64_t{1} << 62), Bytes{0x1a, 255, 255, 255, 255}}) {
      Bytes item = length;
      item[0] = static_cast<std::uint8_t>(item[0] | major);
      const auto peer = world.intruder("intruder", ++incarnation);
      peer->send(frame(kFrameData, dest + item + Bytes{1, 2, 3}));
      world.expect_protocol_error(*peer, "DATA: malformed values");
    }
  }
  const std::size_t before = resident_bytes();
  std::vector<std::unique_ptr<RawPeer>> peers;
  for (int i = 0; i < 100; ++i) {
    peers.push_back(world.intruder("intruder" + std::to_string(i), ++incarnation));
    peers.back()->send(fragment(dest, kFrameData, {0x5a, 0, 255, 255, 255}, false) +
                       frame(kFrameData, dest, kMaxFrameBody));
  }
  world.exchange();
  EXPECT_LT(resident_bytes(), before + (4u << 20)) << "100 links with one byte of 16 MiB each";
  peers.clear();
  world.expect_undisturbed();
}

// A port's name says in which life of its node it was made.
TEST(HostileFrames, PortsOfAnotherLifeAreNotThere) {
  World world;
  const auto peer = world.intruder();
  const std::uint64_t serial = world.target.serial();
  const std::uint64_t origin = world.target.origin();
  for (const Bytes& dest :
       {full(serial, origin + 1), full(serial, 1), full(serial, 0), full(serial, 0x1111),
        home(serial + 1), home(serial + (std::uint64_t{1} << 26)), home(kMaxSerial), home(7),
        spawned(serial), spawned(1), full(serial + 1, origin), full(kMaxSerial, origin)}) {
    peer->send(frame(kFrameData, dest + values("stray")) + frame(kFrameKil, dest + values("die")) +
               frame(kFrameMon, dest) + frame(kFrameUnmon, dest));
    const std::optional<Frame> down = peer->hear_frame();
    ASSERT_TRUE(down);
    ASSERT_EQ(down->type, kFrameDown);
    EXPECT_NE(std::string(down->body.begin(), down->body.end()).find("no_such_port"),
              std::string::npos);
  }
  EXPECT_TRUE(world.answers(*peer));
  EXPECT_TRUE(world.got.empty());
  peer->send(frame(kFrameData, full(serial, origin) + values("known")));
  EXPECT_TRUE(world.answers(*peer));
  EXPECT_EQ(world.got, std::vector<std::string>{"[\"known\"]"});
  peer->close();
  world.expect_undisturbed();
}

TEST(HostileFrames, AnswersThatNobodyAskedFor) {
  World world;
  auto peer = world.intruder("intruder", 0x1111);
  const Bytes there = home(world.target.serial());
  peer->send(frame(kFrameUnmon, there) + frame(kFrameUnmon, node_port()) +
             frame(kFrameUnmon, home(99)) + frame(kFrameDown, home(1) + values("die", "no")) +
             frame(kFrameDown, node_port() + values("die")) + frame(kFrameDown, there) +
             frame(kFrameDown, full(3, 3)) + frame(kFrameMon, node_port()) +
             frame(kFramePong, be64(0)) + frame(kFramePong, be64(1)) +
             frame(kFramePong, be64(12345)));
  EXPECT_TRUE(world.answers(*peer));
  EXPECT_EQ(world.node.stats().watchers, 1u);
  for (const std::uint8_t type : {kFrameIdleOk, kFrameIdleNo}) {
    peer->send(frame(type, {}));
    world.expect_protocol_error(*peer, "IDLE_ASK");
    peer = world.intruder("intruder", 0x2222u + type);
  }
  peer->send(frame(kFrameIdleAsk, {}) + frame(kFrameIdleAsk, {}));
  world.expect_protocol_error(*peer, "IDLE_ASK before the last one was answered");
  world.expect_undisturbed();
}

TEST(HostileFrames, FramesThatAreOutOfPlace) {
  World world;
  std::uint64_t incarnation = 0x1000;
  const auto intruder = [&] { return world.intruder("intruder", ++incarnation); };
  auto peer = intruder();
  peer->send(frame(kFrameReady, be64(5)));
  world.expect_protocol_error(*peer, "READY on a link that is up");
  peer = intruder();
  peer->send(packed(hello_of("intruder", incarnation)) + Bytes(kMaxFrameBody));
  world.expect_protocol_error(*peer, "unknown frame type");
  peer = intruder();
  peer->send(greeting());  // reads as a frame of 0x41454d bytes
  world.expect_protocol_error(*peer, "a frame of");
  for (int code : {0, 1, 2, 3, 4, 10, 13, 14, 99, 255}) {
    peer = intruder();
    peer->send(frame(kFrameClose, Bytes{static_cast<std::uint8_t>(code)} + text("over and out")));
    EXPECT_TRUE(peer->wait_closed());
    world.expect_line("is down: ended by peer: over and out");
    peer->close();
  }
  peer = intruder();
  peer->send(frame(kFrameClose, {}));
  world.expect_protocol_error(*peer, "CLOSE: there is no code");
  peer = intruder();
  peer->send(frame(kFrameBye, values("enough")) +
             frame(kFrameData, home(world.target.serial()) + values("after all")));
  EXPECT_TRUE(peer->wait_closed());
  world.expect_line("left the network");
  EXPECT_TRUE(world.got.empty());
  peer->close();
  world.expect_undisturbed();
}

TEST(HostileFrames, BodiesOfTheWrongSize) {
  World world;
  std::uint64_t incarnation = 0x1000;
  const struct {
    std::uint8_t type;
    Bytes body;
    const char* why;
  } kCases[] = {
      {kFramePing, {}, "PING: 0 bytes instead of 8"},
      {kFramePing, Bytes(9), "PING: 9 bytes instead of 8"},
      {kFramePong, Bytes(7), "PONG: 7 bytes instead of 8"},
      {kFrameIdleAsk, Bytes(1), "IDLE_ASK: 1 bytes instead of 0"},
      {kFrameIdleOk, Bytes(1), "IDLE_OK: 1 bytes instead of 0"},
      {kFrameMon, home(1) + Bytes{0}, "MON: bytes behind the destination"},
      {kFrameReady, Bytes(3), "READY: 3 bytes instead of 8"},
      {kFrameSpawn, {}, "SPAWN: malformed serial"},
      {kFrameSpawn, varint(1), "SPAWN: the function's name is not a text"},
      {kFrameSpawn, varint(1) + values(5), "SPAWN: the function's name is not a text"},
      {kFrameData, Bytes{0x03}, "DATA: malformed destination"},
      {kFrameData, Bytes{0x80, 0x00}, "DATA: malformed destination"},
      {kFrameData, Bytes{0x01}, "DATA: malformed destination"},
      {kFrameData, Bytes(12, 0xff), "DATA: malformed destination"},
  };
  for (const auto& wrong : kCases) {
    const auto peer = world.intruder("intruder", ++incarnation);
    peer->send(frame(wrong.type, wrong.body));
    world.expect_protocol_error(*peer, wrong.why);
  }
  world.expect_undisturbed();
}

TEST(HostileFrames, SpawnWithASerialThatWasUsed) {
  World world;
  world.node.define("stay", [&] { world.node.rcv(world.node.self(), [](Message) {}); });
  std::uint64_t incarnation = 0x1000;
  for (const std::uint64_t serial : {5u, 4u, 1u}) {
    const auto peer = world.intruder("intruder", ++incarnation);
    peer->send(frame(kFrameSpawn, varint(5) + values("stay")));
    EXPECT_TRUE(world.answers(*peer));
    EXPECT_EQ(world.node.stats().ports, ++world.ports);
    peer->send(frame(kFrameSpawn, varint(serial) + values("stay")));
    world.expect_protocol_error(*peer, "SPAWN with serial " + std::to_string(serial));
  }
  const auto peer = world.intruder("intruder", ++incarnation);
  peer->send(frame(kFrameSpawn, varint(0) + values("stay")));
  world.expect_protocol_error(*peer, "SPAWN: malformed serial");
  world.expect_undisturbed();
}

// The names of spawned ports are the spawner's to give: one that is taken is not given again, not
// to a peer that forgets its serials and not to another that claims the same incarnation.
TEST(HostileFrames, SpawnUnderTheNameOfALivingPort) {
  World world;
  world.node.define("stay", [&](std::string name) {
    world.node.rcv(world.node.self(), [&world, name](Message) { world.got.push_back(name); });
  });
  const auto first = world.intruder("first", 0xaaaa);
  first->send(frame(kFrameSpawn, varint(5) + values("stay", "first")));
  EXPECT_TRUE(world.answers(*first));
  EXPECT_EQ(world.node.stats().ports, ++world.ports);
  const auto second = world.intruder("second", 0xaaaa);
  second->send(frame(kFrameSpawn, varint(5) + values("stay", "second")));
  world.expect_protocol_error(*second, "SPAWN");
  first->send(frame(kFrameData, spawned(5) + values(1)));
  EXPECT_TRUE(world.answers(*first));
  EXPECT_EQ(world.got, std::vector<std::string>{"first"});
  first->send(frame(kFrameKil, spawned(5)));
  EXPECT_TRUE(world.answers(*first));
  EXPECT_EQ(world.node.stats().ports, --world.ports);
  first->close();
  world.expect_undisturbed();
}

TEST(HostileFrames, TheNodePortCannotBeKilled) {
  World world;
  const auto peer = world.intruder();
  peer->send(frame(kFrameKil, node_port() + values("die", "now")) + frame(kFrameKil, node_port()) +
             frame(kFrameSpawn, varint(1) + values("info")) + frame(kFrameData, node_port()) +
             frame(kFrameData, node_port() + values(1)) +
             frame(kFrameData, node_port() + values("no such\nfunction", 2)) +
             frame(kFrameData, node_port() + values("snd")) +
             frame(kFrameData, node_port() + values("snd", "no port", 1)) +
             frame(kFrameData, node_port() + values("snd_multiple", 7)) +
             frame(kFrameData, node_port() + values("time")) +
             frame(kFrameData, node_port() + values("can", list())));
  EXPECT_TRUE(world.answers(*peer));
  int time = 0;
  world.honest.cal(
      world.honest.node_port("victim"), [&](const Reply& reply) { time = reply.ok() ? 1 : 2; },
      "time");
  EXPECT_TRUE(world.loop.run_until([&] { return time != 0; }, kPatience));
  EXPECT_EQ(time, 1);
  peer->close();
  world.expect_undisturbed();
}

TEST(HostileFrames, ReasonsOver64KiB) {
  World world;
  std::string reason;
  world.node.mon(world.target, [&](Message m) { reason = m.json(); });
  std::uint64_t incarnation = 0x1000;
  const Bytes dest = home(world.target.serial());
  const Bytes large = values("die", std::string(65'536, 'x'));
  const auto part = [&](std::size_t from, std::size_t to) {
    return Bytes(large.begin() + static_cast<std::ptrdiff_t>(from),
                 large.begin() + static_cast<std::ptrdiff_t>(to));
  };
  auto peer = world.intruder("intruder", ++incarnation);
  peer->send(frame(kFrameKil, dest + large));
  world.expect_protocol_error(*peer, "KIL with a reason over 65536 bytes");
  peer = world.intruder("intruder", ++incarnation);
  peer->send(fragment(dest, kFrameKil, part(0, 60'000), false) +
             fragment(dest, kFrameKil, part(60'000, large.size()), true));
  world.expect_protocol_error(*peer, "KIL with a reason over 65536 bytes");
  peer = world.intruder("intruder", ++incarnation);
  peer->send(frame(kFrameDown, home(1) + large));
  world.expect_protocol_error(*peer, "DOWN with a reason over 65536 bytes");
  peer = world.intruder("intruder", ++incarnation);
  peer->send(frame(kFrameBye, large));
  world.expect_protocol_error(*peer, "BYE with a reason over 65536 bytes");
  EXPECT_EQ(reason, "");
  world.expect_undisturbed();
}

TEST(HostileFrames, WhatAStrangerWritesStaysOnItsLogLine) {
  World world;
  const auto peer = world.intruder();
  const std::string forged = "x\n2026-01-01 00:00:00.000 <0> all is well\r\x1b[2J\xc2\x9b";
  peer->send(frame(kFrameData, node_port() + values(forged)) +
             frame(kFrameData, node_port() + values(1, forged)) +
             frame(kFrameData, node_port() + values(std::string(60'000, 'y'))) +
             frame(kFrameData, node_port() + values(1, std::string(60'000, 'y'))) +
             frame(kFrameClose, Bytes{1} + text(forged)));
  EXPECT_TRUE(peer->wait_closed());
  peer->close();
  world.expect_undisturbed();  // and the log book has looked at each line
  EXPECT_EQ(world.log.lines.size(), 6u) << world.log.all();
}

// A few lines as they come, then how many more there were; other peers' lines are not touched.
TEST(HostileFrames, APeerCannotFillTheLog) {
  World world;
  const auto peer = world.intruder();
  world.exchange();
  world.log.lines.clear();
  Bytes many;
  for (std::uint64_t serial = 1; serial <= 1000; ++serial) {
    many = many + frame(kFrameSpawn, varint(serial) + values("nothing")) +
           frame(kFrameData, node_port() + values("nothing"));
  }
  peer->send(many);
  ASSERT_TRUE(world.answers(*peer));
  world.exchange();
  EXPECT_EQ(world.log.lines.size(), 16u) << world.log.all();
  world.honest.snd_to_func("victim", "mistaken");
  world.expect_line("'mistaken' is not defined");
  world.host.skip(10s);
  world.expect_line("node intruder caused 1984 more warnings within 10 s, which were left out");
  peer->send(frame(kFrameData, node_port() + values("again")));
  world.expect_line("'again' is not defined");
  peer->close();
  world.expect_undisturbed();
}

}  // namespace
}  // namespace aemp::raw
