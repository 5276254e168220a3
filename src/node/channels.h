// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Channels: the data connections of a node, those that are being made, and the functions that
// others may make one for. A asks B, over their link, by messages to functions of the node port
// whose first argument is kChannelVersion:
//
//   aemp.channel         token, ms, binds, function, args..., reply   A wants one, within so long
//     reply: true, binds                 A is to dial B; empty: B dials A
//     reply: false, word, sentence       B refuses
//   aemp.channel_dial    token           A could not reach B: B is to dial A
//   aemp.channel_failed  token, sentence the sender has given up
//
// Who dials says the service kServiceData and the token in his HELLO. The token is good once, for
// these two nodes in these lives. A is told when it knows that the connection is up, and B calls
// the function when it knows that A does: never without.
#ifndef AEMP_NODE_CHANNELS_H
#define AEMP_NODE_CHANNELS_H

#include <aemp/channel.h>
#include <aemp/stats.h>
#include <aemp/value.h>

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/endpoint.h"
#include "node/channel_offer.h"
#include "node/channel_request.h"
#include "node/channel_service.h"
#include "node/channel_stream.h"
#include "node/channel_table.h"
#include "node/core.h"

namespace aemp {

inline constexpr int kChannelVersion = 1;
// Of one other node: requests that wait, and channels it has made here.
inline constexpr std::size_t kMaxChannelOffers = 64;
inline constexpr std::size_t kMaxChannelsOfNode = 256;

class Channels final : public ChannelService {
 public:
  explicit Channels(NodeCore& core);
  ~Channels() override;
  // Those of a node that has not left.
  static Channels& of(NodeCore& core);

  NodeCore& core() { return core_; }
  ChannelTable& table() { return *table_; }
  void define(std::string_view name, detail::ChannelFunction function);
  void connect(const Port& node, Nanos timeout, std::string_view function, const OwnedMessage& args,
               detail::ChannelResult done);

  bool take(Peer& from, std::string_view function, Message args) override;
  bool expects(const Hello& hello) const noexcept override;
  void adopt(Session& session) noexcept override;
  void credentials_changed() noexcept override;
  void fill(Stats& stats) const noexcept override;
  void stop() noexcept override;

  // Why it cannot be called, empty: it can.
  struct Wrong {
    std::string_view word;
    std::string sentence;
  };
  Wrong check(std::string_view function, Message args, bool from_this_node);
  // With an end that is up.
  void call(std::string_view function, Message args, ChannelEnd& end);
  // Where that node can be dialled: where its link was dialled, and these.
  std::vector<Endpoint> endpoints_of(const Peer* peer, Message binds) const;
  // Over: to be destroyed at the end of the turn.
  void remove(ChannelRequest& request) noexcept;
  void remove(ChannelOffer& offer) noexcept;
  template <class... Args>
  void tell(std::string_view node, std::string_view function, const Args&... args) noexcept;

 private:
  struct Function final : Reaped {
    explicit Function(detail::ChannelFunction f) : f(std::move(f)) {}
    detail::ChannelFunction f;
  };
  struct Retire {
    void operator()(ChannelTable* table) const noexcept { table->retire(); }
  };

  void on_request(Peer& from, Message args);
  Wrong refuses(const Peer& from, std::string_view function, Message args);
  Function* find(std::string_view name) const;
  ChannelRequest* request(std::string_view node, std::string_view token) const noexcept;
  ChannelOffer* offer(std::string_view node, std::string_view token) const noexcept;

  NodeCore& core_;
  std::unique_ptr<ChannelTable, Retire> table_;
  std::map<std::string, std::unique_ptr<Function>, std::less<>> functions_;
  std::vector<std::unique_ptr<ChannelRequest>> requests_;
  std::vector<std::unique_ptr<ChannelOffer>> offers_;
};

template <class... Args>
void Channels::tell(std::string_view node, std::string_view function,
                    const Args&... args) noexcept {
  try {
    const OwnedMessage all = message(function, kChannelVersion, args...);
    core_.router.resend(detail::Outgoing::Verb::send, core_.node_port_of(node), all);
  } catch (const std::bad_alloc&) {
    // Then it finds out when its time is over.
  }
}

}  // namespace aemp

#endif  // AEMP_NODE_CHANNELS_H
