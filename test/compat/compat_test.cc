// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What nodes of wire protocol 1.0 say is said and understood as it was recorded in test/compat/1.0.
#include <aemp/aemp.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "mesh/village.h"
#include "os/host.h"
#include "os/sockaddr.h"
#include "support/dialogue.h"
#include "support/raw_peer.h"
#include "support/wire_bytes.h"
#include "wire/hello.h"

namespace aemp::compat {
namespace {

using namespace std::chrono_literals;

constexpr const char* kRecorded = "test/compat/1.0/";

TEST(Compat, ThisVersionIsRecorded) {
  const std::string folder =
      "test/compat/" + std::to_string(kMajorVersion) + "." + std::to_string(kMinorVersion);
  for (const char* name : {"hello", "initiator", "responder", "mesh"}) {
    EXPECT_TRUE(std::filesystem::exists(folder + "/" + name)) << folder << "/" << name;
  }
}

Hello recorded_hello() {
  Hello h;
  h.node_id = "recorded";
  h.incarnation = 0x0123456789abcdef;
  h.suites = 0x000f;
  h.protection = 1;
  h.features = 5;
  h.seen_address = "192.0.2.7:40400";
  h.software = "aemp 1.0";
  h.binds = {"192.0.2.1:4040", "unix:/run/recorded"};
  h.max_message = 1 << 20;
  h.heartbeat_ms = 3000;
  h.last_link = 0xfedcba9876543210;
  h.flags = 1;
  return h;
}

TEST(Compat10, HelloIsAsRecorded) {
  std::string text;
  for (const std::string& line : lines_of(std::string(kRecorded) + "hello")) text += line + " ";
  const wire_test::Bytes recorded = wire_test::bytes(text);
  std::vector<std::uint8_t> written;
  encode_hello(recorded_hello(), written);
  EXPECT_EQ(wire_test::hex(written), wire_test::hex(recorded));
  Hello read;
  std::string error;
  ASSERT_TRUE(decode_hello(recorded, read, error)) << error;
  EXPECT_EQ(read, recorded_hello());
}

struct Compat10Talk : testing::Test {
  Compat10Talk() {
    node.on_log([](int, std::string_view) {});
    node.define("note", [this](Message m) { delivered.push_back("note" + m.json()); });
    node.define("open", [this](Message m) {
      delivered.push_back("open" + m.json());
      node.rcv(node.self(), [this](Message told) { delivered.push_back("opened" + told.json()); });
    });
  }
  ~Compat10Talk() override { node.leave(); }

