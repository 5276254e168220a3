// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// jobpool: workers for several kinds of jobs, and a dispatcher that gives them out; workers come,
// go and crash, and each job's result is printed exactly once. A small whole program to read, in
// this order:
//
//   worker.h, .cc      a port in a group for each kind of job
//   pool.h, .cc        knows the group's ports, gives out jobs, gives a lost worker's to another
//   dispatcher.h, .cc  lines in, results out
//   main.cc            the roles, and the set-up of a node
//
// jobs.h and lines.h have nothing to do with message passing. Try it, in three terminals:
//
//   jobpool worker w1 factor reverse --bind unix:/tmp/w1
//   jobpool worker w2 factor --bind unix:/tmp/w2 --seed unix:/tmp/w1
//   (echo factor 360; echo reverse live) | jobpool dispatch --seed unix:/tmp/w1
#include <aemp/aemp.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "dispatcher.h"
#include "jobs.h"
#include "worker.h"

namespace {

constexpr char kUsage[] =
    "usage: jobpool worker NODE KIND... [OPTION]...   do jobs of these kinds until SIGTERM:\n"
    "                                                 factor, reverse\n"
    "       jobpool dispatch [OPTION]...              have jobs done, from lines KIND TEXT on\n"
    "                                                 standard input; print their results\n"
    "  --seed ADDRESS      a node to contact first; may be given several times\n"
    "  --bind ADDRESS      where a worker listens; may be given several times\n"
    "  --secret-file FILE  the network's secret, see `aemp gensecret`. Without it there are links\n"
    "                      over unix sockets and within this machine only\n";

struct UsageError : std::runtime_error {
  using runtime_error::runtime_error;
};

struct Options {
  std::string role, name;
  std::vector<std::string> kinds;
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
    } else if (arg == "--secret-file") {
      options.config.secret = read_secret(value());
    } else if (arg.starts_with('-')) {
      throw UsageError("unknown option " + arg);
    } else {
      words.push_back(arg);
    }
  }
  if (words.empty()) throw UsageError("expected a role");
  options.role = words[0];
  if (words.size() > 1) options.name = words[1];
  if (words.size() > 2) options.kinds.assign(words.begin() + 2, words.end());
  if (!seeds.empty()) options.config.seeds = seeds;
  if (!binds.empty()) options.config.binds = binds;
  return options;
}

void check(const Options& options) {
  if (options.role == "worker") {
    if (options.kinds.empty()) throw UsageError("a worker has a name, and kinds of jobs");
    for (const std::string& kind : options.kinds) {
      if (!is_kind(kind)) throw UsageError("unknown kind of job " + kind);
    }
  } else if (options.role == "dispatch") {
    if (!options.name.empty()) throw UsageError("dispatch takes options only");
    if (options.config.binds) throw UsageError("a dispatcher takes no --bind");
    if (!options.config.seeds) throw UsageError("a dispatcher needs a --seed");
  } else {
    throw UsageError("unknown role " + options.role);
  }
}

// A worker is a public node with a name. A dispatcher needs no address: it is a private node, that
// connects to others.
aemp::Config set_up(const Options& options) {
  aemp::Config config = options.config;
  config.norc = true;
  if (options.role == "worker") {
    config.nodeid = options.name;
  } else {
    config.nodeid = "dispatcher/";  // and a random end
    config.private_node();
  }
  if (!config.secret) config.insecure = true;
  config.monitor_timeout = std::chrono::seconds(5);  // then a worker's job is another's
  return config;
}

void run(const Options& options) {
  aemp::Loop loop;
  aemp::Node node(loop);
  node.configure(set_up(options));
  for (const int signal : {SIGTERM, SIGINT}) loop.signal(signal, [&loop] { loop.stop(); });

  std::optional<Dispatcher> dispatcher;
  if (options.role == "worker") {
    const std::set<std::string> kinds(options.kinds.begin(), options.kinds.end());
    for (const std::string& kind : kinds) offer(node, kind);
    std::string places;
    for (const std::string& address : node.binds()) places += " " + address;
    std::printf("%s listens on%s\n", node.id().c_str(), places.c_str());
  } else {
    dispatcher.emplace(loop, node);
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
    std::fprintf(stderr, "jobpool: %s\n%s", e.what(), kUsage);
    return 2;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "jobpool: %s\n", e.what());
    return 1;
  }
}
