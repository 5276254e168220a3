// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// In what the systems differ that the stand-in for kqueue(2) stands for.
#ifndef AEMP_TEST_SUPPORT_KQUEUE_H
#define AEMP_TEST_SUPPORT_KQUEUE_H

namespace aemp::test {

// What queues that are made from now on say if EVFILT_WRITE is added for a pipe that has no reader:
// EPIPE (FreeBSD, macOS; the default), EBADF (NetBSD), or 0 and an event with EV_EOF (OpenBSD).
// Returns what it was.
int set_error_without_reader(int sys_errno);

}  // namespace aemp::test

#endif  // AEMP_TEST_SUPPORT_KQUEUE_H
