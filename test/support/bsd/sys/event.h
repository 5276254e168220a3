// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// A stand-in for <sys/event.h> on Linux, so that poller_kqueue.cc is compiled and run there: those
// parts of kqueue(2) that the BSDs and macOS document alike, for EVFILT_READ and EVFILT_WRITE of
// sockets and pipes and for EVFILT_TIMER. Values as in FreeBSD.
//
// What differs: a plain file is refused with EPERM. An error that is pending at a socket is told as
// fflags ECONNRESET whatever it is, since Linux does not show it without taking it. That a
// descriptor was closed is noticed at the next call.
#ifndef AEMP_TEST_SUPPORT_BSD_SYS_EVENT_H
#define AEMP_TEST_SUPPORT_BSD_SYS_EVENT_H

#include <sys/types.h>
#include <time.h>

#include <cstdint>

#define EVFILT_READ (-1)
#define EVFILT_WRITE (-2)
#define EVFILT_TIMER (-7)

#define EV_ADD 0x0001
#define EV_DELETE 0x0002
#define EV_ENABLE 0x0004
#define EV_DISABLE 0x0008
#define EV_ONESHOT 0x0010
#define EV_CLEAR 0x0020
#define EV_RECEIPT 0x0040
#define EV_ERROR 0x4000
#define EV_EOF 0x8000

struct kevent {
  std::uintptr_t ident;
  short filter;
  unsigned short flags;
  unsigned int fflags;
  std::intptr_t data;
  void* udata;
};

#define EV_SET(event, i, f, fl, ff, d, u) \
  do {                                    \
    struct kevent* const set_ = (event);  \
    set_->ident = (i);                    \
    set_->filter = (f);                   \
    set_->flags = (fl);                   \
    set_->fflags = (ff);                  \
    set_->data = (d);                     \
    set_->udata = (u);                    \
  } while (0)

extern "C" {
int kqueue();
int kevent(int queue, const struct kevent* changes, int change_count, struct kevent* events,
           int event_count, const timespec* timeout);
}

#endif  // AEMP_TEST_SUPPORT_BSD_SYS_EVENT_H
