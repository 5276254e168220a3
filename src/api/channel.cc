// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The public Channel, and what Node has of it.
#include <aemp/channel.h>

#include <utility>

#include "base/throw_error.h"
#include "node/channels.h"
#include "node/core.h"

namespace aemp {
namespace {

ChannelEnd* end_of(detail::HandleTable* table, std::uint32_t slot, std::uint32_t life) {
  return table == nullptr ? nullptr : static_cast<ChannelTable*>(table)->find(slot, life);
}

}  // namespace

bool Channel::write(Bytes bytes) const {
  ChannelEnd* end = end_of(table_, slot_, generation_);
  return end != nullptr && end->write(bytes);
}

std::size_t Channel::buffered() const {
  const ChannelEnd* end = end_of(table_, slot_, generation_);
  return end == nullptr ? 0 : end->buffered();
}

void Channel::end() const {
  if (ChannelEnd* e = end_of(table_, slot_, generation_)) e->end();
}

void Channel::close() const {
  if (ChannelEnd* e = end_of(table_, slot_, generation_)) e->close();
}

void Channel::on_data(detail::Function<void(Bytes)> f) const {
  if (ChannelEnd* e = end_of(table_, slot_, generation_)) e->on_data(std::move(f));
}

void Channel::on_end(detail::Function<void()> f) const {
  if (ChannelEnd* e = end_of(table_, slot_, generation_)) e->on_end(std::move(f));
}

void Channel::on_drain(detail::Function<void()> f) const {
  if (ChannelEnd* e = end_of(table_, slot_, generation_)) e->on_drain(std::move(f));
}

void Channel::on_close(detail::Function<void(Message)> f) const {
  if (ChannelEnd* e = end_of(table_, slot_, generation_)) e->on_close(std::move(f));
}

void Channel::pause() const {
  if (ChannelEnd* e = end_of(table_, slot_, generation_)) e->pause(true);
}

void Channel::resume() const {
  if (ChannelEnd* e = end_of(table_, slot_, generation_)) e->pause(false);
}

std::string Channel::node() const {
  const ChannelEnd* e = end_of(table_, slot_, generation_);
  return e == nullptr ? std::string() : e->node();
}

bool Channel::fd(detail::Function<void(int, Bytes)> f) const {
  if (!f) throw_error(Errc::bad_value, "fd: an empty function: expected one to call");
  ChannelEnd* e = end_of(table_, slot_, generation_);
  return e != nullptr && e->give_fd(f);
}

namespace detail {

void connect_channel(NodeCore& core, std::string_view node, std::chrono::nanoseconds timeout,
                     std::string_view function, OwnedMessage args, ChannelResult done) {
  if (!done) throw_error(Errc::bad_value, "connect_to: an empty function: expected one to call");
  const Port target = core.node_port_of(node);
  if (function.empty() || function.size() > 255) {
    throw_error(Errc::bad_name, "connect_to: a function name of % bytes: expected 1 to 255",
                {function.size()});
  }
  if (args.size_bytes() > core.settings.max_message) {
    throw_error(Errc::too_big, "connect_to: arguments of % bytes: expected at most %, max_message",
                {args.size_bytes(), core.settings.max_message});
  }
  if (core.left) return;
  Channels::of(core).connect(target, timeout.count(), function, args, std::move(done));
}

void define_channel(NodeCore& core, std::string_view name, ChannelFunction function) {
  if (!function) {
    throw_error(Errc::bad_value, "define_channel: an empty function: expected one to call");
  }
  NodePort::check_name(name);
  if (!core.left) Channels::of(core).define(name, std::move(function));
}

}  // namespace detail
}  // namespace aemp
