// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>

Process::Process(const std::string& nodeid, const std::string& bind) {
  int in[2];
  int out[2];
  if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0 || (pid_ = ::fork()) < 0) {
    throw std::runtime_error(std::string("cannot start a worker: ") + std::strerror(errno));
  }
  if (pid_ == 0) {
    ::dup2(in[0], STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    ::execl("/proc/self/exe", "wordcount", "worker", "--nodeid", nodeid.c_str(), "--bind",
            bind.c_str(), "--until-eof", static_cast<char*>(nullptr));
    ::_exit(127);
  }
  ::close(in[0]);
  ::close(out[1]);
  stdin_ = in[1];
  stdout_ = out[0];
  read_address(nodeid);
}

Process::~Process() { end(); }

// From the line NODE=ADDRESS that a worker prints when it listens.
void Process::read_address(const std::string& nodeid) {
  std::string line;
  char c = 0;
  while (::read(stdout_, &c, 1) == 1 && c != '\n') line += c;
  if (c != '\n' || !line.starts_with(nodeid + "=")) {
    end();
    throw std::runtime_error("worker " + nodeid + " did not start");
  }
  address_ = line.substr(nodeid.size() + 1);
}

void Process::kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void Process::end() {
  constexpr int kPatienceMs = 5000;
  ::close(stdin_);
  pollfd output{stdout_, POLLIN, 0};  // ends when the worker does
  if (pid_ > 0 && ::poll(&output, 1, kPatienceMs) <= 0) kill();
  ::close(stdout_);
  if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}
