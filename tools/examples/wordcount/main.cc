// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// wordcount: counts words on two processes, survives the loss of one, and prints what `wc -w`
// would. A small whole program to read, in this order:
//
//   worker.cc          a node that offers a function to spawn
//   feeder.h, .cc      supervision: spawn, monitor, give the work of a lost port to another
//   main.cc            the two roles, and the set-up of the feeder's node
//
// text.h and process.h have nothing to do with message passing.
#include <aemp/aemp.h>
#include <unistd.h>

#include <cstdio>
#include <deque>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "feeder.h"
#include "process.h"
#include "text.h"
#include "worker.h"

namespace {

constexpr char kUsage[] =
    "usage: wordcount [OPTION]... FILE...   print the number of words in the files\n"
    "       wordcount worker --nodeid NODE --bind ADDRESS   count for others until SIGTERM\n"
    "  --worker NODE=ADDRESS  use this worker; may be given several times. Without it two\n"
    "                         workers are started, and ended afterwards\n"
    "  --transport tcp|unix   how to talk to the workers that are started (tcp)\n"
    "  --kill-one             kill one of them midway, with SIGKILL\n"
    "  --any-byte             words may consist of unprintable bytes alone, as in some wc\n";

struct UsageError : std::runtime_error {
  using runtime_error::runtime_error;
};

struct Options {
  std::string nodeid, bind;  // of a worker
  bool until_eof = false;
  std::vector<std::pair<std::string, std::string>> workers;  // node ID, address
  std::string transport = "tcp";
  Feeder::Settings settings;
  std::vector<std::string> files;
};

Options parse(const std::vector<std::string>& args) {
  Options options;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const std::string& arg = args[i];
    const auto value = [&] {
      if (i + 1 == args.size()) throw UsageError(arg + " needs a value");
      return args[++i];
    };
    if (arg == "--worker") {
      const std::string worker = value();
      const std::size_t equals = worker.find('=');
      if (equals == std::string::npos) throw UsageError("--worker takes NODE=ADDRESS");
      options.workers.emplace_back(worker.substr(0, equals), worker.substr(equals + 1));
    } else if (arg == "--transport") {
      options.transport = value();
    } else if (arg == "--nodeid") {
      options.nodeid = value();
    } else if (arg == "--bind") {
      options.bind = value();
    } else if (arg == "--until-eof") {
      options.until_eof = true;
    } else if (arg == "--kill-one") {
      options.settings.kill_one = true;
    } else if (arg == "--any-byte") {
      options.settings.any_byte = true;
    } else if (arg.starts_with('-')) {
      throw UsageError("unknown option " + arg);
    } else {
      options.files.push_back(arg);
    }
  }
  return options;
}

void be_worker(const Options& options) {
  if (options.nodeid.empty() || options.bind.empty() || !options.files.empty()) {
    throw UsageError("a worker takes --nodeid NODE and --bind ADDRESS");
  }
  run_worker(options.nodeid, options.bind, options.until_eof);
}

void check_feeder(const Options& options) {
  if (options.files.empty()) throw UsageError("no file given");
  if (options.transport != "tcp" && options.transport != "unix") {
    throw UsageError("--transport takes tcp or unix");
  }
  if (options.settings.kill_one && !options.workers.empty()) {
    throw UsageError("--kill-one kills none that was given by --worker");
  }
}

void be_feeder(Options options) {
  check_feeder(options);
  LineReader reader(options.files, options.settings.any_byte);
  std::deque<Process> started;  // ends its processes last of all, when the node has said goodbye
  if (options.workers.empty()) {
    for (const std::string nodeid : {"w1", "w2"}) {
      const std::string name = "unix:@wordcount." + std::to_string(::getpid()) + "." + nodeid;
      started.emplace_back(nodeid, options.transport == "unix" ? name : "127.0.0.1:0");
      options.workers.emplace_back(nodeid, started.back().address());
    }
  }

  aemp::Loop loop;
  aemp::Node node(loop);
  aemp::Config config;
  config.norc = true;
  config.nodeid = "feeder/";  // and a random end
  config.private_node();
  config.insecure = true;  // links without a secret, to this machine only
  config.monitor_timeout = std::chrono::seconds(10);
  config.seeds.emplace();
  for (const auto& [nodeid, address] : options.workers) config.seeds->push_back(address);
  node.configure(config);

  Feeder feeder(loop, node, reader, options.settings);
  for (std::size_t i = 0; i < options.workers.size(); ++i) {
    const auto& [nodeid, address] = options.workers[i];
    std::fprintf(stderr, "%s is at %s\n", nodeid.c_str(), address.c_str());
    feeder.add_worker(nodeid, started.empty() ? nullptr : &started[i]);
  }
  std::printf("%llu\n", static_cast<unsigned long long>(feeder.run()));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    std::vector<std::string> args(argv + 1, argv + argc);
    const bool worker = !args.empty() && args[0] == "worker";
    if (worker) args.erase(args.begin());
    worker ? be_worker(parse(args)) : be_feeder(parse(args));
    return 0;
  } catch (const UsageError& e) {
    std::fprintf(stderr, "wordcount: %s\n%s", e.what(), kUsage);
    return 2;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "wordcount: %s\n", e.what());
    return 1;
  }
}
