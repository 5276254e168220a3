// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "supervisor.h"

#include <aemp/error.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client.h"
#include "output.h"
#include "overseer.h"
#include "settings.h"
#include "systemd.h"

namespace tool {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// A node that has lived this long was well: what went wrong before is forgotten.
constexpr auto kWell = std::chrono::seconds(60);
constexpr auto kShortestPause = milliseconds(100);
constexpr auto kLongestPause = std::chrono::seconds(60);
constexpr std::uint64_t kMostRestarts = 10;
constexpr nanoseconds kHangTimeout = std::chrono::seconds(30);
constexpr int kPulsesPerTimeout = 4;
// What a hung process has for its core dump.
constexpr nanoseconds kAbortTimeout = std::chrono::seconds(5);
// Twice what a node may take to send what it has queued.
constexpr nanoseconds kLeaveTimeout = std::chrono::seconds(4);
// A wait that ends this much too late was one in which this process was stopped, the node too.
constexpr auto kMuchTooLate = std::chrono::seconds(1);

volatile std::sig_atomic_t stop_signal = 0;
volatile std::sig_atomic_t reload_signal = 0;

extern "C" void note_signal(int signo) {
  if (signo == SIGHUP) reload_signal = 1;
  if (signo == SIGTERM || signo == SIGINT) stop_signal = signo;
}

[[noreturn]] void cannot(const char* what) {
  throw aemp::Error(aemp::Errc::system,
                    std::string("cannot ") + what + ": " + std::strerror(errno));
}

// The signals arrive only while it waits, so that none comes between looking and waiting.
class Signals {
 public:
  Signals() {
    sigset_t all;
    sigemptyset(&all);
    struct sigaction action {};
    action.sa_handler = &note_signal;
    for (const int signo : kSignals) {
      sigaddset(&all, signo);
      sigaction(signo, &action, nullptr);
    }
    sigprocmask(SIG_BLOCK, &all, &before_);
  }
  // As it was, for the node; what came meanwhile is not for our handlers.
  void restore() const {
    for (const int signo : kSignals) std::signal(signo, SIG_DFL);
    sigprocmask(SIG_SETMASK, &before_, nullptr);
  }

  // Until fd is readable, a signal came, or that much time has passed (negative: for ever). True:
  // the time has passed.
  bool wait(int fd, nanoseconds span) const {
    pollfd watched{fd, POLLIN, 0};
    timespec limit{};
    limit.tv_sec = static_cast<std::time_t>(span.count() / 1'000'000'000);
    limit.tv_nsec = static_cast<long>(span.count() % 1'000'000'000);
    const nfds_t count = fd < 0 ? 0 : 1;
    return ppoll(&watched, count, span.count() < 0 ? nullptr : &limit, &before_) == 0;
  }

 private:
  // The last one wakes us; were it ignored, as it may be in whoever has started us, there would be
  // no status to wait for.
  static constexpr int kSignals[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};

  sigset_t before_;
};

std::string own_program(const Options& options) {
  char path[4096];
  const ssize_t n = readlink("/proc/self/exe", path, sizeof path);
  if (n > 0 && static_cast<std::size_t>(n) < sizeof path)
    return {path, static_cast<std::size_t>(n)};
  return options.program;  // execvp() finds it as the shell has
}

// The options and the command run, without what stood before it and is done.
std::vector<std::string> arguments(const Options& options) {
  std::vector<std::string> all{options.program};
  all.insert(all.end(), options.given.begin(), options.given.end());
  all.push_back("--");
  if (options.profile) all.insert(all.end(), {"profile", *options.profile});
  all.push_back("run");
  all.insert(all.end(), options.words.begin(), options.words.end());
  return all;
}

std::string seconds(nanoseconds span) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", static_cast<double>(span.count()) / 1e9);
  return text;
}

class Supervisor {
 public:
  Supervisor(const Options& options, Daemon& daemon)
      : options_(options),
        daemon_(daemon),
        program_(own_program(options)),
        sockets_(sockets_handed_over()),
        most_restarts_(options.max_restarts.value_or(kMostRestarts)),
        hang_timeout_(options.hang_timeout.value_or(kHangTimeout)),
        arguments_(arguments(options)) {
    const auto watchdog = std::chrono::duration_cast<nanoseconds>(systemd_.watchdog());
    // Whoever watches over this process is to hear of the node's silence later than this process.
    if (watchdog.count() != 0 && (hang_timeout_.count() == 0 || watchdog < 2 * hang_timeout_)) {
      hang_timeout_ = watchdog / 2;
    }
  }
  ~Supervisor() {
    if (fd_ >= 0) close(fd_);
  }
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  int run() {
    for (;;) {
      start();
      watch();
      if (const std::optional<int> code = verdict()) return *code;
      if (!pause()) return kDone;
    }
  }

