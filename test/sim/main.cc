// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// aemp-sim [--first N] [--count N] [--jobs N] [--depth N] [--quiet]: goes through all orders of two
// nodes' meeting, to that depth with faults (0 = not at all), then plays stories and adds up what
// happened in them. Fails when something was violated (and shows the seed and the last events),
// when a story does not end, or when something that must happen was too rare.
// aemp-sim --seed N: plays one, telling everything.
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/explore.h"
#include "sim/story.h"

namespace {

using aemp::story::Outcome;
using aemp::story::Totals;

// So many seconds of processor time has a story; most take some milliseconds.
constexpr int kMostSeconds = 20;
// Fewer stories than this do not tell what is too rare.
constexpr unsigned long long kEnoughStories = 200;

struct Options {
  unsigned long long first = 1, count = 1000, depth = 6, jobs = 1;
  std::optional<unsigned long long> seed;
  bool quiet = false;
};

[[noreturn]] void misused(const std::string& what) {
  std::fprintf(stderr, "aemp-sim: %s\n", what.c_str());
  std::exit(2);
}

unsigned long long number(std::string_view option, const char* text) {
  if (text == nullptr) misused(std::string(option) + ": expected a number");
  const std::string_view digits = text;
  unsigned long long n = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    misused(std::string(option) + " " + text + ": expected a number");
  }
  return n;
}

Options parse(int argc, char** argv) {
  Options o;
  for (int i = 1; i < argc; ++i) {
    const std::string_view arg = argv[i];
    if (arg == "--quiet") {
      o.quiet = true;
      continue;
    }
    const auto next = [&] { return number(arg, argv[++i]); };
    if (arg == "--first") {
      o.first = next();
    } else if (arg == "--count") {
      o.count = next();
    } else if (arg == "--seed") {
      o.seed = next();
    } else if (arg == "--depth") {
      o.depth = next();
    } else if (arg == "--jobs") {
      o.jobs = next();
    } else {
      misused("unknown option: " + std::string(arg));
    }
  }
  if (o.jobs < 1 || o.jobs > 1000) misused("--jobs: expected 1 to 1000");
  return o;
}

void tell_violations(unsigned long long seed, const Outcome& outcome) {
  std::printf("FAILED: seed %llu\n", seed);
  for (std::size_t i = 0; i < outcome.violations.size() && i < 10; ++i) {
    std::printf("  violated: %s\n", outcome.violations[i].c_str());
  }
}

// Again, keeping the last lines.
void show_last_events(unsigned long long seed) {
  std::deque<std::string> last;
  aemp::story::play(seed, [&](const std::string& line) {
    last.push_back(line);
    if (last.size() > 60) last.pop_front();
  });
  for (const std::string& line : last) std::printf("%s\n", line.c_str());
  std::printf("replay: SEED=%llu make sim\n", seed);
}

int play_one(unsigned long long seed) {
  const Outcome outcome =
      aemp::story::play(seed, [](const std::string& line) { std::printf("%s\n", line.c_str()); });
  std::printf("%s", outcome.totals.table().c_str());
  if (outcome.violations.empty()) return 0;
  tell_violations(seed, outcome);
  return 1;
}

bool explore(const Options& o) {
  std::vector<std::string> lines;
  const bool ok = aemp::story::explore_all(o.depth, lines);
  for (const std::string& line : lines) {
    if (!ok || !o.quiet) std::printf("%s\n", line.c_str());
  }
  if (!ok) std::printf("FAILED: the meeting of two nodes\n");
  std::fflush(stdout);
  return ok;
}

// A job tells its parent here which seed it plays; 0: none yet.
using Playing = std::atomic<unsigned long long>;

// From now on this process has so much processor time; then SIGPROF ends it.
void limit_time() {
  itimerval limit{};
  limit.it_value.tv_sec = kMostSeconds;
  setitimer(ITIMER_PROF, &limit, nullptr);
}

// One job's share. What it found goes to the parent as text.
int play_share(const Options& o, unsigned long long job, Playing& playing, int out) {
  Totals totals;
  int failed = 0;
  if (o.depth > 0 && job == o.jobs - 1 && !explore(o)) failed = 1;
  for (unsigned long long i = job; i < o.count; i += o.jobs) {
    const unsigned long long seed = o.first + i;
    playing = seed;  // in case that it ends here
    limit_time();
    const Outcome outcome = aemp::story::play(seed);
    totals.add(outcome.totals);
    if (outcome.violations.empty()) continue;
    tell_violations(seed, outcome);
    if (!o.quiet) show_last_events(seed);
    std::fflush(stdout);
    failed = 1;
    break;
  }
  dprintf(out, "%s", totals.pack().c_str());
  return failed;
}

std::string read_all(int fd) {
  std::string text;
  char buffer[4096];
  for (ssize_t n; (n = read(fd, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(n));
  }
  return text;
}

struct Job {
  pid_t pid;
  int out;
  Playing* playing;
};

Job start(const Options& o, unsigned long long job) {
  void* shared =
      mmap(nullptr, sizeof(Playing), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANON, -1, 0);
  if (shared == MAP_FAILED) std::abort();
  Playing* playing = new (shared) Playing(0);
  int ends[2];
  if (pipe(ends) != 0) std::abort();
  const pid_t pid = fork();
  if (pid == 0) {
    close(ends[0]);
    const int rc = play_share(o, job, *playing, ends[1]);
    std::fflush(stdout);
    _exit(rc);
  }
  close(ends[1]);
  return {pid, ends[0], playing};
}

bool finish(const Job& job, Totals& totals) {
  const std::string text = read_all(job.out);
  close(job.out);
  int status = 0;
  waitpid(job.pid, &status, 0);
  totals.unpack(text);
  if (WIFEXITED(status)) return WEXITSTATUS(status) == 0;
  const unsigned long long seed = *job.playing;
  const int signal = WTERMSIG(status);
  if (seed == 0) {
    std::printf("FAILED: the meeting of two nodes ended by signal %d\n", signal);
    return false;
  }
  if (signal == SIGPROF) {
    std::printf("FAILED: seed %llu hangs\n", seed);
  } else {
    std::printf("FAILED: seed %llu ended by signal %d\n", seed, signal);
  }
  std::printf("replay: SEED=%llu make sim\n", seed);
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  const Options o = parse(argc, argv);
  if (o.seed) return play_one(*o.seed);
  const auto began = std::chrono::steady_clock::now();
  std::vector<Job> jobs;
  for (unsigned long long i = 0; i < o.jobs; ++i) jobs.push_back(start(o, i));
  Totals totals;
  bool ok = true;
  for (const Job& job : jobs) ok = finish(job, totals) && ok;
  const double took =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  if (o.quiet) return ok ? 0 : 1;
  std::printf("%s", totals.table().c_str());
  std::printf("%llu stories in %.1f s\n", static_cast<unsigned long long>(totals.of("stories")),
              took);
  const bool enough = o.count >= kEnoughStories;
  const std::string rare = ok && enough ? totals.too_rare() : std::string();
  std::printf("%s", rare.c_str());
  if (ok && !enough) {
    std::printf("nothing is wrong; too few stories to tell what is too rare\n");
  } else {
    std::printf("%s\n", ok && rare.empty() ? "all is well" : "FAILED");
  }
  return ok && rare.empty() ? 0 : 1;
}
