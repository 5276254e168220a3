// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// HostileRelay: a global node that does with the bytes of relayed links whatever a test wants.
#ifndef AEMP_TEST_MESH_HOSTILE_RELAY_H
#define AEMP_TEST_MESH_HOSTILE_RELAY_H

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "mesh/tap.h"
#include "mesh/village.h"

namespace aemp::village {

class HostileRelay {
 public:
  using Bytes = std::vector<std::byte>;
  struct Piece {
    std::uint64_t vlink;
    std::string from, to;
    Bytes bytes;
  };
  using Act = std::function<void(HostileRelay&, const Piece&)>;

  explicit HostileRelay(Resident& resident) : node_(*resident.node) {
    Tap::on(node_, [this](Peer& from, std::string_view function, Message args) {
      return hear(from.id(), function, args);
    });
  }

  // With each piece that comes, instead of pass(). Empty: that.
  Act act;
  // Instead of the node that is dialled.
  std::function<std::string(std::string)> redirect;
  std::size_t dials = 0;
  // All bytes that came, in the order in which they came.
  Bytes seen;

  void pass(const Piece& piece) { send(piece.vlink, piece.to, piece.bytes); }
  // Numbered as if nothing were wrong.
  void send(std::uint64_t vlink, const std::string& to, const Bytes& bytes) {
    std::uint64_t& at = sent_[{vlink, to}];
    send_at(vlink, to, at, bytes);
    at += bytes.size();
  }
  void send_at(std::uint64_t vlink, const std::string& to, std::uint64_t at, const Bytes& bytes) {
    say(to, "aemp.relay", vlink, at, std::span<const std::byte>(bytes));
  }
  template <class... Args>
  void say(const std::string& to, std::string_view function, std::uint64_t vlink,
           const Args&... args) {
    node_.snd(node_.node_port(to), function, 1, vlink, args...);
  }

 private:
  bool hear(const std::string& from, std::string_view function, Message args) {
    if (!function.starts_with("aemp.relay")) return false;
    const auto vlink = args.as<std::uint64_t>(1);
    if (function == "aemp.relay_dial") {
      ++dials;
      std::string node(args.as<std::string_view>(2));
      if (redirect) node = redirect(node);
      ends_[vlink] = {from, node};
      say(node, "aemp.relay_open", vlink, from);
      return true;
    }
    const auto& [one, two] = ends_[vlink];
    const std::string to = from == one ? two : one;
    if (to.empty()) return true;
    if (function == "aemp.relay") {
      const auto bytes = args.as<std::span<const std::byte>>(3);
      seen.insert(seen.end(), bytes.begin(), bytes.end());
      const Piece piece{vlink, from, to, Bytes(bytes.begin(), bytes.end())};
      if (act) {
        act(*this, piece);
      } else {
        pass(piece);
      }
    } else {
      say(to, function, vlink, args.rest(2));
    }
    return true;
  }

  Node& node_;
  std::map<std::uint64_t, std::pair<std::string, std::string>> ends_;
  std::map<std::pair<std::uint64_t, std::string>, std::uint64_t> sent_;
};

}  // namespace aemp::village

#endif  // AEMP_TEST_MESH_HOSTILE_RELAY_H
