// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "chaos/private_net.h"

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "chaos/child.h"
#include "chaos/history.h"

namespace aemp::chaos {

namespace {

struct Ran {
  bool ok = false;
  std::string out;
};

// Runs a command to its end; what it says on stderr shows.
Ran run(const std::string& command) {
  Ran ran;
  Child child(words(command));
  const std::int64_t deadline = monotonic_ns() + 20'000 * kMs;
  while (const auto line = child.await_line(deadline)) ran.out += *line + "\n";
  const auto status = child.reap(true);
  ran.ok = status && WIFEXITED(*status) && WEXITSTATUS(*status) == 0;
  return ran;
}

// Up, and with packets of the usual size: large ones would not fit into a short queue at all.
bool set_up_loopback() {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  ifreq request{};
  strcpy(request.ifr_name, "lo");
  request.ifr_mtu = 1500;
  bool ok = ioctl(fd, SIOCSIFMTU, &request) == 0;
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  ok = ioctl(fd, SIOCSIFFLAGS, &request) == 0 && ok;
  close(fd);
  return ok;
}

}  // namespace

PrivateNet::PrivateNet() { missing_ = enter(); }

std::string PrivateNet::enter() {
  if (unshare(CLONE_NEWNET) != 0) {
    return std::string("no network namespace of its own: ") + strerror(errno);
  }
  if (!set_up_loopback()) return std::string("no loopback interface: ") + strerror(errno);
  if (!lose_packets()) return "tc(8) cannot make the loopback interface lose packets";
  lose_no_packets();
  if (!black_hole("127.0.0.99", true)) return "ip(8) cannot make a black hole";
  black_hole("127.0.0.99", false);
  return {};
}

bool PrivateNet::lose_packets() {
  return usable() && run("tc qdisc replace dev lo root tbf rate 40mbit burst 8kb limit 12kb").ok;
}

std::uint64_t PrivateNet::lose_no_packets() {
  if (!usable()) return 0;
  const std::string shown = run("tc -s qdisc show dev lo").out;
  run("tc qdisc del dev lo root");
  const std::string_view key = "(dropped ";
  const std::size_t at = shown.find(key);
  return at == std::string::npos ? 0 : std::stoull(shown.substr(at + key.size()));
}

bool PrivateNet::black_hole(const std::string& address, bool on) {
  const char* verb = on ? "add" : "del";
  return usable() &&
         run(std::string("ip route ") + verb + " blackhole " + address + "/32 table local").ok;
}

}  // namespace aemp::chaos
