// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// A recorded conversation, played with a node over a real socket. Line by line:
//
//   # ...            says what comes
//   > BYTES          the recorded node says this, to the byte
//   < BYTES          the node under test says exactly this, and nothing before it
//   <hello           it says its HELLO: two bytes of length and as many bytes
//   = TEXT           it has delivered this, as the next thing
//   . NAME           the test does what it knows by that name
//   end              it has closed the connection
//
// BYTES are hexadecimal digits and 'text'; .. is a byte that may be any, {port} the test's port as
// the recorded node names it, {home} as the node itself does.
#ifndef AEMP_TEST_SUPPORT_DIALOGUE_H
#define AEMP_TEST_SUPPORT_DIALOGUE_H

#include <aemp/loop.h>
#include <aemp/port.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace aemp::compat {

using Bytes = std::vector<std::uint8_t>;

class Dialogue {
 public:
  // Takes over the connected socket. `delivered`: what the node has delivered, oldest first.
  Dialogue(Loop& loop, int fd, const std::vector<std::string>& delivered);
  ~Dialogue();
  Dialogue(const Dialogue&) = delete;
  Dialogue& operator=(const Dialogue&) = delete;

  void name(const std::string& word, const Bytes& bytes) { words_[word] = bytes; }
  void action(const std::string& word, std::function<void()> act) { acts_[word] = std::move(act); }
  // Fails the test at the first line that does not hold, and says what there was instead.
  void play(const std::string& path);

 private:
  using Pattern = std::vector<std::optional<std::uint8_t>>;

  bool step(const std::string& line);
  bool hear(const Pattern& pattern);
  bool hear_hello();
  bool wait_for(std::size_t bytes);
  bool closed();
  Pattern parse(const std::string& text) const;

  Loop& loop_;
  const int fd_;
  const std::vector<std::string>& delivered_;
  std::size_t next_delivered_ = 0;
  std::map<std::string, Bytes> words_;
  std::map<std::string, std::function<void()>> acts_;
  Bytes in_;
  std::size_t heard_ = 0;
  bool closed_ = false;
  Watch watch_;
};

// The lines of a recorded file, without comments and empty ones.
std::vector<std::string> lines_of(const std::string& path);

}  // namespace aemp::compat

#endif  // AEMP_TEST_SUPPORT_DIALOGUE_H
