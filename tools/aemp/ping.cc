// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The command ping: how long messages take to a node and back, as ping(8) tells of packets.
#include <aemp/aemp.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "arguments.h"
#include "client.h"
#include "commands.h"
#include "output.h"

namespace tool {
namespace {

double milliseconds_of(std::chrono::nanoseconds span) {
  return static_cast<double>(span.count()) / 1e6;
}

class Ping {
 public:
  Ping(Client& client, const Options& options)
      : client_(client),
        json_(options.json),
        most_(options.count.value_or(0)),
        interval_(options.interval.value_or(std::chrono::seconds(1))),
        patience_(client.time_left()) {
    aemp::Node& node = client_.node();
    gate_ = node.node_port(client_.target());
    // Asks for the link; what the first message would measure is how long that takes.
    node.mon_nodes([this](std::string_view id, bool up, aemp::Message) {
      if (up && id == client_.target() && sent_ == 0) begin();
    });
    node.mon(gate_, [](aemp::Message) {});
    for (const int signo : {SIGINT, SIGTERM}) {
      client_.loop().signal(signo, [this] { finish(); });
    }
  }

 private:
  void begin() {
    client_.wait_forever();
    send();
  }

  void send() {
    const std::uint64_t n = ++sent_;
    const auto start = std::chrono::steady_clock::now();
    client_.node().cal(
        gate_,
        [this, n, start](const aemp::Reply& reply) {
          heard(n, std::chrono::steady_clock::now() - start, reply);
        },
        patience_, "time");
    if (sent_ != most_) next_ = client_.node().after(interval_, [this] { send(); });
  }

  void heard(std::uint64_t n, std::chrono::nanoseconds span, const aemp::Reply& reply) {
    if (client_.finished()) return;
    if (reply.ok()) {
      note(milliseconds_of(span));
    } else {
      ++lost_;
    }
    if (!say(n, milliseconds_of(span), reply)) return client_.fail({});
    if (sent_ == most_ && answered_ + lost_ == sent_) finish();
  }

  void note(double ms) {
    ++answered_;
    least_ = answered_ == 1 ? ms : std::min(least_, ms);
    greatest_ = std::max(greatest_, ms);
    sum_ += ms;
    squares_ += ms * ms;
  }

  bool say(std::uint64_t n, double ms, const aemp::Reply& reply) const {
    if (json_) {
      if (!reply.ok()) {
        const std::string reason = reason_text(reply.reason());
        return print_line(aemp::dict("n", n, "reason", reason).json());
      }
      return print_line(aemp::dict("n", n, "ms", ms).json());
    }
    const std::string name = client_.target() + ": " + std::to_string(n) + ": ";
    if (!reply.ok()) return print_line(name + "no answer: " + reason_text(reply.reason()));
    char text[48];
    std::snprintf(text, sizeof text, "%.3f ms", ms);
    return print_line(name + text);
  }

  // What is still on its way counts as neither answered nor lost.
  void finish() {
    if (client_.finished()) return;
    const std::uint64_t known = answered_ + lost_;
    const double count = static_cast<double>(std::max<std::uint64_t>(answered_, 1));
    const double mean = sum_ / count;
    const double deviation = std::sqrt(std::max(0.0, squares_ / count - mean * mean));
    const double lost =
        known == 0 ? 0 : 100 * static_cast<double>(lost_) / static_cast<double>(known);
    bool said = false;
    if (json_) {
      said = print_line(aemp::dict("node", client_.target(), "sent", sent_, "answered", answered_,
                                   "lost", lost_, "min_ms", least_, "avg_ms", mean, "max_ms",
                                   greatest_, "mdev_ms", deviation)
                            .json());
    } else {
      char text[200];
      std::snprintf(text, sizeof text,
                    "%llu sent, %llu answered, %.0f %% lost, min/avg/max/mdev = "
                    "%.3f/%.3f/%.3f/%.3f ms",
                    static_cast<unsigned long long>(sent_),
                    static_cast<unsigned long long>(answered_), lost, least_, mean, greatest_,
                    deviation);
      said = print_line(client_.target() + ": " + text);
    }
    if (said && answered_ > 0) return client_.done();
    client_.fail(said ? "node " + client_.target() + " has not answered" : std::string());
  }

  Client& client_;
  const bool json_;
  const std::uint64_t most_;  // 0: until it is ended
  const std::chrono::nanoseconds interval_, patience_;
  aemp::Port gate_;
  aemp::Timer next_;
  std::uint64_t sent_ = 0, answered_ = 0, lost_ = 0;
  double least_ = 0, greatest_ = 0, sum_ = 0, squares_ = 0;
};

}  // namespace

int ping_node(Options& options) {
  need_words(options, 1, 1, "a node");
  Client client(options, parse_node(options.words[0]), "it has not answered");
  const Ping ping(client, options);
  return client.run();
}

}  // namespace tool
