// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// A worker process started by the feeder: this program itself in the other role. It lives no longer
// than this object, nor than the feeder: its standard input is a pipe, at whose end it leaves.
#ifndef AEMP_WORDCOUNT_PROCESS_H
#define AEMP_WORDCOUNT_PROCESS_H

#include <sys/types.h>

#include <string>

class Process {
 public:
  // Returns when the worker listens. Throws std::runtime_error if it does not come up.
  Process(const std::string& nodeid, const std::string& bind);
  // Lets the worker leave; kills it if that takes over 5 s.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  const std::string& address() const { return address_; }  // what it really listens on
  // SIGKILL. Returns when the process is gone.
  void kill();

 private:
  void read_address(const std::string& nodeid);
  void end();

  pid_t pid_ = -1;
  int stdin_ = -1;  // our ends of its pipes
  int stdout_ = -1;
  std::string address_;
};

#endif  // AEMP_WORDCOUNT_PROCESS_H
