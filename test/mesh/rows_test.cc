// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "mesh/rows.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

namespace aemp {
namespace {

std::string all_of(const Rows& rows) {
  std::string text;
  rows.each_after(std::nullopt,
                  [&](const std::string& family, const std::string& key, const OwnedValue& value) {
                    text += family + "/" + key + "=" + value.json() + " ";
                    return true;
                  });
  return text;
}

// Brings `to` to the state of `from` by its changes.
void follow(const Rows& from, Rows& to) {
  ASSERT_TRUE(from.knows_changes_since(to.version()));
  std::uint64_t last = to.version();
  from.changes_since(to.version(),
                     [&](std::uint64_t version, const RowName& name, const OwnedValue* value) {
                       EXPECT_GT(version, last) << "in order";
                       last = version;
                       const Value v = value != nullptr ? value->view() : Value();
                       to.apply(version, name.family, name.key, value != nullptr ? &v : nullptr);
                     });
}

TEST(Rows, EachRealChangeIsAVersion) {
  Rows rows;
  EXPECT_EQ(rows.put("f", "k", list(1)), Rows::Outcome::changed);
  EXPECT_EQ(rows.put("f", "k", list(1)), Rows::Outcome::same);
  EXPECT_EQ(rows.version(), 1u);
  EXPECT_EQ(rows.put("f", "k", list(2)), Rows::Outcome::changed);
  EXPECT_FALSE(rows.erase("f", "other"));
  EXPECT_FALSE(rows.erase("g", "k"));
  EXPECT_TRUE(rows.erase("f", "k"));
  EXPECT_EQ(rows.version(), 3u);
  EXPECT_EQ(rows.size(), 0u);
  EXPECT_EQ(rows.find("f", "k"), nullptr);
}

TEST(Rows, ACopyFollowsWhateverHappens) {
  std::mt19937 random(1);
  int seconds = 0;
  for (int round = 0; round < 200; ++round) {
    Rows owner, copy, second;
    for (int step = 0; step < 300; ++step) {
      const std::string family(1, static_cast<char>('a' + random() % 3));
      const std::string key(1, static_cast<char>('a' + random() % 5));
      if (random() % 3 == 0) {
        owner.erase(family, key);
      } else {
        owner.put(family, key, list(random() % 4));
      }
      if (step % 10 == 0) {
        follow(owner, copy);
        ASSERT_EQ(all_of(copy), all_of(owner));
      }
      // A copy of the copy, as far as that remembers.
      if (random() % 20 == 0 && copy.knows_changes_since(second.version())) {
        ++seconds;
        follow(copy, second);
        ASSERT_EQ(all_of(second), all_of(copy));
      }
    }
  }
  EXPECT_GT(seconds, 1000);
}

TEST(Rows, OldChangesAreForgottenAndThatIsKnown) {
  Rows rows;
  for (int i = 0; i < 20'000; ++i) rows.put("f", std::to_string(i % 100), list(i));
  EXPECT_EQ(rows.version(), 20'000u);
  EXPECT_FALSE(rows.knows_changes_since(0));
  EXPECT_FALSE(rows.knows_changes_since(19'000));
  EXPECT_TRUE(rows.knows_changes_since(19'950));
  EXPECT_TRUE(rows.knows_changes_since(20'000));
  EXPECT_FALSE(rows.knows_changes_since(20'001)) << "of another life";
}

TEST(Rows, PartsFillACopyThatKnowsNoChangesThen) {
  Rows copy;
  copy.put("f", "a", list(1));
  copy.complete(copy.version());
  EXPECT_EQ(copy.fill("f", "a", list(1)), Rows::Outcome::same);
  EXPECT_EQ(copy.fill("f", "b", list(2)), Rows::Outcome::changed);
  copy.drop("f", "a");
  EXPECT_EQ(copy.version(), 1u);
  copy.complete(7);
  EXPECT_EQ(copy.version(), 7u);
  EXPECT_FALSE(copy.knows_changes_since(6));
  EXPECT_EQ(all_of(copy), "f/b=[2] ");
  const OwnedValue three = list(3);
  const Value v = three.view();
  copy.apply(9, "f", "c", &v);
  EXPECT_TRUE(copy.knows_changes_since(7));
}

TEST(Rows, EachAfterGoesOnInTheMiddle) {
  Rows rows;
  for (const char* family : {"f", "g"}) {
    for (const char* key : {"a", "b", "c"}) rows.put(family, key, list());
  }
  std::vector<std::string> seen;
  std::optional<RowName> after;
  for (bool more = true; more;) {
    int count = 0;
    more = !rows.each_after(
        after, [&](const std::string& family, const std::string& key, const OwnedValue&) {
          if (++count > 2) return false;
          seen.push_back(family + key);
          after = RowName{family, key};
          return true;
        });
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"fa", "fb", "fc", "ga", "gb", "gc"}));
}

// All rows of an owner are replaced by others of smaller names, which come first.
TEST(Rows, ACopyHasRoomForOldAndNewRowsWhileItChanges) {
  Rows copy;
  for (const char* family : {"b", "a"}) {
    for (std::size_t i = 0; i < kMaxRows; ++i) {
      ASSERT_EQ(copy.fill(family, std::to_string(i), list()), Rows::Outcome::changed);
    }
  }
  EXPECT_EQ(copy.fill("c", "k", list()), Rows::Outcome::full);
}

TEST(Rows, ManyBytesAreNotFewChanges) {
  Rows rows;
  const OwnedValue large{message(std::string(60'000, 'x'))[0]};
  for (int i = 0; i < 4; ++i) rows.put("f", std::to_string(i), large);
  EXPECT_TRUE(rows.has_few_changes_since(0));
  rows.put("f", "4", large);
  EXPECT_FALSE(rows.has_few_changes_since(0));
  EXPECT_TRUE(rows.has_few_changes_since(1));
}

TEST(Rows, ThereIsRoomForSoManyBytes) {
  Rows rows;
  const OwnedValue large{message(std::string(kMaxRowValue - 100, 'x'))[0]};
  int count = 0;
  while (rows.put("f", std::to_string(count), large) == Rows::Outcome::changed) ++count;
  EXPECT_GT(count, 500);
  EXPECT_LT(count, 520);
  const std::uint64_t version = rows.version();
  EXPECT_EQ(rows.put("f", "one more", large), Rows::Outcome::full);
  EXPECT_EQ(rows.version(), version);
  EXPECT_EQ(rows.put("f", "0", list(1)), Rows::Outcome::changed);
  EXPECT_EQ(rows.put("f", "one more", list(1)), Rows::Outcome::changed);
  // A copy leaves out what does not fit, and says that it knows no changes.
  const Value v = large.view();
  Rows copy;
  while (copy.fill("f", std::to_string(copy.size()), large) == Rows::Outcome::changed) {
  }
  copy.complete(1000);
  EXPECT_EQ(copy.apply(1005, "f", "another", &v), Rows::Outcome::full);
  EXPECT_EQ(copy.find("f", "another"), nullptr);
  EXPECT_EQ(copy.version(), 1005u);
  EXPECT_FALSE(copy.knows_changes_since(1000));
}

// Changes are told compressed: what made room may be told after what took it.
void follow_a_full_owner(std::uint64_t seed, std::size_t rows, const OwnedValue& value) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(static_cast<unsigned>(seed));
  const auto key = [&](std::size_t n) { return std::to_string(n % (rows * 2)); };
  Rows owner, copy, second;
  std::size_t next = 0;
  while (owner.put("f", key(next), value) == Rows::Outcome::changed) ++next;
  for (Rows* to : {&copy, &second}) {
    owner.each_after(std::nullopt, [&](const std::string& f, const std::string& k, const auto& v) {
      EXPECT_EQ(to->fill(f, k, v), Rows::Outcome::changed);
      return true;
    });
    to->complete(owner.version());
  }
  int followed = 0;
  const auto bring = [&](const Rows& from, Rows& to) {
    if (!from.knows_changes_since(to.version())) {
      to = from;
      return;
    }
    ++followed;
    from.changes_since(to.version(), [&](std::uint64_t v, const RowName& n, const OwnedValue* in) {
      const Value told = in != nullptr ? in->view() : Value();
      EXPECT_NE(to.apply(v, n.family, n.key, in != nullptr ? &told : nullptr), Rows::Outcome::full);
    });
    ASSERT_EQ(to.version(), from.version());
    ASSERT_EQ(to.size(), from.size());
  };
  for (int round = 0; round < 25; ++round) {
    // Rows that go, others in their place, and the first ones once more in place of those.
    const std::size_t many = random() % std::min<std::size_t>(rows / 8, 400) + 1;
    const std::size_t first = random() % rows;
    const auto swap = [&](std::size_t out, std::size_t in) {
      for (std::size_t i = 0; i < many; ++i) {
        owner.erase("f", key(out + i));
        owner.put("f", key(in + i), random() % 3 == 0 ? OwnedValue(list(random())) : value);
      }
    };
    swap(first, first + rows);
    if (random() % 2 == 0) swap(first + rows, first);
    while (owner.put("f", key(next++), value) == Rows::Outcome::changed) {
    }
    bring(owner, copy);
    if (random() % 2 == 0) bring(copy, second);
  }
  bring(owner, copy);
  EXPECT_GT(followed, 20);
  owner.each_after(std::nullopt, [&](const std::string& f, const std::string& k, const auto& v) {
    const OwnedValue* same = copy.find(f, k);
    EXPECT_TRUE(same != nullptr && *same == v) << k;
    return true;
  });
}

TEST(Rows, ACopyOfAnOwnerWithAsManyRowsAsItMayHaveIsNeverFull) {
  follow_a_full_owner(1, kMaxRows, list());
}

TEST(Rows, ACopyOfAnOwnerWithAsManyBytesAsItMayHaveIsNeverFull) {
  const OwnedValue large{message(std::string(kMaxRowValue - 100, 'x'))[0]};
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    follow_a_full_owner(seed, kMaxRowBytes / kMaxRowValue, large);
  }
}

}  // namespace
}  // namespace aemp
