// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Replay: what db_mon tells of a family, put together again from its differences, each of which is
// checked against the rows that came with it.
#ifndef AEMP_TEST_MESH_REPLAY_H
#define AEMP_TEST_MESH_REPLAY_H

#include <aemp/aemp.h>
#include <aemp/sim.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace aemp::village {

class Replay {
 public:
  Replay(Node& node, std::string_view family) {
    registration_ = node.db_mon(
        family,
        [state = state_](const DbRows& all, const DbKeys& added, const DbKeys& changed,
                         const DbKeys& deleted) { state->tell(all, added, changed, deleted); });
  }
  ~Replay() { registration_.cancel(); }
  Replay(const Replay&) = delete;
  Replay& operator=(const Replay&) = delete;

  std::size_t calls() const { return state_->calls; }
  std::size_t added() const { return state_->added; }
  std::size_t changed() const { return state_->changed; }
  std::size_t deleted() const { return state_->deleted; }
  const DbRows& rows() const { return state_->rows; }
  std::size_t size() const { return rows().size(); }
  // "key=value ..." as JSON.
  std::string text() const {
    std::string text;
    for (const auto& [key, value] : rows()) {
      text.append(text.empty() ? "" : " ").append(key).append("=").append(value.json());
    }
    return text;
  }

 private:
  struct State {
    void tell(const DbRows& all, const DbKeys& in, const DbKeys& other, const DbKeys& out) {
      const sim::AllocationsSucceed scope;
      EXPECT_TRUE(calls == 0 || in.size() + other.size() + out.size() > 0) << "no difference";
      for (const std::string& key : in) {
        EXPECT_FALSE(rows.contains(key)) << key << " was there before it was added";
        ASSERT_TRUE(all.contains(key)) << key << " was added and is not there";
        rows[key] = all.at(key);
      }
      for (const std::string& key : other) {
        ASSERT_TRUE(all.contains(key)) << key << " changed and is not there";
        ASSERT_TRUE(rows.contains(key)) << key << " changed and was not there";
        EXPECT_FALSE(rows.at(key) == all.at(key)) << key << " is said to have changed";
        rows[key] = all.at(key);
      }
      for (const std::string& key : out) {
        EXPECT_EQ(rows.erase(key), 1u) << key << " was deleted and was not there";
      }
      EXPECT_TRUE(rows == all) << "what was told is not what there is";
      ++calls;
      added += in.size();
      changed += other.size();
      deleted += out.size();
    }
    DbRows rows;
    std::size_t calls = 0, added = 0, changed = 0, deleted = 0;
  };

  std::shared_ptr<State> state_ = std::make_shared<State>();
  Registration registration_;
};

}  // namespace aemp::village

#endif  // AEMP_TEST_MESH_REPLAY_H
