// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "session/handshake.h"

#include <utility>

namespace aemp {

Handshake::~Handshake() = default;

void Handshake::take_output(std::vector<std::uint8_t>& out) {
  out.insert(out.end(), output_.begin(), output_.end());
  output_.clear();
}

void Handshake::fail(CloseCode code, std::string text, bool by_peer) {
  state_ = State::failed;
  failure_ = {code, std::move(text), by_peer};
}

}  // namespace aemp
