// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The worker: a public node that counts the words of lines for whoever asks.
#ifndef AEMP_WORDCOUNT_WORKER_H
#define AEMP_WORDCOUNT_WORKER_H

#include <string>

// The function to spawn, with (port for the answers, any_byte). The new port takes (line number,
// inside, bytes), see text.h, and answers (line number, words).
inline constexpr char kCounter[] = "wordcount::counter";

// Prints NODE=ADDRESS, then serves until SIGTERM or SIGINT or, with `until_eof`, until the end of
// standard input. Throws aemp::Error.
void run_worker(const std::string& nodeid, const std::string& bind, bool until_eof);

#endif  // AEMP_WORDCOUNT_WORKER_H
