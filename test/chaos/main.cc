// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// aemp-chaos [--time SECONDS] [--first N] [--keep DIRECTORY]: plays rounds for that long, one seed
// after another, beside them what is promised about time, and adds up what happened. Fails when
// something was violated, or when something that must happen never did.
// aemp-chaos --seed N [--keep DIRECTORY]: plays one round, telling its faults. The plan is the same
// each time, the timing is not.
// aemp-chaos --role ...: one of its processes.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "chaos/child.h"
#include "chaos/directed.h"
#include "chaos/roles.h"
#include "chaos/round.h"

namespace aemp::chaos {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::uint64_t first = 1, seed = 0;
  std::int64_t seconds = 10;
  std::string keep;
};

Options parse(const std::vector<std::string>& args) {
  Options o;
  for (std::size_t i = 1; i < args.size(); i += 2) {
    if (i + 1 == args.size()) throw std::runtime_error(args[i] + " needs a value");
    const std::string& value = args[i + 1];
    if (args[i] == "--time") {
      o.seconds = std::stoll(value);
    } else if (args[i] == "--first") {
      o.first = std::stoull(value);
    } else if (args[i] == "--seed") {
      o.seed = std::stoull(value);
    } else if (args[i] == "--keep") {
      o.keep = value;
    } else {
      throw std::runtime_error("unknown option " + args[i]);
    }
  }
  return o;
}

// A directory that goes when this process and all that it started do, however they end: a child
// waits for that.
class Workshop {
 public:
  Workshop() {
    const char* base = std::getenv("TMPDIR");
    path_ = std::string(base != nullptr && base[0] != '\0' ? base : "/tmp") + "/chaos.XXXXXX";
    if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no directory " + path_);
    // All that this process starts inherits one end. The other ends when the last of them has.
    if (pipe(ends_) != 0 || fcntl(ends_[0], F_SETFD, FD_CLOEXEC) != 0) {
      throw std::runtime_error("no pipe");
    }
    keeper_ = fork();
    if (keeper_ == 0) keep();
    close(ends_[0]);
  }
  ~Workshop() {
    close(ends_[1]);
    int status = 0;
    if (waitpid(keeper_, &status, 0) == keeper_ && status == 0) return;
    std::fprintf(stderr, "aemp-chaos: %s could not be removed\n", path_.c_str());
  }
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;

  const std::string& path() const { return path_; }
  std::string make(const std::string& name) const {
    fs::create_directory(path_ + "/" + name);
    return path_ + "/" + name;
  }

 private:
  [[noreturn]] void keep() {
    setsid();
    for (const int signo : {SIGINT, SIGTERM, SIGHUP}) ::signal(signo, SIG_IGN);
    close(ends_[1]);
    for (int fd = 0; fd < 3; ++fd) close(fd);
    char byte;
    while (read(ends_[0], &byte, 1) > 0) {
    }
    std::error_code error;
    fs::remove_all(path_, error);
    _exit(error ? 1 : 0);
  }

  std::string path_;
  int ends_[2] = {-1, -1};
  pid_t keeper_ = -1;
};

void tell(const Verdict& verdict, std::uint64_t seed) {
  std::printf("FAILED: seed %llu\n", static_cast<unsigned long long>(seed));
  for (const std::string& sentence : verdict.violations) {
    std::printf("  violated: %s\n", sentence.c_str());
  }
  if (!verdict.last_events.empty()) std::printf("last events of those concerned:\n");
  for (const std::string& line : verdict.last_events) std::printf("  %s\n", line.c_str());
  std::printf("the same plan, with other timing: make chaos SEED=%llu\n",
              static_cast<unsigned long long>(seed));
}

// One round in a directory that is empty again afterwards.
bool round(const Options& o, const Workshop& shop, PrivateNet& net, std::uint64_t seed,
           story::Totals& totals) {
  RoundOptions options;
  options.seed = seed;
  options.directory = shop.make(std::to_string(seed));
  options.net = &net;
  options.tells = o.seed != 0;
  const Verdict verdict = play_round(options);
  if (!o.keep.empty()) {
    fs::create_directories(o.keep);
    for (const auto& entry : fs::directory_iterator(options.directory)) {
      if (!entry.is_regular_file()) continue;
      fs::copy(entry, o.keep, fs::copy_options::overwrite_existing);
    }
  }
  fs::remove_all(options.directory);
  totals.add(verdict.totals);
  if (verdict.violations.empty()) return true;
  tell(verdict, seed);
  return false;
}

// Beside the rounds, in a process and a network of its own. Exit code 0: all is well.
int play_directed(const std::string& directory) {
  PrivateNet net;
  bool ok = true;
  for (const Directed& done : {report_black_holes(directory, net), forgive_a_stop(directory)}) {
    for (const std::string& line : done.told) say_line(line);
    for (const std::string& line : done.wrong) say_line("FAILED: " + line);
    ok = ok && done.wrong.empty();
  }
  return ok ? 0 : 1;
}

bool finish_directed(Child& directed) {
  while (const auto line = directed.await_line(monotonic_ns() + 600'000 * kMs)) {
    std::printf("  %s\n", line->c_str());
  }
  const auto status = directed.reap(true);
  if (status && WIFEXITED(*status) && WEXITSTATUS(*status) == 0) return true;
  std::printf("FAILED: what is promised about time\n");
  return false;
}

int play_for(const Options& o, const Workshop& shop, PrivateNet& net) {
  Child directed({"self", "--role", "directed", shop.make("directed")});
  const std::int64_t until = monotonic_ns() + o.seconds * 1'000 * kMs;
  story::Totals totals;
  bool ok = true;
  std::uint64_t seed = o.first;
  // A round that began is played to its end.
  while (ok && (seed == o.first || monotonic_ns() < until - 2'500 * kMs)) {
    ok = round(o, shop, net, seed++, totals);
  }
  std::printf("%s", totals.table().c_str());
  ok = finish_directed(directed) && ok;
  const std::string missing = ok ? totals.missing(needed_in_rounds(net)) : std::string();
  std::printf("%s", missing.c_str());
  ok = ok && missing.empty();
  std::printf("%s\n", ok ? "all is well" : "FAILED");
  return ok ? 0 : 1;
}

int play_one(const Options& o, const Workshop& shop, PrivateNet& net) {
  story::Totals totals;
  const bool ok = round(o, shop, net, o.seed, totals);
  std::printf("%s%s\n", totals.table().c_str(), ok ? "all is well" : "FAILED");
  return ok ? 0 : 1;
}

int play(const std::vector<std::string>& args) {
  const std::string role = args.size() > 2 && args[1] == "--role" ? args[2] : "";
  if (role == "node") return play_node(NodeRole(args));
  if (role == "relay") return play_relay(args);
  ::signal(SIGPIPE, SIG_IGN);
  if (role == "directed" && args.size() == 4) return play_directed(args[3]);
  const Options options = parse(args);
  const Workshop shop;
  PrivateNet net;
  if (!net.usable()) {
    std::printf("SKIP chaos: no packet loss and no black holes of the kernel: %s\n",
                net.missing().c_str());
  }
  return options.seed != 0 ? play_one(options, shop, net) : play_for(options, shop, net);
}

}  // namespace
}  // namespace aemp::chaos

int main(int argc, char** argv) {
  try {
    return aemp::chaos::play(std::vector<std::string>(argv, argv + argc));
  } catch (const std::exception& e) {
    std::fprintf(stderr, "aemp-chaos: %s\n", e.what());
    return 2;
  }
}
