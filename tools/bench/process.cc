// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "process.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "system.h"
#include "talk.h"

namespace bench {
namespace {

// What travels through the pipe: small enough to be written and read in one piece.
struct Outcome {
  bool ok = false;
  Report report;
  std::array<char, 300> error{};
};

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { close(); }

  int get() const { return fd_; }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_;
};

struct Ends {
  Descriptor first;
  Descriptor second;
};

Ends socket_pair() {
  std::array<int, 2> fds{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) != 0) {
    fail_errno("socketpair");
  }
  return {Descriptor(fds[0]), Descriptor(fds[1])};
}

void note_error(Outcome& outcome, std::string_view text) {
  text = text.substr(0, outcome.error.size() - 1);
  std::copy(text.begin(), text.end(), outcome.error.begin());
}

Outcome act(Role role, const Task& task, int talk, std::optional<int> processor) {
  Outcome outcome;
  try {
    if (processor) pin_to(*processor);
    Talk line(talk);
    outcome.report = role(task, line);
    outcome.ok = true;
  } catch (const std::exception& e) {
    note_error(outcome, e.what());
  } catch (...) {
    note_error(outcome, "unknown exception");
  }
  return outcome;
}

// A forked role. Destroying it ends the process if it still lives.
class Child {
 public:
  // `talk` is the role's end of the line, `foreign` the other role's.
  Child(const char* name, Role role, const Task& task, std::optional<int> processor,
        Descriptor& talk, Descriptor& foreign)
      : name_(name) {
    Ends result = socket_pair();
    std::fflush(nullptr);  // or the child would own a copy of what is buffered
    pid_ = ::fork();
    if (pid_ < 0) fail_errno("fork");
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      foreign.close();  // or the end of the other role would go unnoticed
      result.first.close();
      const Outcome outcome = act(role, task, talk.get(), processor);
      const bool sent =
          ::send(result.second.get(), &outcome, sizeof outcome, MSG_NOSIGNAL) == sizeof outcome;
      ::_exit(sent && outcome.ok ? 0 : 1);
    }
    result_ = std::move(result.first);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ > 0) end();
  }

  int result_fd() const { return result_.get(); }  // -1 once it was collected
  const std::optional<Report>& report() const { return reported_; }
  const char* name() const { return name_; }

  // When result_fd() is readable. Throws if the role failed.
  void collect() {
    Outcome outcome;
    const ssize_t got = ::recv(result_.get(), &outcome, sizeof outcome, 0);
    result_.close();
    if (got != sizeof outcome) {
      throw std::runtime_error(std::string(name_) + " ended early, " + end());
    }
    if (!outcome.ok) throw std::runtime_error(std::string(name_) + ": " + outcome.error.data());
    reported_ = outcome.report;
  }

 private:
  std::string end() {
    int status = 0;
    ::kill(pid_, SIGKILL);  // without effect on one that has ended: it is not reaped yet
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
    return "exit status " + std::to_string(WEXITSTATUS(status));
  }

  const char* name_;
  pid_t pid_ = -1;
  Descriptor result_;
  std::optional<Report> reported_;
};

// Waits for whatever comes first. True: somebody reported.
bool collect_any(Child& client, Child* server, int timeout_ms) {
  std::array<pollfd, 2> ready{{{client.result_fd(), POLLIN, 0}, {-1, POLLIN, 0}}};
  if (server != nullptr) ready[1].fd = server->result_fd();
  if (::poll(ready.data(), ready.size(), timeout_ms) <= 0) return false;
  if (ready[1].revents != 0) server->collect();
  if (ready[0].revents != 0) client.collect();
  return true;
}

// One role's failure soon makes the other fail too: both texts together tell which was first.
std::string both_errors(std::string text, Child& client, Child* server) {
  constexpr int kSoonMs = 500;
  try {
    collect_any(client, server, kSoonMs);
  } catch (const std::exception& e) {
    text += std::string("; ") + e.what();
  }
  return text;
}

void await(Child& client, Child* server, std::chrono::seconds limit) {
  const std::uint64_t deadline =
      now_ns() + static_cast<std::uint64_t>(std::chrono::nanoseconds(limit).count());
  while (!client.report() || (server != nullptr && !server->report())) {
    const std::uint64_t now = now_ns();
    if (now >= deadline) {
      throw std::runtime_error(std::string(client.report() ? "server" : client.name()) +
                               ": no result within " + std::to_string(limit.count()) + " s");
    }
    const std::uint64_t wait_ms = std::min<std::uint64_t>((deadline - now) / 1'000'000 + 1, 1'000);
    try {
      collect_any(client, server, static_cast<int>(wait_ms));
    } catch (const std::exception& e) {
      throw std::runtime_error(both_errors(e.what(), client, server));
    }
  }
}

}  // namespace

Report run_variant(const Variant& variant, const Task& task, bool pin) {
  std::optional<int> server_cpu;
  std::optional<int> client_cpu;
  if (pin) {
    const std::vector<int> usable = usable_processors();
    server_cpu = usable.front();
    client_cpu = usable[usable.size() > 1 ? 1 : 0];
  }
  Ends line = socket_pair();
  if (variant.server == nullptr) {
    Child client("process", variant.client, task, client_cpu, line.first, line.second);
    await(client, nullptr, task.limit);
    return *client.report();
  }
  Child server("server", variant.server, task, server_cpu, line.first, line.second);
  Child client("client", variant.client, task, client_cpu, line.second, line.first);
  line.first.close();
  line.second.close();
  await(client, &server, task.limit);
  Report merged = *client.report();
  merged.allocs += server.report()->allocs;
  return merged;
}

}  // namespace bench
