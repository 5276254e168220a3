// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "base/report.h"

#include <cstdio>

#include "base/text.h"
#include "base/utf8.h"

namespace aemp {
namespace {

struct Date {
  std::int64_t year;
  unsigned month, day;
};

// Days since 1970-01-01 to a date of the proleptic Gregorian calendar. Years begin in March here,
// so that the leap day is the last; eras are 400 years.
Date date_of(std::int64_t days) {
  days += 719'468;  // 0000-03-01
  const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const auto day_of_era = static_cast<unsigned>(days - era * 146'097);
  const unsigned year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const unsigned day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned march_month = (5 * day_of_year + 2) / 153;
  const unsigned day = day_of_year - (153 * march_month + 2) / 5 + 1;
  const unsigned month = march_month < 10 ? march_month + 3 : march_month - 9;
  return {static_cast<std::int64_t>(year_of_era) + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

// The bytes of the character at `i` if it is a control: C0, C1, DEL, line separators, and what
// turns the direction of text. Else 0.
std::size_t control_at(std::string_view text, std::size_t i) {
  const auto byte = [&](std::size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0u;
  };
  if (byte(i) < 0x20 || byte(i) == 0x7f) return 1;
  if (byte(i) == 0xc2) return byte(i + 1) < 0xa0 ? 2 : 0;   // U+0080 to U+009F
  if (byte(i) == 0xd8) return byte(i + 1) == 0x9c ? 2 : 0;  // U+061C
  if (byte(i) != 0xe2) return 0;
  const unsigned last = byte(i + 2);
  const bool marks = last == 0x8e || last == 0x8f;     // U+200E and U+200F
  const bool turns = last >= 0xa8 && last <= 0xae;     // U+2028 to U+202E
  const bool isolates = last >= 0xa6 && last <= 0xa9;  // U+2066 to U+2069
  const bool control = byte(i + 1) == 0x80 ? marks || turns : byte(i + 1) == 0x81 && isolates;
  return control ? 3 : 0;
}

}  // namespace

std::string printable_utf8(std::string_view text, std::size_t most) {
  const std::string repaired = utf8_repaired(text.substr(0, most));
  return std::string(utf8_cut(repaired, most));
}

std::string one_line(std::string_view text, std::size_t most) {
  std::string out = printable_utf8(text, most);
  for (std::size_t i = 0; i < out.size(); ++i) {
    for (std::size_t n = control_at(out, i); n > 0; --n) out[i + n - 1] = '?';
  }
  if (text.size() > most) out += "...";
  return out;
}

std::string utc_date_time(Nanos wall) {
  const std::int64_t ms = wall / kMillisecond;
  const std::int64_t seconds = ms / 1000;
  const Date date = date_of(seconds / 86'400);
  const int second_of_day = static_cast<int>(seconds % 86'400);
  char text[64];
  std::snprintf(text, sizeof text, "%04lld-%02u-%02u %02d:%02d:%02d.%03d",
                static_cast<long long>(date.year), date.month, date.day, second_of_day / 3600,
                second_of_day / 60 % 60, second_of_day % 60, static_cast<int>(ms % 1000));
  return text;
}

std::string base62(std::uint64_t v) {
  std::string out;
  append_base62(out, v);
  return out;
}

}  // namespace aemp
