// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Data connections over real sockets of each kind, and descriptors that are given away.
#include <unistd.h>

#include "node/channel_world.h"
#include "support/cluster.h"

namespace aemp::channels {
namespace {

using namespace remote;

Config guarded(std::string id, std::vector<std::string> binds, const std::string& secret,
               std::vector<std::string> seeds = {}) {
  Config c = config(std::move(id), std::move(binds), std::move(seeds));
  c.insecure.reset();
  c.secret = secret;
  return c;
}

// Both directions, a few MB.
void pour(Loop& loop, Member& a, Member& b) {
  Mouth here, there;
  Ear near, far;
  const std::uint64_t bytes = 3'000'000;
  b->define_channel("pour", [&](Channel c) {
    far.listen(c, true);
    far.listen_to_end();
    there.pour(c, bytes);
  });
  a->connect_to("b", 60s, "pour", [&](Result<Channel> r) {
    ASSERT_TRUE(r.ok()) << r.reason().json();
    near.listen(*r, true);
    near.listen_to_end();
    here.pour(*r, bytes);
  });
  ASSERT_TRUE(
      loop.run_until([&] { return !near.closed.empty() && !far.closed.empty(); }, kPatience))
      << near.count << " " << far.count << a.told() << b.told();
  for (const Ear* ear : {&near, &far}) {
    EXPECT_EQ(ear->count, bytes);
    EXPECT_TRUE(ear->right);
    EXPECT_EQ(ear->end(), "[]");
  }
}

TEST(ChannelSocket, OverEachKindOfSocketWithAndWithoutEncryption) {
  const std::string secret = generate_secret();
  for (const char* bind : {"unix", "127.0.0.1:0", "[::1]:0"}) {
    const std::string at = bind == std::string_view("unix") ? unix_name() : bind;
    for (const bool secured : {false, true}) {
      Loop loop;
      Member b(loop, secured ? guarded("b", {at}, secret) : config("b", {at}));
      Member a(loop, secured ? guarded("a", {}, secret, b->binds()) : config("a", {}, b->binds()));
      pour(loop, a, b);
    }
  }
}

TEST(ChannelSocket, APrivateNodeDialsBack) {
  Loop loop;
  Member a(loop, config("a", {unix_name()}));
  Config c = config("b", {}, a->binds());
  c.private_node();
  Member b(loop, c);
  ASSERT_TRUE(loop.run_until([&] { return a.up("b"); }, kPatience));
  pour(loop, a, b);
}

// What a descriptor has until the other end shuts its direction down.
std::string drain(Loop& loop, int fd) {
  std::string got;
  bool over = false;
  const Watch watch = loop.io(fd, Readable, [&](Events) {
    char buffer[4096];
    const ssize_t n = ::read(fd, buffer, sizeof buffer);
    if (n > 0) got.append(buffer, static_cast<std::size_t>(n));
    if (n == 0) over = true;
  });
  EXPECT_TRUE(loop.run_until([&] { return over; }, kPatience)) << got.size();
  watch.cancel();
  return got;
}

struct Plain {
  Plain() {
    b->define_channel("f", [this](Channel c) {
      far.listen(c);
      far.listen_to_end();
      c.write(early);
    });
  }
  bool connect() {
    a->connect_to("b", 60s, "f", [this](Result<Channel> r) {
      near.channel = *r;
      near.opened = true;
    });
    return loop.run_until([&] { return near.opened && far.opened; }, kPatience);
  }
  auto taker(int& fd, std::string& first) {
    return [&](int given, Channel::Bytes bytes) {
      fd = given;
      first = text_of(bytes);
    };
  }