  void configure(const std::vector<std::string>& binds, const std::vector<std::string>& seeds) {
    Config c;
    c.norc = true;
    c.nodeid = "tested";
    c.binds = binds;
    c.seeds = seeds;
    c.heartbeat_timeout = 1h;
    c.global = false;
    node.configure(c);
    port = node.port([this](Message m) { delivered.push_back(m.json()); });
    node.mon(port, [this](Message m) { delivered.push_back("died" + m.json()); });
  }
  void play(int fd, const char* name) {
    ASSERT_GE(fd, 0);
    Dialogue dialogue(loop, fd, delivered);
    dialogue.name("port", raw::to(port));
    dialogue.name("home", raw::home(port.serial()));
    dialogue.action("answer", [this] { node.snd(peer_port(), "answer", 42); });
    dialogue.action("watch", [this] {
      node.mon(peer_port(), [this](Message m) { delivered.push_back("lost" + m.json()); });
    });
    dialogue.action("spawn", [this] { node.spawn("recorded", "start", "with", 1); });
    dialogue.action("kill", [this] { node.kil(peer_port(), "enough"); });
    dialogue.action("large", [this] { node.snd(peer_port(), std::string(70'000, 'x')); });
    dialogue.action("leave", [this] { node.leave(); });
    dialogue.play(std::string(kRecorded) + name);
  }
  // A port of the recorded node, whose incarnation is 0x0123456789abcdef.
  static Port peer_port() { return Port::parse("recorded#063UfDVRKBz.1").value(); }

  Loop loop;
  std::vector<std::string> delivered;
  Node node{loop};
  Port port;
};

std::string socket_path() { return testing::TempDir() + "compat." + std::to_string(getpid()); }

TEST_F(Compat10Talk, TheDialledNodeTalksAsRecorded) {
  configure({"unix:" + socket_path()}, {});
  play(raw::dial(node.binds().at(0)), "initiator");
}

TEST_F(Compat10Talk, TheDiallingNodeTalksAsRecorded) {
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const std::string address = "unix:" + socket_path() + ".seed";
  const SockAddr name(*parse_address(address, 0));
  ASSERT_EQ(bind(listener, &name.any, name.size), 0);
  ASSERT_EQ(listen(listener, 8), 0);
  configure({}, {address});
  bool came = false;
  const Watch watch = loop.io(listener, Readable, [&] { came = true; });
  ASSERT_TRUE(loop.run_until([&] { return came; }, raw::kPatience));
  Watch(watch).cancel();
  const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  play(fd, "responder");
  close(listener);
  unlink(address.substr(5).c_str());
}

// "text, [text, text], [[text], [text]]" -> "text, [text], [[text]]": within arrays, what is the
// same as the one before is left out. From `at` to the end of the array.
std::string without_twins(const std::string& text, std::size_t& at) {
  const bool in_array = at != 0;
  std::string all, last;
  while (at < text.size() && text[at] != ']') {
    std::string one;
    if (text[at] == '[') {
      one = "[" + without_twins(text, ++at) + "]";
      ++at;
    } else {
      while (at < text.size() && text.find_first_of(",]", at) != at) one += text[at++];
    }
    if (!in_array || one != last) all += (all.empty() ? "" : ", ") + one;
    last = one;
    while (at < text.size() && (text[at] == ',' || text[at] == ' ')) ++at;
  }
  return all;
}

// A traced message as the kinds of its values: `"aemp.found", 1, ["x", "y"]` is `aemp.found 1
// [text]`. Of an array, what is the same as the one before is left out.
std::string shape(const std::string& message) {
  std::string text =
      std::regex_replace(message, std::regex(R"x("aemp\.([a-z_]*)", (\d+))x"), "@$1 v$2@");
  const std::pair<const char*, const char*> kinds[] = {
      {R"x("(\\.|[^"\\])*")x", "text"},   {R"x(44621\(\[[^\]]*\]\))x", "port"},
      {R"x(h'[0-9a-f]*')x", "bytes"},     {R"x(h'[0-9a-f]*\.\.\..*)x", "bytes"},
      {R"x(\(\d+ bytes\))x", "bytes"},    {R"x(([\[ ])-?\d+\.\d+(e[-+]?\d+)?)x", "$1floating"},
      {R"x(([\[ ])-?\d+)x", "$1integer"}, {R"x(true|false)x", "boolean"}};
  for (const auto& [pattern, kind] : kinds) {
    text = std::regex_replace(text, std::regex(pattern), kind);
  }
  std::size_t at = 0;
  text = without_twins(text, at);
  return std::regex_replace(text, std::regex("@([a-z_]*) v([0-9]*)@"), "aemp.$1 $2");
}

// A network in which each node has something to ask of others.
struct Compat10Mesh : testing::Test {
  Compat10Mesh() {
    settle("s1", {}, true);
    settle("s2", {village::Village::address(1)}, true);
    settle("a", {village::Village::address(1)}, true);
    settle("b", {village::Village::address(2)}, true);
    settle("p", {village::Village::address(1)}, false);
    settle("q", {village::Village::address(2)}, false);
  }
  void settle(const std::string& id, std::vector<std::string> seeds, bool is_public) {
    Config c = village::Village::config(id, std::move(seeds));
    if (!is_public) c.private_node();
    c.link_idle = 3s;
    village.settle(c, [](sim::Process& process) { process.set_env("AEMP_TRACE", "/trace"); });
  }
  Node& node(const std::string& id) { return *village[id].node; }
  Port port(const std::string& id) { return village[id].port; }
  void live() {
    std::size_t calls = 0;
    const auto count = [&](const Reply&) { ++calls; };
    ASSERT_TRUE(village.until([&] { return node("s1").known_nodes().size() == 6; }));
    node("a").db_set("family", "key", "value");
    node("p").grp_reg("group", port("p"));
    const Registration watch = node("b").db_mon(
        "family", [](const DbRows&, const DbKeys&, const DbKeys&, const DbKeys&) {});
    const Registration names = node("q").db_families([](const DbKeys&) {});
    const Registration log =
        node("b").catch_log(9, [](std::string_view, auto, int, std::string_view) {});
    village.net.run_for(1s);
    // Found and dialled, asked to dial, relayed.
    ASSERT_TRUE(village.reaches(village["a"], village["b"]));
    ASSERT_TRUE(village.reaches(village["b"], village["p"]));
    ASSERT_TRUE(village.reaches(village["p"], village["q"]));
    node("a").snd(*Port::parse("nobody#x"), 1);
    node("p").snd(port("q"), std::string(300'000, 'x'));
    node("a").define_channel("stream", [](Channel c) { c.end(); });
    node("p").define_channel("stream", [](Channel c) { c.end(); });
    for (const char* to : {"a", "p"}) {
      node("b").connect_to(to, 5s, "stream", [&](Result<Channel>) { ++calls; });
      node("q").connect_to(to, 5s, "stream", [&](Result<Channel>) { ++calls; });
    }
    node("b").cal(node("b").node_port("s1"), count, 5s, "aemp.trace", 1);
    ASSERT_TRUE(village.until([&] { return calls == 5; }));
    node("a").db_set("family", "key", "another");
    node("a").db_del("family", "key");
    village.net.run_for(2s);
    names.cancel();
    watch.cancel();
    village.net.run_for(150s);
    node("a").leave();
    village.net.run_for(5s);
  }
  // What they have said, each shape once.
  std::set<std::string> said() {
    std::set<std::string> all;
    for (const auto& [id, resident] : village.residents) {
      std::istringstream trace(*resident->process.host().files().read("/trace"));
      for (std::string line; std::getline(trace, line);) {
        const std::size_t call = line.find("\"aemp.");
        if (call != line.npos && line.find(" > ") < call) all.insert(shape(line.substr(call)));
      }
    }
    return all;
  }

  village::Village village;
};

TEST_F(Compat10Mesh, NodesCallEachOtherAsRecorded) {
  live();
  const std::vector<std::string> lines = lines_of(std::string(kRecorded) + "mesh");
  const std::set<std::string> recorded(lines.begin(), lines.end());
  const std::set<std::string> now = said();
  for (const std::string& line : now) EXPECT_TRUE(recorded.contains(line)) << "new: " << line;
  for (const std::string& line : recorded) EXPECT_TRUE(now.contains(line)) << "gone: " << line;
}

}  // namespace
}  // namespace aemp::compat
