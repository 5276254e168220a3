// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What the kinds of Unix do differently, apart from polling: platform_linux.cc or platform_bsd.cc
// (FreeBSD, NetBSD, OpenBSD, DragonFly, macOS); the build chooses one.
#ifndef AEMP_OS_PLATFORM_H
#define AEMP_OS_PLATFORM_H

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "os/host.h"

namespace aemp::platform {

// From the kernel's generator. False: there is none.
bool fill_random(std::span<std::uint8_t> out);

// Non-blocking and close-on-exec; -1 and errno. With send_flags() they never raise SIGPIPE.
int open_socket(int family, int type);
int accept(int listener, sockaddr* peer, socklen_t* size);
int send_flags() noexcept;
// A pipe, non-blocking and close-on-exec: 0, or -1 and errno.
int open_pipe(int ends[2]);

// Whether accept() failed with an error of the one connection that was waiting.
bool concerns_one_connection(int err) noexcept;
// Of a TCP socket that listens, where the system can: connections stay in the kernel until their
// first bytes have come, for a second or two.
void accept_with_data(int listener) noexcept;
// Of a unix socket; unknown for others.
PeerCred peer_cred(int fd);
// As far as the system can: unacknowledged data older than user_timeout (0: as it is) ends the
// connection, more unsent bytes than unsent_limit make it unwritable.
void tune_tcp(int fd, Nanos user_timeout, int unsent_limit);

bool has_abstract_sockets() noexcept;
// A page that is zeros in every child process and may be written; null: not to be had.
void* map_page_wiped_on_fork(std::size_t size);
// These pages are to be in no core dump, if the system can do that.
void leave_out_of_core(void* pages, std::size_t size) noexcept;

}  // namespace aemp::platform

#endif  // AEMP_OS_PLATFORM_H
