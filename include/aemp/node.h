// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Node: a participant of the network, with its ports.
//
// Thread rule: a node and all that it made belong to its loop's thread. Nothing here blocks. Misuse
// throws aemp::Error, refused memory std::bad_alloc, and then nothing was sent or changed; what the
// network does never throws. Where "context" is said: receivers, psub, peval and spawned functions
// run in a port's context, which self() names; other callbacks in none.
#ifndef AEMP_NODE_H
#define AEMP_NODE_H

#include <aemp/channel.h>
#include <aemp/config.h>
#include <aemp/database.h>
#include <aemp/detail/outgoing.h>
#include <aemp/detail/psub.h>
#include <aemp/detail/reply.h>
#include <aemp/error.h>
#include <aemp/handle.h>
#include <aemp/loop.h>
#include <aemp/port.h>
#include <aemp/receiver.h>
#include <aemp/stats.h>
#include <aemp/value.h>
#include <aemp/writer.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace aemp {

// For the network's database see <aemp/database.h>, for data connections <aemp/channel.h>.
class Node : public NodeDatabase, public ChannelCalls<Node> {
 public:
  using Nanoseconds = std::chrono::nanoseconds;
  // A purely local node until configure(); its ID is then "anon/" and random text.
  explicit Node(Loop& loop);
  // leave(). May be called from this node's own callbacks.
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // Takes the node ID, listens, contacts seeds; returns before any link is up. At most once, before
  // a port is made (also by cal(), spawn()) or the database used: Error(already_configured). Throws
  // Error(bad_config), Error(bad_name), Error(address_in_use), Error(system) with nothing bound.
  void configure(const Config& config);
  // Takes the secrets and keys of Config. Throws Error(bad_config); after std::bad_alloc try again.
  void reload(const Config& config);

  // A new port of this node, without receiver: any message kills it with `unhandled_message`.
  Port port();
  // With a default receiver. Receivers are callables as described in <aemp/receiver.h>.
  template <class F>
  requires detail::Callback<F> Port port(F f) {
    return make_port(detail::make_receiver(std::move(f)));
  }

  // Sets the default receiver, or the receiver of a tag (text, or a port), replacing the one
  // before. Acts at once; a receiver that is running is destroyed after it returned. Returns p.
  // Does nothing for a port that is dead, as anybody may kill it at any time. Throws
  // Error(not_local), Error(node_port), Error(empty_port), Error(bad_value) for an empty callable.
  template <class F>
  requires detail::Callback<F> Port rcv(const Port& p, F f) {
    return set_default(p, detail::make_receiver(std::move(f)));
  }
  template <class F>
  Port rcv(const Port& p, std::string_view tag, F f) {
    return set_tag(p, tag, detail::make_receiver(std::move(f)));
  }
  template <class F>
  Port rcv(const Port& p, const Port& tag, F f) {
    return set_tag(p, tag, detail::make_receiver(std::move(f)));
  }
  // Unregisters a tag, known or not.
  void rcv_remove(const Port& p, std::string_view tag);
  void rcv_remove(const Port& p, const Port& tag);

  // Queues a message. Never blocks, never runs a receiver before it returned. A port that does
  // not exist swallows it in silence. Throws Error(empty_port), Error(bad_text),
  // Error(bad_value), Error(too_deep), Error(too_big) over max_message.
  template <class... Args>
  void snd(const Port& to, const Args&... args) {
    detail::Outgoing out(*core_, detail::Outgoing::Verb::send, to);
    out.put(args...);
    out.commit();
  }
  // Calls function `function` on a node, without a port and without an answer.
  template <class... Args>
  void snd_to_func(std::string_view node, std::string_view function, const Args&... args) {
    snd(node_port(node), function, args...);
  }
  // Has `node` send the message to `to`, in the order of that node's own sends.
  template <class... Args>
  void snd_on(std::string_view node, const Port& to, const Args&... args) {
    snd(node_port(node), "snd", to, args...);
  }

  // Kills a port anywhere, in line with what was sent before; the rest is the reason, none =
  // normal. kil(self()) from that port's own context takes effect at once. A dead port is fine.
  // Throws Error(node_port), Error(empty_port), Error(too_big) for a reason over 64 KiB.
  template <class... Reason>
  void kil(const Port& p, const Reason&... reason) {
    detail::Outgoing out(*core_, detail::Outgoing::Verb::kill, p);
    out.put(reason...);
    out.commit();
  }

