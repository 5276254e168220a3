// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What systemd is told by a service, and what it hands over; see sd_notify(3) and sd_listen_fds(3)
// for both protocols. Without systemd nothing happens.
#ifndef AEMP_TOOL_SYSTEMD_H
#define AEMP_TOOL_SYSTEMD_H

#include <chrono>
#include <string>
#include <string_view>

namespace tool {

// Datagrams to the socket that $NOTIFY_SOCKET names.
class Notifier {
 public:
  // Takes what it needs out of the environment: what this process starts is not to speak for it.
  Notifier();

  void ready(std::string_view status);
  void restarting(std::string_view status);
  void reloading();
  void stopping();
  void alive();
  // How long the service may be silent; zero: as long as it likes.
  std::chrono::microseconds watchdog() const { return watchdog_; }

 private:
  void tell(std::string_view lines);

  std::string socket_;
  std::chrono::microseconds watchdog_{0};
  bool complained_ = false;
};

// How many sockets systemd has handed over to this process, from descriptor 3 on; the library
// listens on those whose addresses are among its binds.
int sockets_handed_over();
// The first of them that it does not listen on, -1 if there is none.
int idle_socket();

}  // namespace tool

#endif  // AEMP_TOOL_SYSTEMD_H
