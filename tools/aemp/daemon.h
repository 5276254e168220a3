// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What a process in the background needs: to leave its terminal, a file with its process ID, a file
// for its log.
#ifndef AEMP_TOOL_DAEMON_H
#define AEMP_TOOL_DAEMON_H

#include <optional>
#include <string>

#include "options.h"

namespace tool {

// The process that was started waits for the one in the background, and exits as that one says.
class Daemon {
 public:
  // Goes to the background, in a session of its own. Returns there only.
  void detach();
  // Lets the one that was started exit with this code; the first call counts. Without detach()
  // nothing happens.
  void settle(int code);
  ~Daemon();
  Daemon() = default;
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

 private:
  int waiting_ = -1;  // the other one reads from it
};

// Holds the process ID, and a lock on the file, until the end of the process. Throws UsageError
// where another process has it.
class PidFile {
 public:
  explicit PidFile(const std::optional<std::string>& path);
  ~PidFile();
  PidFile(const PidFile&) = delete;
  PidFile& operator=(const PidFile&) = delete;

 private:
  std::string path_;
  int fd_ = -1;
};

// Throws aemp::Error(system) where the file of --logfile cannot be written to: when the node is
// ready, and the one who typed the command is gone, it is too late.
void check_logfile(const Options& options);

// From now on stderr is the file of --logfile, opened anew, and with -d nobody else is read from or
// written to.
void settle_streams(const Options& options);

}  // namespace tool

#endif  // AEMP_TOOL_DAEMON_H