  // Monitors.

  // All of them fire at most once, from the loop: when p dies (with its reason), when it does not
  // exist (`no_such_port`), or when messages to it may have been lost (`transport_error, nodeid,
  // sentence`; `overrun`; `too_big`). Monitoring a node port tells when the node is lost. Acts at
  // once for local ports.

  // Links: kills q, or self(), with the same reason unless p died normally. The second throws
  // Error(no_context) outside a port's context.
  Monitor mon(const Port& p, const Port& q) { return mon_link(p, q); }
  Monitor mon(const Port& p);
  // Sends q the given message with the reason's elements appended.
  template <class First, class... Args>
  Monitor mon(const Port& p, const Port& q, const First& first, const Args&... args) {
    NodeCore& core = *core_;  // writing the message may destroy this Node
    return mon_message(core, p, q, message(first, args...));
  }
  // Calls f with the reason. When the reason does not fit f's parameters that is logged and f is
  // not called: take a Message where every reason must arrive.
  template <class F>
  requires detail::Callback<F> Monitor mon(const Port& p, F f) {
    return mon_callback(p, detail::make_receiver(std::move(f)));
  }
  // After this returned the monitor never fires.
  void unmon(const Monitor& monitor) { monitor.cancel(); }
  Guard guard(Handle handle) { return Guard(std::move(handle)); }
  // Keeps the given objects until p dies (or is lost), then destroys them.
  template <class... Objects>
  Monitor mon_guard(const Port& p, Objects&&... objects) {
    return mon_keep(
        p, detail::Function<void()>([kept = std::tuple<std::decay_t<Objects>...>(
                                         std::forward<Objects>(objects)...)] { (void)kept; }));
  }

  // Functions on other nodes.

  // Creates a port on a node (named by its ID or one of its ports) and calls the function that
  // was define()d there under that name, in the new port's context. Returns the port at once;
  // sends and monitors may follow and are ordered behind the call. When the function is unknown
  // or the arguments do not fit, the port dies with `die` and a sentence.
  template <class... Args>
  Port spawn(std::string_view node, std::string_view function, const Args&... args) {
    detail::Outgoing out(*core_, node, function);
    out.put(args...);
    out.commit();
    return out.port();
  }
  template <class... Args>
  Port spawn(const Port& where, std::string_view function, const Args&... args) {
    return spawn(std::string_view(where.node()), function, args...);
  }
  // Makes a function callable by spawn and by messages to this node's port, replacing one of the
  // same name. Throws Error(reserved_name), Error(bad_name): empty, or over 255 bytes.
  template <class F>
  void define(std::string_view name, F f) {
    define_function(name, detail::make_receiver(std::move(f)));
  }

  // Sends the message with a temporary reply port appended and calls f(const Reply&) exactly
  // once: with the first message to that port, when `to` dies or is lost, or after the time-out
  // (reason `timeout`). Leaving the network drops it uncalled. Returns the reply port.
  template <class F, class Rep, class Period, class... Args>
  Port cal(const Port& to, F f, std::chrono::duration<Rep, Period> timeout, const Args&... args) {
    return call(to, std::move(f), std::chrono::ceil<Nanoseconds>(timeout), args...);
  }
  template <class F, class... Args>
  requires(sizeof...(Args) == 0 ||
           !detail::is_duration<std::tuple_element_t<0, std::tuple<Args..., void>>>) Port
      cal(const Port& to, F f, const Args&... args) {
    return call(to, std::move(f), std::nullopt, args...);
  }

  // Time and contexts.

  // Calls f() once, or sends the message, after a time; dropped by leave().
  template <class F>
  requires detail::Callback<F> Timer after(Nanoseconds delay, F f) {
    return after_call(delay, detail::Function<void()>(std::move(f)));
  }
  template <class... Args>
  Timer after(Nanoseconds delay, const Port& to, const Args&... args) {
    NodeCore& core = *core_;  // writing the message may destroy this Node
    return after_send(core, delay, to, message(args...));
  }

  // Binds f to the context of self() (Error(no_context) without one): an exception kills that
  // port. The result takes f's parameters and returns void for void f, else std::optional of f's
  // result, empty after an exception. Once port or node is gone it does nothing.
  template <class F>
  auto psub(F f) {
    using S = detail::Signature<F>;
    return detail::Psub<F, typename S::Result, typename S::Args>(bind_self(), std::move(f));
  }
  // Runs f() now, in p's context; not when p is dead. Throws Error(not_local), Error(node_port).
  template <class F>
  auto peval(const Port& p, F&& f) {
    using R = std::invoke_result_t<F&>;
    return detail::Psub<F&, R, detail::TypeList<>>(bind(p), f)();
  }

