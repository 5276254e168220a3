// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Tap: stands before the directory of a node and sees what its neighbours say to that, so that a
// test can write it down, keep it back, or lie.
#ifndef AEMP_TEST_MESH_TAP_H
#define AEMP_TEST_MESH_TAP_H

#include <aemp/node.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "node/core.h"

namespace aemp::village {

// Explicit instantiations may name what is private.
NodeCore& core_of(Node& node);
template <NodeCore* NodeDatabase::*Member>
struct CoreOf {
  friend NodeCore& core_of(Node& node) { return *(node.*Member); }
};
template struct CoreOf<&NodeDatabase::core_>;

class Tap final : public Directory {
 public:
  // Whether the directory is not to hear of it.
  using Hear = std::function<bool(Peer& from, std::string_view function, Message args)>;

  // From now on, for as long as the node lives.
  static void on(Node& node, Hear hear) {
    NodeCore& core = core_of(node);
    core.directory.reset(new Tap(std::move(core.directory), std::move(hear)));
  }

  void start(const std::vector<std::string>& binds) override { real_->start(binds); }
  void link_changed(Peer& peer, bool up) noexcept override { real_->link_changed(peer, up); }
  void seed_found(Peer& peer) noexcept override { real_->seed_found(peer); }
  void find(Peer& peer) noexcept override { real_->find(peer); }
  std::unique_ptr<Stream> dial(std::string_view relay, std::string_view node) override {
    return real_->dial(relay, node);
  }
  void leaving() noexcept override { real_->leaving(); }
  Seeds wanted_seeds() const noexcept override { return real_->wanted_seeds(); }
  bool take(Peer& from, std::string_view function, Message args) override {
    return hear_(from, function, args) || real_->take(from, function, args);
  }
  void add_known(std::vector<std::string>& out) const override { real_->add_known(out); }
  void fill(Stats& stats) const override { real_->fill(stats); }
  Database& database() override { return real_->database(); }
  LogCatchers& log_catchers() override { return real_->log_catchers(); }
  void logged(std::int64_t when, int level, std::string_view line) noexcept override {
    real_->logged(when, level, line);
  }

 private:
  Tap(std::unique_ptr<Directory> real, Hear hear)
      : real_(std::move(real)), hear_(std::move(hear)) {}

  std::unique_ptr<Directory> real_;
  Hear hear_;
};

}  // namespace aemp::village

#endif  // AEMP_TEST_MESH_TAP_H
