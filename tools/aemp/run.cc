// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The command run: a node until SIGTERM or SIGINT.
#include <aemp/aemp.h>
#include <aemp/profile.h>
#include <signal.h>
#include <unistd.h>

#include <csignal>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "client.h"
#include "commands.h"
#include "daemon.h"
#include "keys.h"
#include "modules.h"
#include "output.h"
#include "overseer.h"
#include "settings.h"
#include "setup.h"
#include "supervisor.h"
#include "systemd.h"

namespace tool {
namespace {

constexpr int kErrors = 1;
constexpr int kWarnings = 2;
constexpr int kDefaultLevel = 5;

bool is_run_key(std::string_view word) {
  return aemp::is_config_key(word) || word == "secret_file" || word == "key_file" ||
         word == "allow_file";
}

void check_options(const Options& options) {
  if (options.timeout)
    throw UsageError("--timeout: run has none; it is for snd, cal, mon and call");
  if (options.nosupervise && (options.max_restarts || options.hang_timeout)) {
    throw UsageError(
        "--nosupervise: nobody would restart the node: expected neither --max-restarts nor "
        "--hang-timeout");
  }
  if (options.daemon && !options.logfile && isatty(STDERR_FILENO) != 0) {
    throw UsageError(
        "-d: the log would be lost with the terminal: add --logfile FILE, or redirect it: 2>>FILE");
  }
}

// As the command line and the files say now. Takes the options.
WipedConfig node_config(Options& options) {
  read_files(options);
  std::span<const std::string> words = options.words;
  std::optional<std::string> profile = options.profile;
  if (words.size() == 1 || (words.size() % 2 == 1 && !is_run_key(words[0]))) {
    profile = words[0];
    words = words.subspan(1);
  }
  set_keys(options, "run", words);
  WipedConfig config = node_setup(options, profile);
  check_reach(config);
  return config;
}

// The node of this process, and what it does when it is told something.
class NodeProcess {
 public:
  NodeProcess(const Options& options, Daemon& daemon)
      : options_(options), overseer_(loop_, options, daemon, [this] {
          say(kErrors, "its supervisor has ended: leaving");
          loop_.stop();
        }) {}

  int run() {
    log_ = node_.on_log([this](int level, std::string_view line) { on_log(level, line); });
    for (const int signo : {SIGTERM, SIGINT}) {
      signals_[signo == SIGINT] = loop_.signal(signo, [this] { loop_.stop(); });
    }
    hangup_ = loop_.signal(SIGHUP, [this] { reload(); });
    node_.define("restart", [this](aemp::Port reply) { restart(reply); });
    Options options = options_;
    WipedConfig config = node_config(options);
    level_ = log_level(config, kDefaultLevel);
    load_modules(node_, config);
    configure(node_, config, options.places);
    aemp::wipe_secrets(config);
    if (const int fd = idle_socket(); fd >= 0) {
      say(kErrors, "nobody listens on descriptor " + std::to_string(fd) +
                       ", which systemd has handed over: expected its address among the binds");
    }
    // Whoever has read the line of the first start need not read others.
    if (!overseer_.first_start()) {
      say(kWarnings, "started anew: " + ready_line());
    } else if (!print_line(ready_line())) {
      return kNo;
    }
    overseer_.ready(node_.id());
    loop_.run();
    // Ctrl-C comes from the terminal and from the supervisor; the second one must not cut it short.
    for (const int signo : {SIGTERM, SIGINT, SIGHUP}) std::signal(signo, SIG_IGN);
    overseer_.stopping();
    // What happens while it leaves is the library's to log.
    log_.cancel();
    return outcome_;
  }

 private:
  std::string ready_line() const {
    if (options_.json) return aemp::dict("nodeid", node_.id(), "binds", node_.binds()).json();
    std::string line = node_.id();
    for (const std::string& bind : node_.binds()) line += " " + bind;
    return line;
  }

  void on_log(int level, std::string_view line) {
    say(level, line);
    // Of two nodes with one ID, the one that is new goes: it never had a link.
    const aemp::Stats stats = node_.stats();
    if (stats.id_conflicts == 0 || stats.links_taken != 0 || outcome_ != kDone) return;
    outcome_ = kIdInUse;
    complain("node ID " + node_.id() + " is in use: choose another with --nodeid (" +
             std::string(line) + ")");
    loop_.stop();
  }

  // Secrets, keys and the log level; what is wrong changes nothing.
  void reload() {
    overseer_.reloading();
    settle_streams(options_);
    try {
      Options options = options_;
      WipedConfig config = node_config(options);
      tool::reload(node_, config, options.places);
      level_ = log_level(config, kDefaultLevel);
      say(kWarnings, "reloaded: secrets, keys and log level are as they are configured now");
    } catch (const std::exception& e) {
      say(kErrors, "not reloaded, all is as it was: " + std::string(e.what()));
    }
    overseer_.ready(node_.id());
  }

  void restart(const aemp::Port& reply) {
    if (!overseer_.supervised()) {
      return node_.kil(reply, "not_supervised", "nobody would start the node again");
    }
    node_.snd(reply, "restarting");
    overseer_.ask_restart();
    loop_.stop();
  }

  void say(int level, std::string_view line) {
    if (level <= level_) print_log_line(level, node_.id(), line);
  }

  const Options& options_;
  int level_ = kDefaultLevel;
  Outcome outcome_ = kDone;
  aemp::Loop loop_;
  Overseer overseer_;
  aemp::Node node_{loop_};
  aemp::Registration log_;
  aemp::Watch signals_[2];
  aemp::Watch hangup_;
};

// Whoever has started this process may have blocked those that end it; and that nobody reads the
// log any more is no reason to end without a goodbye.
void settle_signals() {
  sigset_t ends;
  sigemptyset(&ends);
  for (const int signo : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&ends, signo);
  sigprocmask(SIG_UNBLOCK, &ends, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

int run_as_asked(const Options& options, Daemon& daemon) {
  settle_signals();
  if (Overseer::is_above()) return NodeProcess(options, daemon).run();
  check_options(options);
  check_logfile(options);
  if (options.daemon) daemon.detach();
  const PidFile pidfile(options.pidfile);
  const int code =
      options.nosupervise ? NodeProcess(options, daemon).run() : supervise(options, daemon);
  daemon.settle(code);
  return code;
}

}  // namespace

int run_node(Options& options) {
  Daemon daemon;
  try {
    return run_as_asked(options, daemon);
  } catch (const UsageError&) {
    daemon.settle(kUsage);
    throw;
  }
}

}  // namespace tool
