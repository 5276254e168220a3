// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "wire/reassembly.h"

#include <cstring>
#include <new>
#include <utility>

#include "base/fill_in.h"

namespace aemp {

Reassembly::~Reassembly() {
  for (Large& large : large_) free_data(large);
  free_data(done_);
}

// DOWN names ports of the sender, all else ports of the receiver and, in SPAWN, a new one.
std::size_t Reassembly::find(const Dest& dest, bool down) const noexcept {
  std::size_t i = 0;
  while (i < large_.size()) {
    const Large& large = large_[i];
    if (large.inner != 0 && (large.inner == kFrameDown) == down && large.dest == dest) break;
    ++i;
  }
  return i;
}

bool Reassembly::conflicts(const Packet& packet) const noexcept {
  switch (packet.type) {
    case kFrameData:
    case kFrameKil:
    case kFrameMon:
    case kFrameUnmon:
    case kFrameDown:
      return find(packet.dest, packet.type == kFrameDown) < large_.size();
    case kFrameSpawn:
      return find({Dest::Form::spawned, packet.serial, 0}, false) < large_.size();
    default:
      return false;
  }
}

Reassembly::Result Reassembly::add(const Packet& frag, Packet& out, std::string& error) {
  release();
  std::size_t at = find(frag.dest, frag.inner == kFrameDown);
  if (at == large_.size()) {
    for (at = 0; at < large_.size() && large_[at].inner != 0;) ++at;
    if (at == large_.size()) {
      error = fill_in("FRAG: more than % large messages at once", {kMaxOpenLarge});
      return Result::error;
    }
    large_[at].dest = frag.dest;
    large_[at].inner = frag.inner;
    ++open_;
  } else if (large_[at].inner != frag.inner) {
    error = "FRAG: the inner type has changed";
    return Result::error;
  }
  if (frag.size > limit_ - total_) {
    error = fill_in("FRAG: large messages of more than % bytes, the announced max_message",
                    {limit_ - kSlack});
    return Result::error;
  }
  append(large_[at], frag.fragment, frag.size);
  if (!frag.last) return Result::more;
  done_ = std::exchange(large_[at], Large{});
  --open_;
  const Parsed parsed = parse_inner(done_.inner, done_.dest, done_.data, done_.size, out, error);
  return parsed == Parsed::packet ? Result::complete : Result::error;
}

void Reassembly::append(Large& large, const std::uint8_t* bytes, std::size_t n) {
  if (n > large.room - large.size) {
    std::size_t room = large.room + large.room / 2;
    if (room > limit_) room = static_cast<std::size_t>(limit_);
    if (room < large.size + n) room = large.size + n;
    auto* data = static_cast<std::uint8_t*>(::operator new(room));
    if (large.size > 0) std::memcpy(data, large.data, large.size);
    ::operator delete(large.data);
    large.data = data;
    large.room = room;
  }
  if (n > 0) std::memcpy(large.data + large.size, bytes, n);
  large.size += n;
  total_ += n;
}

void Reassembly::release() noexcept {
  total_ -= done_.size;
  free_data(done_);
}

void Reassembly::free_data(Large& large) noexcept {
  ::operator delete(large.data);
  large = Large{};
}

}  // namespace aemp
