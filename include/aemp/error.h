// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Errors. The library throws aemp::Error only for misuse by the program (a malformed name, a
// port that is not local, a bad configuration); then nothing was sent or changed. What the
// network does never throws: it arrives as a reason in monitors and replies.
#ifndef AEMP_ERROR_H
#define AEMP_ERROR_H

#include <exception>
#include <string>
#include <string_view>

namespace aemp {

// Stable, public codes. word(code) is the code's name as text, as used in logs.
enum class Errc : unsigned char {
  bad_text,            // text that is not valid UTF-8
  bad_value,           // a value or encoder that does not make exactly one well-formed item
  bad_type,            // Value::as / Message::as asked for a type that does not fit
  out_of_range,        // an index past the end, a key that is not there
  bad_json,            // JSON text that cannot be parsed (line and column in what())
  bad_name,            // a malformed node ID, function name, or name in the database
  bad_config,          // a configuration, secret or key that cannot be used
  address_in_use,      // an address to listen on that somebody else has
  already_configured,  // a second configure(), or one after the first port was made
  empty_port,          // the empty port used as a destination
  not_local,           // the port is not one of this node
  node_port,           // the node port cannot be killed or given receivers
  no_context,          // needs self(), called outside a port's context
  busy,                // run*() from inside a callback or an aemp_encode
  too_big,             // message over max_message, or reason over 64 KiB
  too_deep,            // values nested more than 128 deep
  reserved_name,       // a built-in name, or one that starts with "aemp.", for a function or family
  node_left,           // the node has left the network
  no_mesh,             // a program with <aemp/no_mesh.h> has no database
  system,              // the operating system refused; errno's text is in what()
};

// The code's name, for example "bad_text". Static storage.
std::string_view word(Errc code) noexcept;

class Error : public std::exception {
 public:
  Error(Errc code, std::string sentence) : code_(code), sentence_(std::move(sentence)) {}
  ~Error() override;

  Errc code() const noexcept { return code_; }
  // A sentence that names the culprit and what was expected.
  const char* what() const noexcept override { return sentence_.c_str(); }

 private:
  Errc code_;
  std::string sentence_;
};

}  // namespace aemp

#endif  // AEMP_ERROR_H
