// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// PairEnd: an end of a channel within one node. Each reads from the other's queue.
#ifndef AEMP_NODE_CHANNEL_PAIR_H
#define AEMP_NODE_CHANNEL_PAIR_H

#include "node/channel_end.h"

namespace aemp {

class PairEnd final : public ChannelEnd {
 public:
  using ChannelEnd::ChannelEnd;
  ~PairEnd() override;
  static void join(PairEnd& a, PairEnd& b) noexcept;

 private:
  void kick() noexcept override;
  void sever(std::string_view why) noexcept override;
  void go_on() override;
  void pull();
  void settle() noexcept;

  PairEnd* other_ = nullptr;
  bool cut_ = false;      // by the other end
  std::string cut_text_;  // why
};

}  // namespace aemp

#endif  // AEMP_NODE_CHANNEL_PAIR_H
