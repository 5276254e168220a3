// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include <aemp/port.h>
#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "base/name_table.h"
#include "base/named_port.h"

namespace aemp {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

Port make(std::string_view node, std::uint64_t origin, std::uint64_t serial) {
  return Port(detail::make_name(node), origin, serial);
}

TEST(Port, EmptyIsFalse) {
  const Port empty;
  EXPECT_FALSE(empty);
  EXPECT_EQ(empty.str(), "");
  EXPECT_EQ(empty.node(), "");
  EXPECT_FALSE(empty.is_node_port());
  EXPECT_EQ(empty, Port());
  EXPECT_NE(empty, make("a", 0, 0));
}

TEST(Port, TextFormReadsBackTheSame) {
  for (std::uint64_t origin : {std::uint64_t{0}, std::uint64_t{1}, kMost}) {
    for (std::uint64_t serial : {std::uint64_t{1}, std::uint64_t{36}, kMost}) {
      const Port port = make("eg/1", origin, serial);
      const std::optional<Port> parsed = Port::parse(port.str());
      ASSERT_TRUE(parsed) << port.str();
      EXPECT_EQ(*parsed, port);
      EXPECT_EQ(parsed->hash(), port.hash());
      EXPECT_EQ(parsed->str(), port.str());
    }
  }
  EXPECT_EQ(make("eg", 0, 36).str(), "eg#00000000000.10");
}

TEST(Port, NodePortHasThreeForms) {
  for (const char* text : {"ruth", "ruth#"}) {
    const std::optional<Port> port = Port::parse(text);
    ASSERT_TRUE(port);
    EXPECT_TRUE(port->is_node_port());
    EXPECT_EQ(port->str(), "ruth#");
    EXPECT_EQ(port->node(), "ruth");
    EXPECT_EQ(*port, make("ruth", 0, 0));
  }
}

TEST(Port, ForeignNamesArePortsOfTheirOwn) {
  for (const char* text : {"ruth#x.1", "ruth#chat", "ruth#00000000000.0", "ruth#00000000000.01",
                           "ruth#00000000000.A", "ruth#zzzzzzzzzzz.1", "ruth# ", "ruth##",
                           "ruth#00000000000.zzzzzzzzzzzzzz", "ruth#00000000000.", "ruth#.1"}) {
    const std::optional<Port> port = Port::parse(text);
    ASSERT_TRUE(port) << text;
    EXPECT_FALSE(port->is_node_port()) << text;
    EXPECT_EQ(port->str(), text);
    EXPECT_EQ(*port, *Port::parse(text));
    EXPECT_EQ(port->hash(), Port::parse(text)->hash());
    EXPECT_NE(*port, *Port::parse("ruth"));
    EXPECT_NE(*port, *Port::parse("ruth#other"));
    EXPECT_NE(port->hash(), Port::parse("ruth#other")->hash());
  }
}

TEST(Port, RejectsMalformedIds) {
  const std::string long_node(256, 'a');
  const std::string long_name = "a#" + std::string(65, 'b');
  for (const std::string& text :
       {std::string(), std::string("#"), std::string("#x"), std::string("a b#x"),
        std::string("\u00fc#x"), std::string("a#\n"), std::string("a#\x7f"),
        std::string("a#\u00fc"), std::string("a\0#x", 4), std::string("a#x\0", 4), long_node,
        long_node + "#x", long_name}) {
    EXPECT_FALSE(Port::parse(text)) << text;
  }
  EXPECT_TRUE(Port::parse(std::string(255, 'a')));
  EXPECT_TRUE(Port::parse("a#" + std::string(64, 'b')));
}

TEST(Port, ComparesByNodeOriginSerial) {
  const std::vector<Port> ordered = {
      Port(),          make("a", 0, 0), *Port::parse("a#x"), *Port::parse("a#y"), make("a", 0, 1),
      make("a", 1, 0), make("a", 1, 7), make("a", kMost, 1), make("ab", 0, 0),    make("b", 0, 0)};
  for (std::size_t i = 0; i < ordered.size(); ++i) {
    for (std::size_t j = 0; j < ordered.size(); ++j) {
      EXPECT_EQ(ordered[i] <=> ordered[j], i <=> j) << i << ' ' << j;
      EXPECT_EQ(ordered[i] == ordered[j], i == j) << i << ' ' << j;
    }
  }
}

TEST(Port, IsTheSameWhateverRecordItsNameHas) {
  const Port a = make("node", 5, 6);
  const Port b = make("node", 5, 6);
  EXPECT_NE(a.name(), b.name());
  EXPECT_EQ(a, b);
  EXPECT_EQ(std::hash<Port>()(a), std::hash<Port>()(b));
  EXPECT_EQ(std::unordered_set<Port>({a, b}).size(), 1u);
  EXPECT_EQ((std::map<Port, int>{{a, 1}, {b, 2}}).size(), 1u);
}

TEST(Port, CopiesShareTheName) {
  Port a = make("node", 1, 2);
  {
    Port b = a;
    Port c = std::move(b);
    EXPECT_EQ(b, Port());
    b = c;
    c = Port();
    EXPECT_EQ(a.name()->refs, 2u);
    Port& same = a;
    a = same;
    EXPECT_EQ(a, b);
  }
  EXPECT_EQ(a.name()->refs, 1u);
  EXPECT_EQ(a.node(), "node");
}

TEST(Port, HashesOfNeighboursDiffer) {
  std::unordered_set<std::size_t> low;
  for (std::uint64_t serial = 1; serial <= 4096; ++serial)
    low.insert(make("n", 9, serial).hash() % 4096);
  EXPECT_GT(low.size(), 2000u);
}

TEST(PortThreads, CopiesMayLiveInDifferentThreads) {
  const Port port = make("shared", 1, 2);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([port] {
      for (int i = 0; i < 10'000; ++i) {
        Port copy = port;
        Port other = copy;
        if (copy != other) std::abort();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(port.name()->refs, 1u);
}

TEST(NameTable, KeepsOneRecordForEachName) {
  detail::NameTable table(7);
  detail::Name* a = table.intern("a");
  EXPECT_EQ(table.intern("a"), a);
  detail::Name* b = table.intern("b");
  EXPECT_NE(a, b);
  EXPECT_EQ(table.intern("a"), a);
  EXPECT_EQ(a->node, "a");
  EXPECT_EQ(a->alias, "");
  EXPECT_EQ(table.size(), 2u);
}

TEST(NameTable, GrowsWithTheNamesInUse) {
  detail::NameTable table;
  std::vector<Port> ports;
  for (int i = 0; i < 5000; ++i) {
    ports.emplace_back(name_of("node" + std::to_string(i), &table), 0, 0);
  }
  for (int i = 0; i < 5000; ++i) {
    const Port& port = ports[static_cast<std::size_t>(i)];
    EXPECT_EQ(table.intern("node" + std::to_string(i)), port.name());
  }
  EXPECT_EQ(table.size(), 5000u);
}

TEST(NameTable, SweepsNamesThatNobodyHolds) {
  detail::NameTable table(123);
  const Port kept(name_of("kept", &table), 0, 0);
  for (int i = 0; i < 100'000; ++i) table.intern("passing" + std::to_string(i));
  EXPECT_LT(table.size(), 64u);
  EXPECT_EQ(table.intern("kept"), kept.name());
  table.sweep();
  EXPECT_EQ(table.size(), 1u);
  EXPECT_EQ(table.intern("kept"), kept.name());
}

TEST(NameTable, PortsOutliveIt) {
  Port port;
  {
    detail::NameTable table;
    port = named_port("gone", "00000000001.z", &table);
    EXPECT_EQ(port.name(), table.intern("gone"));
  }
  EXPECT_EQ(port.str(), "gone#00000000001.z");
  EXPECT_EQ(port.name()->refs, 1u);
}

}  // namespace
}  // namespace aemp
