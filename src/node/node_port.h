// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// NodePort: what the node itself understands, and the functions that others may call.
#ifndef AEMP_NODE_NODE_PORT_H
#define AEMP_NODE_NODE_PORT_H

#include <aemp/receiver.h>
#include <aemp/value.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "loop/reactor.h"
#include "node/stillborn.h"

namespace aemp {

class NodeCore;
class Peer;
struct PortSlot;

class NodePort {
 public:
  explicit NodePort(NodeCore& core) : core_(core) {}

  // Of a function. Throws Error(reserved_name), Error(bad_name).
  static void check_name(std::string_view name);
  // The same.
  void define(std::string_view name, Receiver function);
  bool defines(std::string_view name) const { return find(name) != nullptr; }
  // A message to the node port; `link`: the peer whose link it came over. Never throws; what is
  // wrong with it is logged, and told to a call that waits for the reply.
  void take(Message message, bool from_this_node, Peer* link = nullptr);
  // What is sent now is sent for another node.
  bool is_relaying() const { return relaying_; }
  // Runs a function in the context of the port that was made for it. `caller` is null for this
  // node.
  void start(PortSlot& slot, std::string_view function, Message args, Peer* caller);
  // The name of a function as the trail of slow callbacks holds it; empty when it is gone.
  std::string_view name_of(std::uint64_t function) const;
  // Ports that this node spawned on itself.
  const Stillborn& stillborn() const { return stillborn_; }
  void clear();

 private:
  struct Function final : Reaped {
    Function(Receiver r, std::uint64_t number) : receiver(std::move(r)), number(number) {}
    // False when args do not fit.
    bool call(Message args);

    Receiver receiver;
    const std::uint64_t number;  // from 1
    unsigned running = 0;
  };
  // Why a function was not called.
  struct Wrong {
    const char* word;  // first element of the reason
    const char* line;  // for the log, and
    const char* what;  // for the caller: behind the function's name
  };
  using Builtin = void (NodePort::*)(Message rest);
  static Builtin builtin(std::string_view tag);

  void relay(Message message);
  void snd(Message rest);
  void snd_multiple(Message rest);
  void info(Message rest);
  void known_nodes(Message rest);
  void up_nodes(Message rest);
  void time(Message rest);
  void can(Message rest);
  void devnull(Message rest);
  void stats(Message rest);
  void failed(Message rest);

  Function* find(std::string_view name) const;
  bool refuses(std::string_view name, bool from_this_node) const;
  void serve(Builtin handler, Message rest, bool from_this_node);
  const Wrong* call(std::string_view name, Message args, bool from_this_node);
  void tell(std::string_view tag, Message args, std::string_view word,
            std::string_view what) noexcept;
  void set_up(PortSlot& slot, std::string_view name, Message args, bool from_this_node);
  void complain(std::string_view tag, std::string_view what) noexcept;
  void end(std::unique_ptr<Function> function);
  template <class Write>
  void answer_with(Message reply, Write write);
  template <class... Results>
  void answer(Message reply, const Results&... results);
  void answer_ids(Message reply, const std::vector<std::string>& ids);

  NodeCore& core_;
  Stillborn stillborn_;
  std::uint64_t defined_ = 0;  // functions so far
  bool relaying_ = false;
  std::map<std::string, std::unique_ptr<Function>, std::less<>> functions_;
};

}  // namespace aemp

#endif  // AEMP_NODE_NODE_PORT_H
