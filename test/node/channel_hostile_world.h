// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What the tests of hostile data connections share: a node with a function for channels, and words
// to it by hand.
#ifndef AEMP_TEST_NODE_CHANNEL_HOSTILE_WORLD_H
#define AEMP_TEST_NODE_CHANNEL_HOSTILE_WORLD_H

#include "base/report.h"
#include "node/channel_world.h"
#include "node/channels.h"
#include "node/hostile_world.h"

namespace aemp::raw {

using channels::Ear;
using channels::Outcome;

inline Bytes record(std::uint8_t type, const Bytes& data,
                    std::optional<std::size_t> announced = {}) {
  return be16(announced.value_or(data.size() + 1)) + Bytes{type} + data;
}
inline const Bytes kSign = record(kRecordPad, {});

struct ChannelWorld : World {
  ChannelWorld() {
    node.define_channel("f", [this](Channel c, Message) {
      ++calls;
      ear = Ear();
      ear.listen(c);
    });
  }
  Hello data_hello(std::string_view token, const std::string& id = "intruder",
                   std::uint64_t incarnation = 0x1111) {
    Hello hello = hello_of(id, incarnation);
    hello.service = std::string(kServiceData) + std::string(token);
    return hello;
  }
  static Port reply(const std::string& id) {
    return *Port::parse(id + "#" + base62(0x1111) + ".1");
  }
  // What the node answers to the request of a peer with a link.
  template <class... Args>
  std::string ask(RawPeer& peer, std::string_view token, std::string_view function = "f",
                  const Args&... args) {
    return tell(peer, "aemp.channel", kChannelVersion, token, 60'000, std::vector<std::string>(),
                function, args..., reply("intruder"));
  }
  template <class... Args>
  std::string tell(RawPeer& peer, const Args&... args) {
    peer.send(frame(kFrameData, node_port() + values(args...)));
    return answer(peer);
  }
  std::string answer(RawPeer& peer) {
    std::optional<Frame> heard = peer.hear_frame();
    while (heard && heard->type != kFrameData) heard = peer.hear_frame();
    if (!heard) return "closed";
    return Message(heard->body.data() + 1, heard->body.size() - 1).json();
  }
  // The request that the node sends; what it says of earlier ones is passed over.
  std::optional<Frame> asked(RawPeer& peer) {
    for (;;) {
      std::optional<Frame> heard = peer.hear_frame();
      if (!heard || (heard->type == kFrameData && request(*heard).tag() == "aemp.channel")) {
        return heard;
      }
    }
  }
  static Message request(const Frame& f) { return Message(f.body.data() + 1, f.body.size() - 1); }
  std::string agreed() const { return "[true,[\"" + address() + "\"]]"; }
  // Its connection is up here.
  std::unique_ptr<RawPeer> data(std::string_view token) {
    auto peer = std::make_unique<RawPeer>(loop, address());
    EXPECT_TRUE(peer->join(data_hello(token))) << log.all();
    return peer;
  }
  void expect_stranger(const Hello& hello) {
    RawPeer peer(loop, address());
    EXPECT_FALSE(peer.join(hello));
    peer.close();
    loop.run_until([&] { return log.count("nobody waits for that data connection") > 0; }, 10s);
    EXPECT_EQ(log.count("nobody waits for that data connection"), 1) << log.all();
    log.lines.clear();
  }
  // One that is up at both ends.
  std::unique_ptr<RawPeer> open(RawPeer& link, std::string_view token) {
    EXPECT_EQ(ask(link, token), agreed());
    auto peer = data(token);
    const int before = calls;
    peer->send(kSign);
    EXPECT_TRUE(loop.run_until([&] { return calls == before + 1; }, kPatience)) << log.all();
    return peer;
  }
  void expect_lost(std::string_view why) {
    EXPECT_TRUE(loop.run_until([&] { return !ear.closed.empty(); }, kPatience)) << why;
    EXPECT_NE(ear.end().find(why), std::string::npos) << ear.end();
  }

  int calls = 0;
  Ear ear;
};

}  // namespace aemp::raw

#endif  // AEMP_TEST_NODE_CHANNEL_HOSTILE_WORLD_H
