// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// JsonReader: JSON text (RFC 8259), token by token or a value at a time, from its beginning to its
// end. Knows where it stands.
#ifndef AEMP_BASE_JSON_READER_H
#define AEMP_BASE_JSON_READER_H

#include <aemp/writer.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/json_number.h"

namespace aemp {

class JsonReader {
 public:
  // What is wrong with the text is thrown: as Error(bad_json), "JSON, line 2, column 7: sentence",
  // or, where it is that of a file, as Error(bad_config), "name:2:7: sentence". Both views outlive
  // this.
  explicit JsonReader(std::string_view text, std::string_view file = {})
      : begin_(text.data()), at_(begin_), end_(begin_ + text.size()), file_(file) {}

  // Skips blanks. The next character, '\0' where there is none; the place of it, for fail().
  char peek();
  const char* place() {
    blanks();
    return at_;
  }
  // Skips blanks, and the character if it comes next.
  bool take(char c);
  // Throws unless nothing but blanks is left.
  void finish();

  // From the opening quote past the closing one; a quote must come next. Valid until the next call.
  std::string_view string();
  // A number, or what is wrong with it is thrown.
  JsonNumber number();
  // Any value.
  void value(Writer& to);
  // The elements of an array, without it; an opening bracket must come next. How many there are.
  std::size_t elements(Writer& to);

  // `where`: a place that this has been at.
  [[noreturn]] void fail(const char* where, std::string_view what) const;

 private:
  void blanks();
  void word(std::string_view expected);
  void enter();
  void array(Writer& to);
  void object(Writer& to);
  std::size_t members(Writer& to);
  void plain();
  void escape();
  void unescaped_code(const char* start);
  std::uint32_t four_digits(const char* start);

  const char* begin_;
  const char* at_;
  const char* end_;
  std::string_view file_;
  unsigned depth_ = 0;
  std::string unescaped_;
};

}  // namespace aemp

#endif  // AEMP_BASE_JSON_READER_H
