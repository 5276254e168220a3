// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// A key-value service on one node, and its supervisor on another.
//
//   kv store ADDRESS           the node "store", which has the rows
//   kv keeper ADDRESS SEED     the node "keeper": starts the service on the store, starts it anew
//                              whenever it dies, and passes on: aemp call keeper kv put colour red
#include <aemp/aemp.h>

#include <csignal>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>

namespace {

// The rows outlive the port that serves them: a message that fits none of its receivers kills it,
// and so does what a receiver throws.
class Store {
 public:
  explicit Store(aemp::Node& node) : node_(node) {
    node_.define("kv::start", [this] { serve(node_.self()); });
  }

 private:
  void serve(const aemp::Port& port) {
    node_.rcv(port, "put", [this](std::string key, std::string value, aemp::Port reply) {
      rows_[key] = value;
      node_.snd(reply, "ok");
    });
    node_.rcv(port, "get", [this](const std::string& key, aemp::Port reply) {
      node_.snd(reply, rows_.at(key));
    });
    node_.rcv(port, "del", [this](const std::string& key, aemp::Port reply) {
      node_.snd(reply, rows_.erase(key) == 1 ? "ok" : "none");
    });
  }

  aemp::Node& node_;
  std::map<std::string, std::string> rows_;
};

class Keeper {
 public:
  explicit Keeper(aemp::Node& node) : node_(node) {
    start();
    // The last element is the port that waits for the reply, which the service sends there itself.
    node_.define("kv", [this](aemp::Message request) { node_.snd(service_, request); });
  }

 private:
  // The port is known at once; what is sent to it waits until its node is connected.
  void start() {
    service_ = node_.spawn("store", "kv::start");
    node_.mon(service_, [this](aemp::Message reason) {
      std::printf("the service died: %s\n", reason.json().c_str());
      std::fflush(stdout);
      start();
    });
  }

  aemp::Node& node_;
  aemp::Port service_;
};

template <class Role>
void run(aemp::Loop& loop, aemp::Node& node) {
  Role role(node);
  std::printf("%s listens on %s\n", node.id().c_str(), node.binds().at(0).c_str());
  std::fflush(stdout);
  loop.run();
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view role = argc > 1 ? argv[1] : "";
  if (!(role == "store" && argc == 3) && !(role == "keeper" && argc == 4)) {
    std::fputs("kv: expected store ADDRESS, or keeper ADDRESS SEED\n", stderr);
    return 2;
  }
  try {
    aemp::Loop loop;
    aemp::Node node(loop);
    aemp::Config config;  // a secret, for links over TCP, comes from the configuration file
    config.nodeid = role;
    config.binds = {argv[2]};
    if (argc == 4) config.seeds = {argv[3]};
    node.configure(config);
    for (const int signo : {SIGINT, SIGTERM}) loop.signal(signo, [&] { loop.stop(); });
    role == "store" ? run<Store>(loop, node) : run<Keeper>(loop, node);
  } catch (const aemp::Error& e) {
    std::fprintf(stderr, "kv: %s\n", e.what());
    return 2;
  }
}
