// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What the tool says about itself.
#include <aemp/profile.h>

#include "commands.h"
#include "settings.h"

namespace tool {
namespace {

constexpr Command kCommands[] = {
    {"run", "[PROFILE] [KEY VALUE...]",
     R"(Runs a node until SIGTERM or SIGINT; then it leaves the network and exits with 0.
When it listens, one line on stdout says its node ID and the addresses it listens on,
dynamic ports filled in. Its log goes to stderr, up to log_level (default 5, or $AEMP_LOG).
A node that crashes or hangs is started again. SIGHUP reads secrets, keys, log level anew.

PROFILE is one of the configuration file; default: the one that is called like the machine, if there
is one. Keys are those of aemp.conf(5), and secret_file, key_file and allow_file in the place of
secret, key and allow. Lists have commas between their elements, times are in seconds.

  aemp run nodeid ruth binds unix:/run/ruth
  aemp run nodeid bert seeds unix:/run/ruth binds 127.0.0.1:0 insecure true
)",
     &run_node},
    {"snd", "PORT ARG...",
     R"(Sends a message to a port. Exits with 0 when the message has reached the port's node;
whether the port exists, and what its program makes of the message, is another matter.

  aemp snd ruth hello 42 --seed unix:/run/ruth
)",
     &send_message},
    {"cal", "PORT ARG...",
     R"(Sends a message to a port, with a port to reply to as last argument, and prints the reply.

  aemp cal ruth time --seed unix:/run/ruth
)",
     &call_port},
    {"mon", "PORT",
     R"(Waits until a port dies and prints the reason, normal where there is none. A node ID as PORT
waits until the node is lost. The time-out ends with the link to the node.

  aemp mon ruth --seed unix:/run/ruth
)",
     &monitor_port},
    {"call", "NODE FUNC [ARG...]",
     R"(Calls a function of a node, with a port to reply to as last argument, and prints the reply.

  aemp call ruth chat::users --seed unix:/run/ruth
)",
     &call_function},
    {"restart", "NODE",
     R"(Asks the node to leave the network and be started anew, with the program that is installed now.
It must be one that `aemp run` supervises. Exits with 0 when the node has agreed.

  aemp restart ruth --seed unix:/run/ruth
)",
     &restart_node},
    {"shell", "[NODE]",
     R"(Calls functions of the node, and sends messages, line by line; `help` there says how. Without a
terminal the lines are read from standard input, each when the one before has its reply; it exits
with 1 when one of them failed.

  aemp shell ruth --seed unix:/run/ruth
)",
     &run_shell},
    {"top", "[NODE]",
     R"(Shows the nodes of the network, or this one, and their links on the whole screen, every 2 seconds
or --interval seconds: messages and bytes a second, bytes that wait, round-trip times, the greatest
lag of the loop and the slowest receiver since the start. q quits.

  aemp top --seed unix:/run/ruth
)",
     &show_top},
    {"db", "[FAMILY [KEY]]",
     R"(Prints the names of the families of the network's database; the rows of one, key and value with a
tab between them; or the value of one key; where there is no such key it exits with 1.

  aemp db jobs --seed unix:/run/ruth
)",
     &print_family},
    {"grp", "GROUP",
     R"(Prints the ports of a group.

  aemp grp chat --seed unix:/run/ruth
)",
     &print_group},
    {"log", "[NODE...]",
     R"(Prints the log lines of all nodes, or of these, up to --level (default 5), as they come, until it
is ended. Nodes that join later are included. Nodes that are secure tell nothing.

  aemp log --level 7 --seed unix:/run/ruth
)",
     &follow_log},
    {"ping", "NODE",
     R"(Sends a message to the node's node port every second, or --interval seconds, and prints how long
it took there and back, until it is ended or --count have been sent; then how many there were,
and the least, mean and greatest time and the standard deviation. It exits with 1 when none was
answered. The link is made first: its time is not measured.

  aemp ping ruth --count 5 --seed unix:/run/ruth
)",
     &ping_node},
    {"trace", "[NODE]",
     R"(Prints who is connected to whom: for each node, or for this one, its peers, the time that a
message takes there and back, bytes that wait to be sent, and the address. With --dot as a graph
for Graphviz. Nodes that do not answer in time are shown as such.

  aemp trace --dot --seed unix:/run/ruth | dot -Tsvg -o network.svg
)",
     &trace_links},
    {"stat", "[NODE]",
     R"(Prints the figures of a node, or of the one that was contacted first: a line each, times in
milliseconds, and a table of its peers, those with a link first and at most --count (default 100).
With --prom in the text format of Prometheus, times in seconds. What they mean: aemp(1).

  aemp stat ruth --seed unix:/run/ruth
  aemp stat --prom --seed unix:/run/ruth >/var/lib/node_exporter/aemp.prom
)",
     &print_stats},
    {"gensecret", "[FILE]",
     R"(Makes a new secret for a network, 256 random bits, puts it into the configuration file and prints
what people call it, its fingerprint. With FILE it goes into that new file instead, which only its
owner may read; with --print to stdout, and the fingerprint to stderr.

  aemp gensecret
  aemp gensecret /etc/aemp/secret
  aemp run --secret-file /etc/aemp/secret nodeid ruth binds 192.0.2.1:4040
)",
     &generate_secret},
    {"genkey", "[FILE]",
     R"(Makes a new private key for a node and puts it into the configuration file, or into FILE, or with
--print to stdout, as gensecret does; the public key, for the lists of other nodes, is printed.

  aemp profile db1 genkey
  aemp genkey /etc/aemp/key
)",
     &generate_key},
    {"fingerprint", "FILE",
     R"(Prints what people call the secrets and keys in a file: of a file of secrets a fingerprint for
each, the first one's first; of a key file its public key, then the fingerprint; of an allow file
the fingerprint of each key and the node IDs that it may use. The file is checked as run does it.
With --json a JSON array of objects: fingerprint, public_key (of keys), nodeids (of allowed ones).

  aemp fingerprint /etc/aemp/key
)",
     &print_fingerprints},
    {"showprofile", "[NAME]",
     R"(Prints what the configuration file says, or of it one profile, as JSON. Secrets and keys are
shown by their fingerprints.
)",
     &show_profile},
    {"showconfig", "[NAME [KEY VALUE...]]",
     R"(Prints what holds for a node of this profile, or of the one that is called like the machine, with
these keys on its command line: key, value, and where it is from, with tabs between them; as JSON
an object. Secrets and keys are shown by their fingerprints.

  aemp showconfig db1
)",
     &show_config},
};

