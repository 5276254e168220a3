// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/connection.h"

#include "node/core.h"

namespace aemp {

bool Connection::on_knock(Session&, bool proven) { return network_.on_knock(*this, proven); }

void Connection::on_hello(Session&, const Hello& hello) { network_.on_hello(*this, hello); }

void Connection::on_ready(Session&) { network_.on_ready(*this); }

void Connection::on_packet(Session&, const Packet& packet) {
  if (phase == Phase::up && peer != nullptr) peer->on_packet(*this, packet);
}

void Connection::on_pong(Session&, std::uint64_t nonce, Nanos) { network_.on_pong(*this, nonce); }

void Connection::on_closed(Session&, const CloseInfo& info) { network_.on_closed(*this, info); }

void Connection::on_timer() { network_.on_link_timer(*this); }

}  // namespace aemp
