// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// A stand-in for the <sys/event.h> of BSD and macOS, so that what is written for them can be
// compiled and run on Linux. support/kqueue.cc says where it differs.
#ifndef AEMP_TEST_SUPPORT_BSD_SYS_EVENT_H
#define AEMP_TEST_SUPPORT_BSD_SYS_EVENT_H

#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#define EVFILT_READ (-1)
#define EVFILT_WRITE (-2)
#define EVFILT_TIMER (-7)

// Actions.
#define EV_ADD 0x0001
#define EV_DELETE 0x0002
#define EV_ENABLE 0x0004
#define EV_DISABLE 0x0008
// How to report.
#define EV_ONESHOT 0x0010
#define EV_CLEAR 0x0020
#define EV_RECEIPT 0x0040
// Reported.
#define EV_ERROR 0x4000
#define EV_EOF 0x8000

struct kevent {
  uintptr_t ident;
  short filter;
  unsigned short flags;
  unsigned int fflags;
  intptr_t data;
  void* udata;
};

#define EV_SET(at, a, b, c, d, e, f)                \
  do {                                              \
    struct kevent* const event_ = (at);             \
    event_->ident = static_cast<uintptr_t>(a);      \
    event_->filter = static_cast<short>(b);         \
    event_->flags = static_cast<unsigned short>(c); \
    event_->fflags = static_cast<unsigned int>(d);  \
    event_->data = static_cast<intptr_t>(e);        \
    event_->udata = (f);                            \
  } while (0)

extern "C" {
int kqueue(void);
int kevent(int kq, const struct kevent* changes, int change_count, struct kevent* events,
           int event_count, const struct timespec* timeout);
}

#endif  // AEMP_TEST_SUPPORT_BSD_SYS_EVENT_H