constexpr std::string_view kArguments = R"(
ARG: JSON if it begins with [ { or ", a number, a port NODE#NAME, otherwise text ('"42"' is text).
A JSON array as the only ARG is the whole message. -- ends the options.
)";

constexpr std::string_view kRunOptions = R"(
Options: --bind ADDRESS, --seed ADDRESS, --nodeid ID, --secret-file FILE, --key-file FILE,
--allow-file FILE, --cluster NAME, --insecure (the keys of these names), --rc FILE, --norc
(another configuration file, or none), --json, and:
  -d                      go to the background once the node is ready
  --pidfile FILE          holds the process ID while it runs
  --logfile FILE          the log goes there once the node is ready; SIGHUP opens it anew
  --hang-timeout SECONDS  a node that is silent for so long hangs (default 30; 0: never)
  --max-restarts N        give up after that many in a row (default 10)
  --nosupervise           nobody starts it again
)";

constexpr std::string_view kClientOptions = R"(
Options; what they do not say is taken from the configuration file, profile aemp:
  --seed ADDRESS     a node to contact first: NODE itself, or one that finds it
  --secret-file FILE the network's secret, for TCP; see also --key-file, --allow-file, --cluster
  --insecure         allow TCP without secret, on this machine only
  --rc FILE, --norc  another configuration file, or none
  --timeout SECONDS  give up after this long (default 5)
  --nodeid ID        name of this node (default anon/ and random text)
  --bind ADDRESS     listen here too (default nowhere)
  --json             the result as JSON
  --level N          the highest level of log lines (log)
  --dot, --prom      as a graph for Graphviz (trace), as text for Prometheus (stat)
  --count N          how many messages (ping), peers at most (stat)
  --interval SECONDS how often (ping, top)
)";

}  // namespace

std::span<const Command> commands() { return kCommands; }

