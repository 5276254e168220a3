// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// History: what one process did and saw, in a file of its own that is only ever appended to. Each
// event is written before what it announces is done and survives SIGKILL from then on. One line per
// event:
//
//   <nanoseconds of the monotonic clock> <word> <number>... [|<text>]
//
// The clock is the same for all processes of a machine, so that their histories can be merged: a
// cause comes before its effect. Ports, monitors, calls and words have one row of numbers in each
// life, from (life + 1) * kNumbersOfLife; lives are numbered by the driver, from 0.
//
//   life L |node        L begins (driver)        end L              it leaves, or has ended
//   up L |node          down L |node reason      port L P           a port of its own
//   spawn L P |node     begun L P                the spawned function runs
//   doomed P [|reason]  somebody is going to kill it, of that       may P |reason
//   linked P            too_big P                dies P |reason
//   send L P n          recv L at L' P n         message n of life L' to port P came to port `at`
//   words P T to |reason  farewell L to T        heard T
//   mon L P M           unmon M                  fire M |reason
//   call L C            answer C ok |reason
//   settled               all is over, nothing may be pending (driver)
//   wrong L |sentence     what a process or the driver found wrong by itself
//   log L level |line   late L ms                for people, and for who judges times
#ifndef AEMP_TEST_CHAOS_HISTORY_H
#define AEMP_TEST_CHAOS_HISTORY_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace aemp::chaos {

constexpr int kNumbersOfLife = 1'000'000;

std::int64_t monotonic_ns();

class History {
 public:
  // Throws std::runtime_error when the file cannot be made.
  explicit History(const std::string& path);
  ~History();
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  // Ends the process when it cannot be written: without a history nothing is worth doing.
  void tell(std::string_view word, std::initializer_list<std::int64_t> numbers,
            std::string_view text = {});

 private:
  int fd_;
  std::string line_;
};

struct Record {
  std::int64_t time = 0;
  std::string word;
  std::array<std::int64_t, 5> numbers{};
  std::size_t count = 0;  // of numbers
  std::string text;

  std::string line() const;
};

// Reads one history. A last line without its end is dropped: its process was killed in the middle
// of it. Anything else that is no event is told in `wrong`.
std::vector<Record> parse_history(std::string_view bytes, std::string& wrong);

// All histories in a directory, one after another in time.
std::vector<Record> read_histories(const std::string& directory, std::string& wrong);

// The order in which they happened. Those of one history keep theirs.
void sort_by_time(std::vector<Record>& records);

}  // namespace aemp::chaos

#endif  // AEMP_TEST_CHAOS_HISTORY_H
