// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// aemp-sim [--first N] [--count N] [--jobs N] [--depth N] [--quiet]: goes through all orders of two
// nodes' meeting, to that depth with faults (0 = not at all), then plays stories and adds up what
// happened in them. Fails when something was violated (and shows the seed and the last events), or
// when something that must happen never did.
// aemp-sim --seed N: plays one, telling everything.
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "sim/explore.h"
#include "sim/story.h"

namespace {

using aemp::story::Outcome;
using aemp::story::Totals;

struct Options {
  unsigned long long first = 1, count = 1000, seed = 0;
  std::size_t depth = 6;
  int jobs = 1;
  bool quiet = false;
};

Options parse(int argc, char** argv) {
  Options o;
  for (int i = 1; i < argc; ++i) {
    const std::string_view arg = argv[i];
    const auto number = [&] { return i + 1 < argc ? std::strtoull(argv[++i], nullptr, 10) : 0; };
    if (arg == "--first") o.first = number();
    if (arg == "--count") o.count = number();
    if (arg == "--seed") o.seed = number();
    if (arg == "--depth") o.depth = number();
    if (arg == "--jobs") o.jobs = static_cast<int>(number());
    if (arg == "--quiet") o.quiet = true;
  }
  if (o.jobs < 1) o.jobs = 1;
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

// One job's share. What it found goes to the parent as text.
int play_share(const Options& o, int job, int out) {
  Totals totals;
  int failed = 0;
  if (o.depth > 0 && job == o.jobs - 1 && !explore(o)) failed = 1;
  for (unsigned long long i = static_cast<unsigned long long>(job); i < o.count;
       i += static_cast<unsigned long long>(o.jobs)) {
    const unsigned long long seed = o.first + i;
    dprintf(out, "0 seed %llu\n", seed);  // in case that it ends here
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
};

Job start(const Options& o, int job) {
  int ends[2];
  if (pipe(ends) != 0) std::abort();
  const pid_t pid = fork();
  if (pid == 0) {
    close(ends[0]);
    const int rc = play_share(o, job, ends[1]);
    std::fflush(stdout);
    _exit(rc);
  }
  close(ends[1]);
  return {pid, ends[0]};
}

bool finish(const Job& job, Totals& totals) {
  const std::string text = read_all(job.out);
  close(job.out);
  int status = 0;
  waitpid(job.pid, &status, 0);
  totals.unpack(text);
  if (WIFEXITED(status)) return WEXITSTATUS(status) == 0;
  const std::size_t at = text.rfind("seed ");
  const std::string seed =
      at == std::string::npos ? "?" : text.substr(at + 5, text.find('\n', at) - at - 5);
  std::printf("FAILED: seed %s ended by signal %d\nreplay: SEED=%s make sim\n", seed.c_str(),
              WTERMSIG(status), seed.c_str());
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  const Options o = parse(argc, argv);
  if (o.seed != 0) return play_one(o.seed);
  const auto began = std::chrono::steady_clock::now();
  std::vector<Job> jobs;
  for (int i = 0; i < o.jobs; ++i) jobs.push_back(start(o, i));
  Totals totals;
  bool ok = true;
  for (const Job& job : jobs) ok = finish(job, totals) && ok;
  const double took =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  if (o.quiet) return ok ? 0 : 1;
  std::printf("%s", totals.table().c_str());
  std::printf("%llu stories in %.1f s\n", static_cast<unsigned long long>(totals.of("stories")),
              took);
  const std::string missing = ok ? totals.missing() : std::string();
  std::printf("%s", missing.c_str());
  std::printf("%s\n", ok && missing.empty() ? "all is well" : "FAILED");
  return ok && missing.empty() ? 0 : 1;
}