  // The port whose context this is; the empty port outside any.
  Port self() const;

  // Names and nodes.

  // This node's ID.
  const std::string& id() const;
  // The node port of a node, which understands `snd`, `snd_multiple`, `info`, `known_nodes`,
  // `up_nodes`, `time`, `can`, `devnull` and the names of define()d functions as tags. Throws
  // Error(bad_name) for a malformed node ID.
  Port node_port(std::string_view node) const;
  Port node_port() const { return node_port(id()); }
  bool is_local(const Port& p) const;
  // The addresses it really listens on, dynamic ports filled in.
  std::vector<std::string> binds() const;

  std::vector<std::string> up_nodes() const;     // in order; without this node
  std::vector<std::string> known_nodes() const;  // in order; with this node
  // True: up. False: known but down. nullopt: unknown. This node itself is up.
  std::optional<bool> node_is_up(std::string_view node) const;
  // Calls f(id, up, reason) at every change: up before any message of that link, down after all
  // its messages and port monitors.
  template <class F>
  Registration mon_nodes(F f) {
    return add_node_watch(detail::Function<void(std::string_view, bool, Message)>(std::move(f)));
  }

  // Flow and observation.

  // More than congested_above bytes wait for p's node (or in the local run queue).
  bool congested(const Port& p) const;
  // Calls f() once, from the loop, when fewer than drained_below bytes wait or the link is lost.
  Registration on_drain(const Port& p, detail::Function<void()> f);
  // Calls f(level, line) from the loop for every log line of any level, instead of stderr, as
  // long as one such registration lives.
  template <class F>
  Registration on_log(F f) {
    return add_log_sink(detail::Function<void(int, std::string_view)>(std::move(f)));
  }
  Stats stats() const;

  // Leaves the network and returns at once: ports die, channels are cancelled, no callback of this
  // node runs any more; links are flushed by the loop, for 2 s at most. Later calls do nothing.
  void leave();

 private:
  friend class ChannelCalls<Node>;
  template <class F, class... Args>
  Port call(const Port& to, F f, std::optional<Nanoseconds> timeout, const Args&... args) {
    // The reply port goes again if writing the message throws. Writing may destroy this Node.
    struct Undo {
      NodeCore& core;
      Port reply;
      ~Undo() { drop_call(core, reply); }
    };
    Undo undo{*core_, begin_call(*core_, to, detail::Function<void(const Reply&)>(std::move(f)))};
    detail::Outgoing out(undo.core, detail::Outgoing::Verb::send, to);
    out.put(args..., undo.reply);
    out.commit();
    Port reply = std::exchange(undo.reply, Port());
    start_call(undo.core, reply, timeout);
    return reply;
  }

  Port make_port(Receiver receiver);
  Port set_default(const Port& p, Receiver receiver);
  Port set_tag(const Port& p, std::string_view tag, Receiver receiver);
  Port set_tag(const Port& p, const Port& tag, Receiver receiver);
  Monitor mon_link(const Port& p, const Port& q);
  static Monitor mon_message(NodeCore& core, const Port& p, const Port& q, OwnedMessage prefix);
  Monitor mon_callback(const Port& p, Receiver receiver);
  Monitor mon_keep(const Port& p, detail::Function<void()> keeper);
  void define_function(std::string_view name, Receiver receiver);
  static Port begin_call(NodeCore& core, const Port& to, detail::Function<void(const Reply&)> f);
  static void start_call(NodeCore& core, const Port& reply, std::optional<Nanoseconds> timeout);
  static void drop_call(NodeCore& core, const Port& reply) noexcept;
  Timer after_call(Nanoseconds delay, detail::Function<void()> f);
  static Timer after_send(NodeCore& core, Nanoseconds delay, const Port& to, OwnedMessage message);
  detail::Context bind_self();
  detail::Context bind(const Port& p);
  Registration add_node_watch(detail::Function<void(std::string_view, bool, Message)> f);
  Registration add_log_sink(detail::Function<void(int, std::string_view)> f);
};

}  // namespace aemp

#endif  // AEMP_NODE_H