  std::string early;
  Loop loop;
  Member b{loop, config("b", {unix_name()})};
  Member a{loop, config("a", {}, b->binds())};
  Ear near, far;
};

TEST(ChannelSocket, TheDescriptorIsGivenAwayBehindAllThatWasWritten) {
  Plain p;
  p.early = piece_at(0, 900'000);
  ASSERT_TRUE(p.connect());
  const std::string said = piece_at(7, 400'000);
  p.near.channel.write(said);
  int fd = -1;
  std::string first;
  ASSERT_TRUE(p.near.channel.fd(p.taker(fd, first)));
  EXPECT_FALSE(p.near.channel.write("too late"));
  EXPECT_FALSE(p.near.channel.fd(p.taker(fd, first))) << "once";
  ASSERT_TRUE(p.loop.run_until([&] { return fd >= 0; }, kPatience)) << p.a.told();
  EXPECT_FALSE(p.near.channel.active());
  ASSERT_TRUE(p.loop.run_until([&] { return p.far.got.size() == said.size(); }, kPatience));
  EXPECT_EQ(p.far.got, said);
  ASSERT_EQ(::write(fd, "bare", 4), 4);
  ASSERT_TRUE(p.loop.run_until([&] { return p.far.got == said + "bare"; }, kPatience));
  p.far.channel.write("and back");
  p.far.channel.end();
  EXPECT_EQ(first + drain(p.loop, fd), p.early + "and back");
  EXPECT_TRUE(p.far.channel.active());
  ::close(fd);
  ASSERT_TRUE(p.loop.run_until([&] { return !p.far.closed.empty(); }, kPatience));
  EXPECT_EQ(p.far.end(), "[]");
  EXPECT_EQ(p.far.ends, 1);
}

TEST(ChannelSocket, BothDescriptorsAreGivenAway) {
  for (const bool at_once : {true, false}) {
    Plain p;
    ASSERT_TRUE(p.connect());
    int here = -1, there = -1;
    std::string first;
    ASSERT_TRUE(p.near.channel.fd(p.taker(here, first)));
    if (!at_once) {
      ASSERT_TRUE(p.loop.run_until([&] { return here >= 0; }, kPatience));
      ASSERT_EQ(::write(here, "begun", 5), 5);
    }
    ASSERT_TRUE(p.far.channel.fd(p.taker(there, first)));
    ASSERT_TRUE(p.loop.run_until([&] { return here >= 0 && there >= 0; }, kPatience));
    ASSERT_EQ(::write(here, "ping", 4), 4);
    ::close(here);
    EXPECT_EQ(p.far.got + first + drain(p.loop, there), at_once ? "ping" : "begunping");
    ::close(there);
  }
}

TEST(ChannelSocket, AnEncryptedConnectionKeepsItsDescriptor) {
  const std::string secret = generate_secret();
  Loop loop;
  Member b(loop, guarded("b", {"127.0.0.1:0"}, secret));
  Member a(loop, guarded("a", {}, secret, b->binds()));
  b->define_channel("f", [](Channel) {});
  Outcome near;
  a->connect_to("b", 60s, "f", near.note());
  ASSERT_TRUE(loop.run_until([&] { return near.ok; }, kPatience));
  EXPECT_FALSE(near.ear.channel.fd([](int, Channel::Bytes) { ADD_FAILURE(); }));
  EXPECT_TRUE(near.ear.channel.active());
}

TEST(ChannelSocket, AKeyThatIsNotAllowedAnyMoreLosesItsChannels) {
  const std::string one = generate_key(), two = generate_key();
  Loop loop;
  const auto keyed = [](Config c, const std::string& key, const std::string& other) {
    c.insecure.reset();
    c.key = key;
    c.allow = std::vector<std::string>{public_key(other) + " *"};
    return c;
  };
  const Config cb = keyed(config("b", {"127.0.0.1:0"}), one, two);
  Member b(loop, cb);
  Member a(loop, keyed(config("a", {}, b->binds()), two, one));
  Ear far;
  b->define_channel("f", [&](Channel c) { far.listen(c); });
  Outcome near;
  a->connect_to("b", 60s, "f", near.note());
  ASSERT_TRUE(loop.run_until([&] { return near.ok && far.opened; }, kPatience)) << a.told();
  Config changed = cb;
  changed.allow = std::vector<std::string>{public_key(one) + " *"};
  b->reload(changed);
  EXPECT_TRUE(far.closed.empty()) << "nothing is called from inside";
  ASSERT_TRUE(
      loop.run_until([&] { return !far.closed.empty() && !near.ear.closed.empty(); }, kPatience));
  EXPECT_EQ(far.end(), R"(["transport_error","a","its key is not allowed any more"])");
  EXPECT_EQ(near.ear.end(), R"(["closed","b","its key is not allowed any more"])");
}

}  // namespace
}  // namespace aemp::channels
