// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Relay: links between two nodes that can both not be dialled, through a global node that both have
// a link to. Handshake and records of such a link go over a RelayStream as they would go over a
// socket; the relay sees bytes. Its messages are to functions of the node port as those of Mesh
// are; `vlink`, the relayed link's number, is random, from the node that dials:
//
//   aemp.relay_dial    vlink, node         to the relay: connect me to that node
//   aemp.relay_open    vlink, node         from the relay: that node dials you
//   aemp.relay         vlink, at, bytes    of the sender's bytes those from number `at` on
//   aemp.relay_credit  vlink, end          the other end may send its bytes up to number `end`;
//                                          RelayStream::kCredit from the start
//   aemp.relay_close   vlink, sentence     it is over; the sentence says why, or nothing
//
// It never moves to another path: with either of the two links, and with the first message that is
// not the next one, it is over.
#ifndef AEMP_MESH_RELAY_H
#define AEMP_MESH_RELAY_H

#include <aemp/handle.h>
#include <aemp/value.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "loop/reactor.h"
#include "mesh/relay_places.h"
#include "mesh/relay_stream.h"

namespace aemp {

class NodeCore;
class Peer;

class Relay final : private RelayStream::Owner, private Resumable {
 public:
  explicit Relay(NodeCore& core) : core_(core) {}
  ~Relay();

  // This node relays, from now on.
  void serve() noexcept { serves_ = true; }
  // A stream to `node` through `relay`, another global node, to which a link is made if there is
  // none. Never null; it may be over. Throws std::bad_alloc.
  std::unique_ptr<Stream> dial(Peer& relay, std::string_view node);
  // As those of Directory.
  void link_changed(Peer& peer, bool up) noexcept;
  bool take(Peer& from, std::string_view function, Message args);

 private:
  using Handler = void (Relay::*)(Peer& from, std::uint64_t vlink, Message args);
  // A link of this node's own.
  struct End {
    Peer* relay;
    std::string node;     // dialled: the other one
    bool open;            // the relay was told of it, or has told
    RelayStream* stream;  // null: closed, of which the relay is to be told
    RelayPlaces::Place place;
    Guard hold;  // a monitor: the link to the relay is wanted, and not idle
  };
  // A link that this node relays.
  struct Through {
    // From that end: how many bytes came, and how many may.
    struct Side {
      Peer* peer;
      RelayPlaces::Place place;
      std::uint64_t came = 0;
      std::uint64_t may_come = RelayStream::kCredit;
    };
    Side sides[2];

    Side& of(const Peer& peer) { return sides[&peer == sides[0].peer ? 0 : 1]; }
    Side& beyond(const Peer& peer) { return sides[&peer == sides[0].peer ? 1 : 0]; }
  };
  using Owner = RelayStream::Owner;
  using Ends = std::map<std::uint64_t, End>;
  using Throughs = std::map<std::uint64_t, Through>;

  // RelayStream::Owner
  std::size_t most(const RelayStream& stream) override;
  void send(const RelayStream& stream, std::uint64_t at, std::span<const std::byte> bytes) override;
  void allow(const RelayStream& stream, std::uint64_t end) override;
  void gone(const RelayStream& stream) noexcept override;

  void resume() override;
  void on_dial(Peer& from, std::uint64_t vlink, Message args);
  void on_open(Peer& from, std::uint64_t vlink, Message args);
  void on_data(Peer& from, std::uint64_t vlink, Message args);
  void on_credit(Peer& from, std::uint64_t vlink, Message args);
  void on_close(Peer& from, std::uint64_t vlink, Message args);
  void pass_on(Peer& from, Throughs::iterator it, std::uint64_t at,
               std::span<const std::byte> bytes);

  std::unique_ptr<RelayStream> add(Peer& relay, std::uint64_t vlink, std::string_view node,
                                   bool open);
  void open(std::uint64_t vlink, End& end);
  std::size_t most(const Peer& to) const;
  bool is_known(std::uint64_t vlink) const {
    return ends_.contains(vlink) || throughs_.contains(vlink);
  }
  Ends::iterator find_end(const Peer& from, std::uint64_t vlink);
  Throughs::iterator find_through(const Peer& from, std::uint64_t vlink);
  // Ends it for this node; the relay is not told.
  Ends::iterator lose(Ends::iterator it, std::string_view why) noexcept;
  // Ends it and tells whoever is concerned.
  void cut(Ends::iterator it, std::string_view why) noexcept;
  void cut(Throughs::iterator it, std::string_view why) noexcept;
  template <class... Args>
  void tell(Peer& to, std::string_view function, std::uint64_t vlink, const Args&... args);
  void tell_closed(Peer& to, std::uint64_t vlink, std::string_view why) noexcept;

  NodeCore& core_;
  bool serves_ = false;
  RelayPlaces places_;
  Ends ends_;
  Throughs throughs_;
};

}  // namespace aemp

#endif  // AEMP_MESH_RELAY_H
