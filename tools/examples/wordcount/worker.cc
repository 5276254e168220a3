// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "worker.h"

#include <aemp/aemp.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>

#include "text.h"

void run_worker(const std::string& nodeid, const std::string& bind, bool until_eof) {
  aemp::Loop loop;
  aemp::Node node(loop);

  // Runs in the context of the port that a feeder spawned, which is self(). The link mon(answers)
  // kills that port when nobody can take its answers any more: when the feeder killed the port for
  // them, or the feeder is gone.
  node.define(kCounter, [&node](aemp::Port answers, bool any_byte) {
    node.mon(answers);
    node.rcv(node.self(), [&node, answers, any_byte](std::uint64_t line, bool inside, Bytes text) {
      node.snd(answers, line, count_words(text, inside, any_byte).words);
    });
  });

  aemp::Config config;
  config.norc = true;
  config.nodeid = nodeid;
  config.binds = {bind};
  config.insecure = true;  // links without a secret, to this machine only
  node.configure(config);
  for (const std::string& address : node.binds()) {
    std::printf("%s=%s\n", nodeid.c_str(), address.c_str());
  }
  std::fflush(stdout);

  for (const int signal : {SIGTERM, SIGINT}) loop.signal(signal, [&loop] { loop.stop(); });
  if (until_eof) {
    loop.io(STDIN_FILENO, aemp::Readable, [&loop] {
      char ignored[256];
      if (::read(STDIN_FILENO, ignored, sizeof ignored) <= 0) loop.stop();
    });
  }
  loop.run();
}
