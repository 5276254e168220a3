// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Network: a node's listeners, seeds and connections, and the peers that they lead to. What
// strangers may cost is decided in accepting.cc, who may connect in admission.cc, closing of idle
// links in idle.cc.
#ifndef AEMP_NODE_NETWORK_H
#define AEMP_NODE_NETWORK_H

#include <aemp/stats.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "node/connection.h"
#include "node/dialer.h"
#include "node/directory.h"
#include "node/half_open.h"
#include "node/listener.h"
#include "node/peers.h"
#include "node/refusals.h"
#include "node/seeds.h"
#include "node/sources.h"
#include "session/blocks.h"
#include "session/session.h"

namespace aemp {

class NodeCore;

class Network final : private ListenerOwner {
 public:
  explicit Network(NodeCore& core);
  ~Network();

  NodeCore& core() { return core_; }
  BlockPool& pool() { return *pool_; }
  Seeds& seeds() { return seeds_; }
  const SessionConfig& session_config() const { return session_config_; }
  // Whether the present credentials do not admit that node with that key.
  bool is_revoked(const Address& at, const std::optional<crypto::PublicKey>& key,
                  std::string_view node) const;

  // Listens and begins to contact the seeds. Fails with nothing bound.
  Status start();
  // leave(), before that: what goes over other links is said while those can still take it.
  void stop_relayed() noexcept;
  // leave().
  void stop();
  bool stopping() const { return stopping_; }
  // From now on; links of keys that these do not allow are closed.
  void use(CredentialsRef credentials);

  Peers& peers() { return peers_; }
  const Peers& peers() const { return peers_; }
  // Forgets peers that nobody could miss, when there are many and there is memory to choose. The
  // second from the loop.
  void forget_some() noexcept;
  void forget_later() noexcept;

  std::vector<std::string> binds() const;
  std::vector<std::string> known_nodes() const;
  std::optional<bool> is_up(std::string_view node) const;
  void fill(Stats& stats) const;

  // What Dialer calls.
  // Throws std::bad_alloc: nothing has begun.
  void dial(Dialer& dialer, const Address& address);
  void dialer_gone(Dialer& dialer);
  // What the directory calls: somebody dials this node through a relay. Throws std::bad_alloc.
  void accept(std::unique_ptr<Stream> stream, const Address& relay);
  // Which seeds are dialled that are not connected.
  Directory::Seeds wanted_seeds() const;
  bool wants_seeds() const { return wanted_seeds() != Directory::Seeds::none; }
  // A peer without known address is wanted: maybe a seed is it. When very many are that nobody
  // monitors, the oldest are given up before their time.
  void wants_unknown() noexcept;

  // What Connection calls.
  void on_hello(Connection& link, const Hello& hello);
  void on_ready(Connection& link);
  void on_pong(Connection& link, std::uint64_t nonce);
  void on_closed(Connection& link, const CloseInfo& info) noexcept;
  bool on_knock(Connection& link, bool proven);
  void on_link_timer(Connection& link);

  // Makes this the peer's link and drops all its other dials. Without memory the connection ends.
  void take(Connection& link) noexcept;
  // Ends the connection at once; the owner of the epoch is told by the caller.
  void drop(Connection& link) noexcept;
  // Ends link and epoch, with the one log line. Monitors hear (word, node ID, why).
  void lose(Connection& link, std::string_view word, std::string_view who,
            std::string_view why) noexcept;
  // Decides again about hellos of this peer that wait. Without memory their sessions time out.
  void decide_waiting(Peer& peer) noexcept;
  void on_idle_frame(Connection& link, std::uint8_t type);

  std::uint64_t links_taken = 0, links_lost = 0, overruns = 0, id_conflicts = 0;
  std::uint64_t remote_messages = 0;

 private:
  static constexpr unsigned kProbeExtensions = 4;

  void remove(Connection& link) noexcept;
  void try_take(Connection& link);
  bool close_revoked(Connection& link);
  void hand_over(Connection& link);
  Connection& add(bool initiator);
  std::vector<Endpoint> endpoints_of(const Hello& hello);
  Status listen_and_dial();
  void make_session_config();
  std::vector<std::string> advertised() const;
  void close_listeners();
  void maybe_stopped();
  void after_link_end(Peer& peer) noexcept;
  void lose_for(Connection& old, Connection& taker, std::string_view why) noexcept;
  void note_dial_failure(Dialer* dialer, const CloseInfo& info, std::string_view what) noexcept;

  // accepting.cc
  void on_accepted(Listener& at, int& fd, const Address& from) override;
  void on_accept_trouble(const Address& at, int error) override;
  void on_shed() override;
  bool knocks_with_secret(const Address& from) const noexcept;
  // `fd` or `stream`.
  void admit(const Listener* at, int& fd, std::unique_ptr<Stream> stream, const Address& from,
             const Source& source);
  void make_room(const Listener* at, int& fd, const Source& source, bool over_rate);
  template <class Match>
  void evict(Refusal why, std::size_t least, Match&& match);
  void send_away(Connection& link, Refusal why) noexcept;
  void known(Connection& link) noexcept;
  void count_refusal(const Connection& link, const CloseInfo& info) noexcept;

  // admission.cc
  void decide(Connection& link);
  void decide_dialled(Connection& link);
  void decide_accepted(Connection& link);
  bool crossed(const Connection& link) const;
  void probe(Connection& link, Connection& old);
  bool probe_goes_on(Connection& link);
  void probe_failed(Connection& link);
  void refuse(Connection& link, CloseCode code, const std::string& text);
  void give_up_dial(Connection& link, const std::string& why);

  // idle.cc
  void check_idle(Connection& link);
  void end_idle(Connection& link) noexcept;
  void try_decide_waiting(Peer& peer);
  bool keeps(const Peer& peer) const;
  bool may_idle(const Connection& link) const;
  bool hello_owed_before(const Connection& link) const;

  NodeCore& core_;
  const std::unique_ptr<BlockPool, BlockPool::Retire> pool_{new BlockPool};
  SessionConfig session_config_;
  Peers peers_;
  HalfOpen half_open_;
  std::optional<Sources> sources_;  // from start() on
  TokenBucket x25519_;
  Refusals refusals_;
  std::uint64_t accepted_ = 0;
  std::vector<std::unique_ptr<Connection>> links_;  // by number
  std::vector<std::unique_ptr<Listener>> listeners_;
  Seeds seeds_{*this};
  std::uint64_t next_number_ = 1;
  // Apart from the nonces of the sessions' own PINGs, which count from 1.
  std::uint64_t next_probe_ = std::uint64_t{1} << 63;
  Connection* taking_ = nullptr;  // while an old link makes room for it
  bool stopping_ = false;
  bool stopping_done_ = false;
  bool stopped_ = false;
  struct StopTimer final : TimerNode {
    explicit StopTimer(Network& network) : network(network) {}
    void on_timer() override;
    Network& network;
  } stop_timer_{*this};
};

}  // namespace aemp

#endif  // AEMP_NODE_NETWORK_H
