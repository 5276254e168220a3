// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "chaos/child.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "chaos/history.h"

namespace aemp::chaos {

namespace {

[[noreturn]] void become(const std::vector<std::string>& argv, int in, int out, pid_t parent) {
  // If the parent is gone already, its end was missed.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) _exit(125);
  dup2(in, 0);
  dup2(out, 1);
  std::vector<char*> args;
  for (const std::string& arg : argv) args.push_back(const_cast<char*>(arg.c_str()));
  args.push_back(nullptr);
  if (argv[0] == "self") {
    execv("/proc/self/exe", args.data());
  } else {
    execvp(args[0], args.data());
  }
  _exit(126);
}

}  // namespace

Child::Child(std::vector<std::string> argv) {
  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) {
    throw std::runtime_error(std::string("pipe: ") + strerror(errno));
  }
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) become(argv, in[0], out[1], parent);
  close(in[0]);
  close(out[1]);
  in_ = in[1];
  out_ = out[0];
  if (pid_ < 0) throw std::runtime_error(std::string("fork: ") + strerror(errno));
}

Child::~Child() {
  kill();
  if (in_ >= 0) close(in_);
  if (out_ >= 0) close(out_);
}

Child::Child(Child&& other) noexcept { *this = std::move(other); }

Child& Child::operator=(Child&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(in_, other.in_);
  std::swap(out_, other.out_);
  std::swap(heard_, other.heard_);
  return *this;
}

void Child::say(const std::string& line) {
  const std::string text = line + "\n";
  // Shorter than what a pipe takes at once; EPIPE is no news.
  if (write(in_, text.data(), text.size()) < 0 && errno != EPIPE) {
    throw std::runtime_error(std::string("to a child: ") + strerror(errno));
  }
}

bool Child::read_more() {
  pollfd ready{out_, POLLIN, 0};
  if (poll(&ready, 1, 0) <= 0) return false;
  char buffer[4096];
  const ssize_t n = read(out_, buffer, sizeof buffer);
  if (n <= 0) return false;
  heard_.append(buffer, static_cast<std::size_t>(n));
  return true;
}

std::optional<std::string> Child::line() {
  if (out_ < 0) return std::nullopt;
  std::size_t end = heard_.find('\n');
  while (end == std::string::npos) {
    if (!read_more()) return std::nullopt;
    end = heard_.find('\n');
  }
  std::string first = heard_.substr(0, end);
  heard_.erase(0, end + 1);
  return first;
}

std::optional<std::string> Child::await_line(std::int64_t deadline) {
  for (;;) {
    if (auto said = line()) return said;
    const std::int64_t left = deadline - monotonic_ns();
    pollfd ready{out_, POLLIN, 0};
    if (left <= 0 || poll(&ready, 1, static_cast<int>(left / kMs + 1)) < 0) return std::nullopt;
    if ((ready.revents & (POLLHUP | POLLIN)) == POLLHUP) return std::nullopt;
  }
}

void Child::signal(int signo) const {
  if (running()) ::kill(pid_, signo);
}

std::optional<int> Child::reap(bool wait) {
  int status = 0;
  if (!running() || waitpid(pid_, &status, wait ? 0 : WNOHANG) != pid_) return std::nullopt;
  pid_ = -1;
  return status;
}

void Child::kill() {
  signal(SIGKILL);
  reap(true);
}

void Child::close_input() {
  if (in_ >= 0) close(std::exchange(in_, -1));
}

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) return "by signal " + std::to_string(WTERMSIG(status));
  return "with exit code " + std::to_string(WEXITSTATUS(status));
}

void wait_for(const std::vector<const Child*>& children, std::int64_t deadline) {
  std::vector<pollfd> polled;
  for (const Child* child : children) {
    if (child->running()) polled.push_back({child->out(), POLLIN, 0});
  }
  const std::int64_t left = std::max<std::int64_t>(0, deadline - monotonic_ns());
  poll(polled.data(), polled.size(), static_cast<int>(left / kMs + 1));
}

std::vector<std::string> words(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> all;
  for (std::string word; in >> word;) all.push_back(word);
  return all;
}

}  // namespace aemp::chaos
