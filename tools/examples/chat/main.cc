// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// chat: a room for all who are in one network, by two ways to reach a server. A small whole program
// to read, in this order:
//
//   server.h, .cc        a port in a group, and a function to spawn
//   room.h, .cc          who is in the room: monitors
//   client.h, .cc        finds the server by its group, supervises it, goes to another
//   spawn_client.h, .cc  spawns a handler on the server's node
//   conversation.h, .cc  what these two have in common
//   main.cc              the roles, and the set-up of a node
//
// lines.h has nothing to do with message passing. Try it, in three terminals:
//
//   chat server hub --bind unix:/tmp/chat
//   chat client alice --seed unix:/tmp/chat
//   chat spawn-client bob --server hub --seed unix:/tmp/chat
#include <aemp/aemp.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "client.h"
#include "room.h"
#include "server.h"
#include "spawn_client.h"

namespace {

constexpr char kUsage[] =
    "usage: chat server NODE [OPTION]...         serve until SIGTERM\n"
    "       chat client NICK [OPTION]...         say the lines of standard input, print others'\n"
    "       chat spawn-client NICK --server NODE [OPTION]...   the same, served by that node\n"
    "  --seed ADDRESS      a node to contact first; may be given several times\n"
    "  --bind ADDRESS      where a server listens; may be given several times\n"
    "  --secret-file FILE  the network's secret, see `aemp gensecret`. Without it there are links\n"
    "                      over unix sockets and within this machine only\n";

struct UsageError : std::runtime_error {
  using runtime_error::runtime_error;
};

struct Options {
  std::string role, name, server;
  aemp::Config config;
};

std::string read_secret(const std::string& path) {
  std::ifstream file(path);
  std::string secret;
  if (!(file >> secret)) throw std::runtime_error("there is no secret in " + path);
  return secret;
}

Options parse(const std::vector<std::string>& args) {
  Options options;
  std::vector<std::string> words, seeds, binds;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const std::string& arg = args[i];
    const auto value = [&] {
      if (i + 1 == args.size()) throw UsageError(arg + " needs a value");
      return args[++i];
    };
    if (arg == "--seed") {
      seeds.push_back(value());
    } else if (arg == "--bind") {
      binds.push_back(value());
    } else if (arg == "--server") {
      options.server = value();
    } else if (arg == "--secret-file") {
      options.config.secret = read_secret(value());
    } else if (arg.starts_with('-')) {
      throw UsageError("unknown option " + arg);
    } else {
      words.push_back(arg);
    }
  }
  if (words.size() != 2) throw UsageError("expected a role and a name");
  options.role = words[0];
  options.name = words[1];
  if (!seeds.empty()) options.config.seeds = seeds;
  if (!binds.empty()) options.config.binds = binds;
  return options;
}

void check(const Options& options) {
  const std::string& role = options.role;
  if (role != "server" && role != "client" && role != "spawn-client") {
    throw UsageError("unknown role " + role);
  }
  if (role != "server" && options.name.size() > Room::kLongestNick) {
    throw UsageError("the nick is too long");
  }
  if ((role == "spawn-client") == options.server.empty()) {
    throw UsageError("--server NODE belongs to spawn-client");
  }
  if (role != "server" && options.config.binds) throw UsageError("a client takes no --bind");
  if (role != "server" && !options.config.seeds) throw UsageError("a client needs a --seed");
}

// A server is a public node with a name. Clients have none that matters, and need no address: they
// are private nodes, who connect to others.
aemp::Config set_up(const Options& options) {
  aemp::Config config = options.config;
  config.norc = true;
  if (options.role == "server") {
    config.nodeid = options.name;
  } else {
    config.nodeid = "chat/";  // and a random end
    config.private_node();
  }
  if (!config.secret) config.insecure = true;
  config.monitor_timeout = std::chrono::seconds(5);  // people do not wait for long
  return config;
}

void run(const Options& options) {
  aemp::Loop loop;
  aemp::Node node(loop);
  node.configure(set_up(options));
  for (const int signal : {SIGTERM, SIGINT}) loop.signal(signal, [&loop] { loop.stop(); });

  std::optional<Server> server;
  std::optional<Client> client;
  std::optional<SpawnClient> spawn_client;
  if (options.role == "server") {
    server.emplace(node);
    std::string places;
    for (const std::string& address : node.binds()) places += " " + address;
    std::printf("%s listens on%s\n", node.id().c_str(), places.c_str());
  } else if (options.role == "client") {
    client.emplace(loop, node, options.name);
  } else {
    spawn_client.emplace(loop, node, options.server, options.name);
  }
  loop.run();
  node.leave();  // what is queued is sent still, until the loop is destroyed
}

}  // namespace

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  try {
    const Options options = parse(std::vector<std::string>(argv + 1, argv + argc));
    check(options);
    run(options);
    return 0;
  } catch (const UsageError& e) {
    std::fprintf(stderr, "chat: %s\n%s", e.what(), kUsage);
    return 2;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "chat: %s\n", e.what());
    return 1;
  }
}
