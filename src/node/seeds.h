// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Seeds: the endpoints that a node stays connected to, and what is known of who answers there.
#ifndef AEMP_NODE_SEEDS_H
#define AEMP_NODE_SEEDS_H

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/endpoint.h"
#include "node/dialer.h"

namespace aemp {

class Network;

class Seeds final : private TimerNode {
 public:
  static constexpr std::size_t kMost = 32;  // with those that were heard of

  // Where one will do they are dialled in an order of chance, connect_interval apart.
  explicit Seeds(Network& network) : network_(network) {}
  ~Seeds() override { clear(); }

  // Throws std::bad_alloc: then none is dialled.
  void start(const std::vector<Endpoint>& endpoints);
  // One more. False: it is one, or there are very many. Throws std::bad_alloc.
  bool add(const Endpoint& endpoint);
  // Unless there is a link to who answered there.
  void remove(const Endpoint& endpoint) noexcept;
  void clear();
  // Dials those that are not connected, without waiting for the end of a pause.
  void hurry();

  // Who answered a dial. False: it was not a seed's.
  bool answered(const Dialer* dialer, std::string_view node);
  // This node itself. True: that seed is never dialled again; a name may lead elsewhere next time.
  bool answered_by_self(const Dialer* dialer);
  // The link to a node is gone: dialled again if it is a seed.
  void lost(std::string_view node);
  // That node answered at one of them last.
  bool include(std::string_view node) const;
  // Those that answered last, in no order; with repetitions.
  std::vector<std::string> nodes() const;
  // "; seed ..." for the first few that cannot be reached, or nothing.
  std::string failures();

 private:
  struct Seed final : private DialTarget {
    Seed(Network& network, Endpoint endpoint);

    Network& network;
    const std::vector<Endpoint> endpoints;  // one
    std::string node;                       // who answered there last
    bool is_self = false;                   // we did
    Dialer dialer;

    bool dial_wanted() override;

   private:
    const std::vector<Endpoint>& dial_endpoints() override { return endpoints; }
    std::string_view dial_node() override { return {}; }
    Peer* dial_peer() override { return nullptr; }
  };
  Seed* of(const Dialer* dialer) const;
  void on_timer() noexcept override;

  Network& network_;
  std::vector<std::unique_ptr<Seed>> seeds_;
  std::size_t next_ = 0;  // of those that are dialled one after the other
};

}  // namespace aemp

#endif  // AEMP_NODE_SEEDS_H