 private:
  void start() {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) cannot("make a socket");
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    std::fflush(nullptr);
    child_ = fork();
    if (child_ < 0) {
      close(ends[0]);
      close(ends[1]);
      cannot("start a process");
    }
    if (child_ == 0) become_node(ends[1]);
    close(ends[1]);
    fd_ = ends[0];
    ++starts_;
    started_ = heard_ = Clock::now();
    ready_ = leaving_ = restart_asked_ = false;
    silent_ = 0;
    killed_ = 0;
    unread_.clear();
  }

  // Started anew rather than forked: with the program that is installed now, and other addresses.
  [[noreturn]] void become_node(int fd) {
    char about[64];
    std::snprintf(about, sizeof about, "%d %u %lld", fd, starts_ + 1, pulse_milliseconds());
    setenv(kSupervisorVariable, about, 1);
    if (sockets_ > 0) setenv("LISTEN_PID", std::to_string(getpid()).c_str(), 1);
    std::vector<char*> argv;
    for (std::string& argument : arguments_) argv.push_back(argument.data());
    argv.push_back(nullptr);
    signals_.restore();
    execvp(program_.c_str(), argv.data());
    complain("cannot run " + program_ + ": " + std::strerror(errno));
    std::_Exit(kCannotRun);
  }

  long long pulse_milliseconds() const {
    const auto period = std::chrono::ceil<milliseconds>(hang_timeout_ / kPulsesPerTimeout);
    return std::min<long long>(period.count(), 1'000'000'000);
  }

  // Until the node has ended.
  void watch() {
    while (!ended_.has_value()) {
      act_on_signals();
      // Signals, of which there may be many, do not make it longer.
      const Clock::time_point began = Clock::now();
      nanoseconds limit = patience();
      if (limit.count() >= 0) limit = std::max(heard_ + limit - began, nanoseconds(0));
      if (!signals_.wait(fd_, limit)) {
        hear();
        continue;
      }
      heard_ = Clock::now();
      if (heard_ - began > limit + kMuchTooLate) {
        silent_ = 0;
      } else {
        on_silence();
      }
    }
  }

  nanoseconds patience() const {
    if (killed_ == SIGABRT) return std::min(kAbortTimeout, hang_timeout_);
    if (killed_ != 0 || hang_timeout_.count() == 0) return nanoseconds(-1);
    return silence() / 2;
  }

  // While it leaves, its loop does not turn for us.
  nanoseconds silence() const {
    return stopping_ || leaving_ ? std::max(hang_timeout_, kLeaveTimeout) : hang_timeout_;
  }

  void on_silence() {
    if (killed_ == 0 && ++silent_ < 2) return;
    if (killed_ == 0) say("the node has been silent for " + seconds(silence()) + ": it hangs");
    killed_ = killed_ == 0 ? SIGABRT : SIGKILL;
    kill(child_, killed_);
    systemd_.alive();
  }

  void act_on_signals() {
    // Before it is ready it has no handler.
    if (reload_signal != 0 && ready_) {
      reload_signal = 0;
      systemd_.reloading();
      settle_streams(options_);
      kill(child_, SIGHUP);
    }
    if (stop_signal == 0) return;
    const int signo = stop_signal;
    stop_signal = 0;
    if (!std::exchange(stopping_, true)) systemd_.stopping();
    kill(child_, signo);
  }

  void hear() {
    // What it had started may have the other end still: it is not the end of that alone.
    siginfo_t exited{};
    waitid(P_PID, static_cast<id_t>(child_), &exited, WEXITED | WNOHANG | WNOWAIT);
    const bool has_ended = exited.si_pid == child_;
    char bytes[512];
    ssize_t n;
    while ((n = recv(fd_, bytes, sizeof bytes, MSG_DONTWAIT)) > 0) {
      silent_ = 0;
      heard_ = Clock::now();
      unread_.append(bytes, static_cast<std::size_t>(n));
    }
    for (std::size_t end; (end = unread_.find('\n')) != unread_.npos; unread_.erase(0, end + 1)) {
      on_word(std::string_view(unread_).substr(0, end));
    }
    if (n == 0 || has_ended) bury();
  }

  void on_word(std::string_view word) {
    if (word == "alive") return systemd_.alive();
    if (word == "leaving") leaving_ = true;
    if (word == "restart") restart_asked_ = true;
    if (word != "ready") return;
    ready_ = true;
    if (!stopping_) systemd_.ready("the node runs, started " + std::to_string(starts_) + " times");
    daemon_.settle(kDone);
    if (!std::exchange(was_ready_, true)) settle_streams(options_);
  }

  void bury() {
    close(std::exchange(fd_, -1));
    int status = 0;
    while (waitpid(child_, &status, 0) < 0 && errno == EINTR) {
    }
    ended_ = status;
  }

  // How it goes on after the node's end: an exit code, or a pause and a new start.
  std::optional<int> verdict() {
    const int status = *std::exchange(ended_, std::nullopt);
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : kNo;
    const bool left = WIFEXITED(status) && code == kDone;
    // Before it is ready it has no handler.
    if (stopping_ && !ready_ && WIFSIGNALED(status) && killed_ == 0) return kDone;
    if (stopping_ || code == kIdInUse || (left && !restart_asked_)) return code;
    if (left) {
      say("the node is started anew, as it was asked to");
      pause_ = nanoseconds(0);
      return {};
    }
    // What is wrong from the beginning is for the one who types: no start will mend it.
    if (!was_ready_ && WIFEXITED(status)) return code;
    if (ready_ && Clock::now() - started_ >= kWell) in_a_row_ = 0;
    const std::string how = WIFSIGNALED(status) ? std::string(strsignal(WTERMSIG(status)))
                                                : "exit code " + std::to_string(code);
    if (in_a_row_ == most_restarts_) {
      say("the node has ended (" + how + ") after " + std::to_string(most_restarts_) +
          " restarts in a row: giving up");
      return kNo;
    }
    pause_ = std::min<nanoseconds>(kShortestPause * (1U << std::min<std::uint64_t>(in_a_row_, 16)),
                                   kLongestPause);
    ++in_a_row_;
    const std::string what = "the node has ended (" + how + "): restart " +
                             std::to_string(in_a_row_) + " of " + std::to_string(most_restarts_) +
                             " in " + seconds(pause_);
    say(what);
    systemd_.restarting(what);
    return {};
  }

  // False: it is to stop.
  bool pause() {
    const Clock::time_point until = Clock::now() + pause_;
    const nanoseconds step = systemd_.watchdog() / 2;
    while (stop_signal == 0) {
      // Now nobody but this process can say so.
      systemd_.alive();
      const nanoseconds left = until - Clock::now();
      if (left.count() <= 0) return true;
      signals_.wait(-1, step.count() == 0 ? left : std::min(left, step));
    }
    return false;
  }

  void say(const std::string& line) { print_log_line(1, "supervisor", line); }

  static constexpr int kCannotRun = 127;  // as a shell says it

  const Options& options_;
  Daemon& daemon_;
  const std::string program_;
  Signals signals_;
  Notifier systemd_;
  const int sockets_;
  const std::uint64_t most_restarts_;
  nanoseconds hang_timeout_;
  std::vector<std::string> arguments_;

  // Of the node that runs.
  pid_t child_ = -1;
  int fd_ = -1;
  Clock::time_point started_;
  bool ready_ = false;
  bool leaving_ = false;
  bool restart_asked_ = false;
  Clock::time_point heard_;  // of it, or when it was last acted upon that nothing was
  int silent_ = 0;           // half time-outs in which it said nothing
  int killed_ = 0;           // with that signal, because it hung
  std::string unread_;
  std::optional<int> ended_;  // as waitpid() says it

  unsigned starts_ = 0;
  bool was_ready_ = false;  // some node was
  bool stopping_ = false;
  std::uint64_t in_a_row_ = 0;  // restarts since a node was well
  nanoseconds pause_{0};
};

}  // namespace

int supervise(const Options& options, Daemon& daemon) { return Supervisor(options, daemon).run(); }

}  // namespace tool
