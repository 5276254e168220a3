// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Child: a process that is told lines on its standard input and answers with lines. It ends with
// the process that started it, however that ends.
#ifndef AEMP_TEST_CHAOS_CHILD_H
#define AEMP_TEST_CHAOS_CHILD_H

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace aemp::chaos {

class Child {
 public:
  Child() = default;
  // Starts a program; "self": this one. Throws std::runtime_error.
  explicit Child(std::vector<std::string> argv);
  // Kills it.
  ~Child();
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;

  bool running() const { return pid_ > 0; }
  int out() const { return out_; }
  // A child that has ended hears nothing, and that is not an error.
  void say(const std::string& line);
  // The next whole line that it has said, if there is one. Does not wait.
  std::optional<std::string> line();
  // Waits until `deadline` (monotonic nanoseconds) for a line; nullopt: it ended, or took too long.
  std::optional<std::string> await_line(std::int64_t deadline);
  void signal(int signo) const;
  // How it ended, if it has: as waitpid() tells.
  std::optional<int> reap(bool wait);
  // Kills it and waits for its end.
  void kill();
  // Its input ends, which asks it to end.
  void close_input();

 private:
  bool read_more();

  pid_t pid_ = -1;
  int in_ = -1, out_ = -1;
  std::string heard_;
};

// How a process ended, for people.
std::string how_it_ended(int status);

// Waits until one of them has something to say, or until then.
void wait_for(const std::vector<const Child*>& children, std::int64_t deadline);

// Words between blanks.
std::vector<std::string> words(const std::string& line);

constexpr std::int64_t kMs = 1'000'000;

}  // namespace aemp::chaos

#endif  // AEMP_TEST_CHAOS_CHILD_H