const Command* find_command(std::string_view name) {
  for (const Command& command : kCommands) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

std::string command_names() {
  std::string names;
  for (const Command& command : kCommands) {
    if (!names.empty()) names += ", ";
    names += command.name;
  }
  return names + " or help";
}

void unknown_command(const std::string& name) {
  std::string_view key = name;
  for (const std::string_view prefix : {"set", "del"}) {
    if (key.starts_with(prefix)) {
      key.remove_prefix(prefix.size());
      break;
    }
  }
  throw UsageError("unknown command " + quoted(name) + ": expected " + command_names() +
                   ", or a key of aemp.conf(5): did you mean '" +
                   std::string(aemp::nearest_config_key(key)) + "'?");
}

void need_words(const Options& options, std::size_t least, std::size_t most, const char* what) {
  const Command& command = *find_command(options.command);
  const std::string usage =
      "aemp " + std::string(command.name) + " " + std::string(command.synopsis);
  if (options.words.size() < least) {
    throw UsageError(std::string(command.name) + " needs " + what + ": " + usage);
  }
  if (options.words.size() > most) {
    throw UsageError(std::string(command.name) + ": unexpected " + quoted(options.words[most]) +
                     ": " + usage);
  }
}

std::string_view usage_text() {
  return R"(Usage: aemp COMMAND [ARGUMENT...]... [OPTION...]

  run [PROFILE] [KEY VALUE...]  run a node until SIGTERM or SIGINT
  snd PORT ARG...               send a message
  cal PORT ARG...               send a message and print the reply
  mon PORT                      wait until a port dies and print the reason
  call NODE FUNC [ARG...]       call a function of a node and print the reply
  db [FAMILY [KEY]], grp GROUP, log [NODE...]  rows, ports of a group, log lines
  ping NODE, trace, top [NODE]  round-trip times, links, and all of it live
  shell [NODE], restart NODE    talk to a node line by line; start it anew
  stat [NODE]                   figures of a node, also for Prometheus

  KEY VALUE, delKEY             set or unset a key of the configuration file
  addseed, addbind, addservice VALUE (or del...); delprofile NAME
  gensecret, genkey, setsecret  make or read a secret or key for that file
  profile NAME COMMAND...       the commands that follow are about this profile
  showprofile, showconfig [NAME]  what the file says, what holds
  fingerprint FILE, help [COMMAND]  of secrets and keys; more about a command

Options: --seed ADDRESS, --bind ADDRESS, --nodeid ID, --secret-file FILE,
--key-file FILE, --allow-file FILE, --cluster NAME, --insecure, --rc FILE,
--norc, --timeout SECONDS, --json, --version. See also: aemp help config.
Exit status: 0 done, 1 the network said no, 2 usage, 3 node ID in use. aemp(1).
)";
}

std::string_view config_help_text() {
  return R"(Usage: aemp COMMAND [VALUE] ... [LAST-COMMAND ...] [OPTION...]

Changes the configuration file: $AEMP_RC, else aemp.json in $XDG_CONFIG_HOME, else ~/.aemp.json.

  [set]KEY VALUE             sets a key of aemp.conf(5); lists have commas or are JSON arrays
  delKEY                     unsets it, so that it is inherited again
  addseed|delseed ADDRESS    adds to or takes from the list seeds
  addbind|delbind ADDRESS    likewise binds
  addservice|delservice FUNC likewise services; with arguments '["FUNC",ARG...]'
  gensecret, genkey          makes a secret or key, stores it and prints what others may know of it
  setsecret, setkey, setsecret_also
                             reads one from the terminal or from standard input and stores it
  profile NAME               what follows is about this profile; alone, it makes an empty one
  delprofile NAME            removes it
  parent NAME                the profile that this one inherits from

They may stand one behind the other, and before any other command; all of them are done, or none.

  aemp gensecret seeds 10.0.0.1:4040 profile db1 binds '*:4040' run
  aemp profile db1 parent server delbinds
)";
}

std::string help_text(const Command& command) {
  const bool has_message = command.synopsis.find("ARG") != std::string_view::npos;
  const bool is_run = command.run == &run_node;
  const bool is_local = command.run == &generate_secret || command.run == &generate_key ||
                        command.run == &print_fingerprints || command.run == &show_profile ||
                        command.run == &show_config;
  std::string text = "Usage: aemp ";
  text.append(command.name).append(" ").append(command.synopsis).append(" [OPTION...]\n\n");
  text.append(command.help);
  if (is_local) return text;
  if (has_message) text.append(kArguments);
  return text.append(is_run ? kRunOptions : kClientOptions);
}

}  // namespace tool
