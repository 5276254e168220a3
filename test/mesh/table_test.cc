// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The view over the rows of several owners, and copies of its families.
#include "mesh/table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>

#include "mesh/mirror.h"

namespace aemp {
namespace {

struct Changes final : Table::Listener {
  void row_changed(std::string_view family, std::string_view key) override {
    changed.emplace(family, key);
  }
  std::set<std::pair<std::string, std::string>> changed;
};

std::string family_of(const Table& table, std::string_view family) {
  std::string text;
  table.each_in(family, std::nullopt, [&](const std::string& key, const OwnedValue& value) {
    text += key + "=" + value.json() + " ";
    return true;
  });
  return text;
}

TEST(Table, TheSmallestOwnerIsSeen) {
  Changes changes;
  Table table(changes);
  Owner& b2 = table.owner("b", 2);
  Owner& b1 = table.owner("b", 1);
  Owner& a9 = table.owner("a", 9);
  EXPECT_EQ(&b2, &table.owner("b", 2));
  table.put(b2, "f", "k", list("b2"));
  table.put(b1, "f", "k", list("b1"));
  EXPECT_EQ(family_of(table, "f"), "k=[\"b1\"] ");
  table.put(a9, "f", "k", list("a9"));
  EXPECT_EQ(family_of(table, "f"), "k=[\"a9\"] ");
  table.drop(a9);
  EXPECT_EQ(table.find("a", 9), nullptr);
  EXPECT_EQ(family_of(table, "f"), "k=[\"b1\"] ");
  table.erase(b1, "f", "k");
  EXPECT_EQ(table.find("f", "k")->json(), "[\"b2\"]");
  table.drop(b2);
  EXPECT_EQ(family_of(table, "f"), "");
  EXPECT_EQ(table.find("f", std::string_view("k")), nullptr);
}

// Against a model that keeps everything in one map.
TEST(Table, ViewAndMirrorAreThoseOfAModel) {
  std::mt19937 random(2);
  for (int round = 0; round < 100; ++round) {
    Changes changes;
    Table table(changes);
    std::map<std::string, std::map<OwnerName, std::string>> model;  // of family f
    Mirror mirror;
    std::map<std::string, std::string> replayed;
    for (int step = 0; step < 400; ++step) {
      const std::string node(1, static_cast<char>('a' + random() % 3));
      const std::uint64_t life = random() % 2 + 1;
      const std::string key(1, static_cast<char>('a' + random() % 4));
      Owner& owner = table.owner(node, life);
      const auto deed = random() % 10;
      if (deed < 6) {
        const OwnedValue value = list(random() % 3);
        table.put(owner, "f", key, value);
        model[key][{node, life}] = value.json();
      } else if (deed < 9) {
        table.erase(owner, "f", key);
        model[key].erase({node, life});
      } else {
        table.drop(owner);
        for (auto& [k, owners] : model) owners.erase({node, life});
      }
      std::string expected;
      for (auto& [k, owners] : model) {
        if (!owners.empty()) expected += k + "=" + owners.begin()->second + " ";
      }
      ASSERT_EQ(family_of(table, "f"), expected) << round << " " << step;
      if (random() % 3 != 0) continue;
      for (const auto& [family, k] : changes.changed) {
        if (family == kFamilies) continue;
        const OwnedValue* value = table.find(family, std::string_view(k));
        value != nullptr ? mirror.put(k, *value) : mirror.erase(k);
      }
      changes.changed.clear();
      const Mirror::Difference d = mirror.take();
      for (const auto& k : d.added) {
        ASSERT_TRUE(replayed.emplace(k, mirror.rows().at(k).json()).second);
      }
      for (const auto& k : d.changed) {
        ASSERT_NE(std::exchange(replayed.at(k), mirror.rows().at(k).json()),
                  mirror.rows().at(k).json());
      }
      for (const auto& k : d.deleted) ASSERT_EQ(replayed.erase(k), 1u);
      std::string text;
      for (const auto& [k, value] : replayed) text += k + "=" + value + " ";
      ASSERT_EQ(text, expected);
    }
  }
}

TEST(Table, TheNamesOfFamiliesAreAFamily) {
  Changes changes;
  Table table(changes);
  Owner& a = table.owner("a", 1);
  Owner& b = table.owner("b", 1);
  table.put(b, "f", "k", list());
  table.put(b, "aemp.grp.x", "k", list());
  table.put(b, "aemp.families", "false", list());
  EXPECT_EQ(changes.changed.count({std::string(kFamilies), "f"}), 1u);
  EXPECT_EQ(family_of(table, kFamilies), "f=null ");
  EXPECT_TRUE(table.find(kFamilies, std::string_view("f"))->is_null());
  EXPECT_EQ(table.find(kFamilies, std::string_view("false")), nullptr);
  EXPECT_EQ(table.find(kFamilies, std::string_view("aemp.grp.x")), nullptr);
  changes.changed.clear();
  table.put(a, "f", "l", list());
  table.erase(b, "f", "k");
  EXPECT_EQ(changes.changed.count({std::string(kFamilies), "f"}), 0u);
  table.drop(a);
  EXPECT_EQ(changes.changed.count({std::string(kFamilies), "f"}), 1u);
  EXPECT_EQ(family_of(table, kFamilies), "");
}

TEST(Table, RangesDropWhatTheyDoNotName) {
  Changes changes;
  Table table(changes);
  Owner& o = table.owner("o", 1);
  for (const char* family : {"f", "g"}) {
    for (const char* key : {"a", "b", "c", "d"}) table.put(o, family, key, list());
  }
  table.drop_range(o, RowName{"f", "a"}, RowName{"f", "d"}, {{"f", "c"}});
  EXPECT_EQ(family_of(table, "f"), "a=[] c=[] ");
  EXPECT_EQ(family_of(table, "g"), "a=[] b=[] c=[] d=[] ");
  table.drop_range(o, RowName{"f", "c"}, std::nullopt, {{"g", "b"}});
  EXPECT_EQ(family_of(table, "f"), "a=[] c=[] ");
  EXPECT_EQ(family_of(table, "g"), "b=[] ");
  table.drop_range(o, std::nullopt, RowName{"g", "a"}, {});
  EXPECT_EQ(family_of(table, "f"), "");
  EXPECT_EQ(family_of(table, "g"), "b=[] ");
}

TEST(Mirror, RangesAreTakenAsTheyAre) {
  Mirror mirror;
  for (const char* key : {"a", "b", "c", "d", "e"}) mirror.put(key, list(1));
  mirror.take();
  const OwnedMessage rows = message(list("b", list(1)), list("bb", 2), list("c", 3));
  mirror.put_range("a", "d", rows);
  Mirror::Difference d = mirror.take();
  EXPECT_EQ(d.added, DbKeys{"bb"});
  EXPECT_EQ(d.changed, DbKeys{"c"});
  EXPECT_EQ(d.deleted, DbKeys{"d"});
  mirror.put_range("d", std::nullopt, message());
  mirror.put_range(std::nullopt, "a", message());
  d = mirror.take();
  EXPECT_EQ(d.deleted, (DbKeys{"a", "e"}));
  // There and back again is no difference.
  mirror.erase("b");
  mirror.put("b", list(1));
  mirror.put("new", list(1));
  mirror.erase("new");
  EXPECT_TRUE(mirror.changed());
  EXPECT_TRUE(mirror.take().empty());
}

}  // namespace
}  // namespace aemp
