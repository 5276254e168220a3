// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Config: what Node::configure is given. Every member is optional; unset means "not given".
#ifndef AEMP_CONFIG_H
#define AEMP_CONFIG_H

#include <aemp/limits.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace aemp {

struct Config {
  // The node's name, [A-Za-z0-9_.:/%-]{1,255}, unique in the network. %n expands to the host's
  // nodename, %u to a random unique string; an ID that ends in '/' gets one appended.
  // Default: the name of the profile, else "anon/" and a random string.
  std::optional<std::string> nodeid;
  // Addresses to listen on: "host:port", "[v6]:port", "unix:/path", "unix:@abstract"; numeric.
  // Port 0 or none: any free port; host *: each address that this machine has. Unset: * with a
  // secret or a key, 127.0.0.1 with `insecure`, none otherwise. A socket that listens at such an
  // address and was handed over by systemd, see sd_listen_fds(3), is used.
  std::optional<std::vector<std::string>> binds;
  // What other nodes are told to dial, where that is not what it listens on: behind a forwarder or
  // NAT. Numeric or a name, with a port; host *: each address that this machine has, without a port
  // with those that it listens on. Nothing is bound for it.
  std::optional<std::vector<std::string>> advertise;
  // Addresses of nodes to contact first; port 4040 when none is given. Who is dialled as a seed
  // becomes a global node. The host may be a name, "example.org:4041": it is resolved from the
  // loop, with /etc/hosts and /etc/resolv.conf, anew for each round of attempts, and all its
  // addresses are tried.
  std::optional<std::vector<std::string>> seeds;
  // Links over TCP are encrypted, and both ends prove that they belong to the network: by its
  // secret, or each by a key of its own, or both. All nodes of a network have the same of these;
  // unix sockets of the same user need none. Node::reload() takes secret, secret_also, key, allow
  // and cluster of a running node that has a secret or a key: links of keys that are not allowed
  // any more are closed at once, those that a secret admitted stay.

  // What `aemp gensecret` or generate_secret() made, or a passphrase of at least 12 bytes
  // (which costs a tenth of a second and 32 MiB in configure(), and is as safe as it is hard to
  // guess). Whoever has it can be any node.
  std::optional<std::string> secret;
  // At most three more that others may have, to change `secret` without a break: add the new one
  // here everywhere, make it `secret` everywhere, take the old one away.
  std::optional<std::vector<std::string>> secret_also;
  // This node's private key, as `aemp genkey` or generate_key() made it.
  std::optional<std::string> key;
  // With `key`, and never without: who may connect, and be connected to. A line each: a public key,
  // a blank, and the node IDs that its owner may use, separated by commas; * stands for any text, ?
  // for any character. "aemp-p1.… web-*,db1".
  std::optional<std::vector<std::string>> allow;
  // The network's name, at most 64 bytes: who gives it another name is a stranger. Default: "".
  std::optional<std::string> cluster;
  // False on both ends of a link over loopback: after the handshake it is not encrypted. Default
  // true.
  std::optional<bool> encrypt;
  // Links over loopback TCP without secret and key. Both ends must say so. An error beside them.
  std::optional<bool> insecure;

  // How long a node may stay unreachable before its monitors fire and its queue is dropped.
  // Default 30 s.
  std::optional<std::chrono::nanoseconds> monitor_timeout;
  // The next address of a node is tried this long after the last. Default 250 ms.
  std::optional<std::chrono::nanoseconds> connect_interval;
  // A peer that is silent for this long is down. Default 6 s, 30 ms to a day.
  std::optional<std::chrono::nanoseconds> heartbeat_timeout;
  // A link unused for this long is closed. Default 300 s.
  std::optional<std::chrono::nanoseconds> link_idle;

  // Bytes queued towards a peer before the link is declared lost. Default 64 MiB, at least
  // 2 * max_message.
  std::optional<std::uint64_t> queue_limit;
  // Largest message sent or accepted, in bytes of its encoded values. Default 16 MiB, 1 KiB to
  // 1 GiB.
  std::optional<std::uint64_t> max_message;
  // Marks of congested() and on_drain(), in bytes. Defaults 1 MiB and 256 KiB.
  std::optional<std::uint64_t> congested_above;
  std::optional<std::uint64_t> drained_below;

  // What strangers may cost.
  Limits limits;

  // A global node knows all nodes, is connected to all global nodes and its seeds, and tells others
  // where nodes are. True: from the start. False: never, whoever asks. Default: when it is dialled
  // as a seed.
  std::optional<bool> global;
  // TCP_NODELAY on links. Default true.
  std::optional<bool> nodelay;
  // Calls and spawns of the program's functions from other nodes die with `refused`. Default false.
  std::optional<bool> secure;
  // Most detailed level printed on stderr, 0 to 9. Default 5, or $AEMP_LOG.
  std::optional<int> log_level;
  // Functions of this node that are called once it is configured: names of define()d ones, or, with
  // arguments, JSON arrays: "[\"pool\",4]".
  std::optional<std::vector<std::string>> services;

  // The configuration file, aemp.conf(5): $AEMP_RC, else aemp.json in $XDG_CONFIG_HOME, else
  // .aemp.json in $HOME. What its profile says, those that it inherits from, and its top level, in
  // this order, goes before the members here. A file that does not exist says nothing.

  // Do not read it.
  bool norc = false;
  // The members here go first.
  bool force = false;
  // The profile, which must exist. Default: the host's nodename, if there is a profile of that
  // name. Without a nodeid, its name is the node ID.
  std::optional<std::string> profile;

  // No binds at all: a private node. (`binds = {}` would only unset the member.)
  void private_node() { binds = std::vector<std::string>(); }
};

}  // namespace aemp

#endif  // AEMP_CONFIG_H
