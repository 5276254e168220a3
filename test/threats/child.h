// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// A forked process that does one thing and tells what came of it.
#ifndef AEMP_TEST_THREATS_CHILD_H
#define AEMP_TEST_THREATS_CHILD_H

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <exception>
#include <functional>
#include <string>

namespace aemp::threat {

class Child {
 public:
  // Runs `body` in a child, which ends when that returns, without destructors; what it returned
  // comes to told().
  explicit Child(const std::function<std::string()>& body) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    pid_ = fork();
    if (pid_ == 0) {
      std::string text;
      try {
        text = body();
      } catch (const std::exception& e) {
        text = std::string("threw: ") + e.what();
      }
      for (std::size_t at = 0; at < text.size();) {
        const ssize_t n = write(ends[1], text.data() + at, text.size() - at);
        if (n <= 0) break;
        at += static_cast<std::size_t>(n);
      }
      _exit(0);
    }
    close(ends[1]);
    from_ = ends[0];
  }
  ~Child() { wait(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  // Waits for its end.
  const std::string& told() {
    wait();
    return told_;
  }
  int status() {
    wait();
    return status_;
  }

 private:
  void wait() {
    if (from_ < 0) return;
    char buffer[4096];
    for (ssize_t n; (n = read(from_, buffer, sizeof buffer)) > 0;) {
      told_.append(buffer, static_cast<std::size_t>(n));
    }
    close(from_);
    from_ = -1;
    EXPECT_EQ(waitpid(pid_, &status_, 0), pid_);
  }

  pid_t pid_ = -1;
  int from_ = -1;
  int status_ = -1;
  std::string told_;
};

}  // namespace aemp::threat

#endif  // AEMP_TEST_THREATS_CHILD_H
