// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "client.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "keys.h"
#include "output.h"
#include "settings.h"
#include "setup.h"

namespace tool {
namespace {

constexpr std::chrono::seconds kDefaultTimeout{5};
constexpr std::chrono::milliseconds kGoodbye{50};

std::string seconds_text(std::chrono::nanoseconds span) {
  char text[32];
  std::snprintf(text, sizeof text, "%g s", static_cast<double>(span.count()) / 1e9);
  return text;
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

}  // namespace

Client::Client(Options& options, std::string target, std::string waiting_for)
    : target_(std::move(target)),
      waiting_for_(std::move(waiting_for)),
      timeout_(options.timeout.value_or(kDefaultTimeout)) {
  WipedConfig config = client_setup(options);
  log_level_ = log_level(config, 0);
  seeds_ = config.seeds.value_or(std::vector<std::string>());
  if (seeds_.empty() && config.binds->empty()) {
    throw UsageError("no way to " + (target_.empty() ? "any node" : "node " + target_) +
                     ": give the address of a node to contact with --seed, for example --seed "
                     "unix:/run/" +
                     (target_.empty() ? "aemp" : target_) +
                     " or --insecure --seed 127.0.0.1:4040; or once and for all with aemp addseed");
  }
  check_reach(config);
  // The time-out is the tool's own; the node must not give up before.
  config.monitor_timeout = timeout_ + std::chrono::seconds(30);
  node_.on_log([this](int level, std::string_view line) { on_log(level, line); });
  configure(node_, config, options.places);
  if (node_.id() == target_) {
    throw UsageError("node ID " + target_ +
                     " is that of the node to reach: choose another with --nodeid");
  }
  deadline_ = loop_.timer(timeout_, [this] { on_timeout(); });
}

bool Client::reached() const {
  return target_.empty() ? !node_.up_nodes().empty() : node_.node_is_up(target_).value_or(false);
}

std::chrono::nanoseconds Client::time_left() const {
  return std::max<std::chrono::nanoseconds>(timeout_ - (loop_.now() - started_), kGoodbye);
}

void Client::print(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    if (!print_line(line)) return fail({});
  }
  done();
}

int Client::run() {
  if (!finished_) loop_.run();
  if (timed_out_) {
    // What is queued may still go.
    node_.leave();
    loop_.run_for(kGoodbye);
    std::fflush(nullptr);
    std::_Exit(outcome_);
  }
  return outcome_;
}

void Client::finish(Outcome outcome, const std::string& sentence) {
  if (std::exchange(finished_, true)) return;
  outcome_ = outcome;
  if (!sentence.empty()) complain(sentence);
  deadline_.cancel();
  loop_.stop();
}

void Client::on_log(int level, std::string_view line) {
  constexpr int kLinks = 7;
  if (level <= log_level_) print_log_line(level, node_.id(), line);
  if (level <= kLinks) last_line_ = line;
  if (node_.stats().id_conflicts != 0) {
    finish(kIdInUse, "node ID " + node_.id() + " is in use: choose another with --nodeid (" +
                         std::string(line) + ")");
  }
}

void Client::on_timeout() {
  timed_out_ = true;
  std::string sentence = "timed out after " + seconds_text(timeout_) + ": ";
  if (reached()) {
    fail(sentence + waiting_for_);
    return;
  }
  sentence += "no link to " + (target_.empty() ? "any node" : "node " + target_);
  const std::vector<std::string> others = node_.up_nodes();
  if (!others.empty()) {
    sentence += "; there is one to " + joined(others);
  } else if (!last_line_.empty()) {
    sentence += ": " + last_line_;
  } else if (!seeds_.empty()) {
    sentence += ": no answer from " + joined(seeds_);
  }
  fail(sentence);
}

}  // namespace tool
