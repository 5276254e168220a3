// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The writing end of Node::snd, kil and spawn.
#ifndef AEMP_DETAIL_OUTGOING_H
#define AEMP_DETAIL_OUTGOING_H

#include <aemp/port.h>
#include <aemp/writer.h>

#include <string_view>

namespace aemp {

class NodeCore;
class Router;

namespace detail {

// A message, kill or call being written where it will be sent from. Destroyed without commit()
// it leaves no trace. One that is opened while another is open (by a user's aemp_encode) is
// written aside and sent right after the outer one.
class Outgoing {
 public:
  enum class Verb : unsigned char { send, kill, spawn };

  // `to` must stay alive until commit(). Throws Error(empty_port), Error(node_port) for a kill of
  // one.
  Outgoing(NodeCore& core, Verb verb, const Port& to);
  // Opens the call of a function on a node; port() is the port it will run as. Throws
  // Error(bad_name).
  Outgoing(NodeCore& core, std::string_view node, std::string_view function);
  ~Outgoing();
  Outgoing(const Outgoing&) = delete;
  Outgoing& operator=(const Outgoing&) = delete;

  template <class... Args>
  void put(const Args&... args) {
    (writer_.put(args), ...);
  }
  // Throws Error(too_big).
  void commit();
  const Port& port() const noexcept { return *to_; }

 private:
  friend class aemp::Router;
  enum class Route : unsigned char { done, local, remote, aside, nowhere };

  NodeCore& core_;
  const Port* to_;
  void* place_ = nullptr;  // the Peer of a remote route, the buffer of the last two
  Port made_;              // by a spawn
  Verb verb_;
  Route route_ = Route::done;
  Writer writer_;
};

}  // namespace detail

}  // namespace aemp

#endif  // AEMP_DETAIL_OUTGOING_H
