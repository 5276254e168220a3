// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "mesh/relay_stream.h"

#include <algorithm>
#include <cerrno>

#include "base/bytes.h"

namespace aemp {

RelayStream::~RelayStream() {
  if (owner_ != nullptr) owner_->gone(*this);
}

void RelayStream::open() noexcept {
  open_ = true;
  touch();
}

void RelayStream::end() noexcept {
  owner_ = nullptr;
  touch();
}

bool RelayStream::arrived(std::uint64_t at, std::span<const std::byte> bytes) {
  if (at != received_ || bytes.empty() || bytes.size() > may_come_ - received_) return false;
  if (in_at_ >= unread()) {
    in_.erase(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(in_at_));
    in_at_ = 0;
  }
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  in_.insert(in_.end(), data, data + bytes.size());
  received_ += bytes.size();
  touch();
  return true;
}

bool RelayStream::allowed(std::uint64_t end) noexcept {
  if (end < may_go_ || end - sent_ > kCredit) return false;
  may_go_ = end;
  touch();
  return true;
}

IoResult RelayStream::read(std::span<std::uint8_t> into) {
  const std::size_t n = std::min(into.size(), unread());
  if (n == 0) return owner_ == nullptr ? IoResult{0, 0} : IoResult{-1, EAGAIN};
  copy_bytes(into.data(), in_.data() + in_at_, n);
  in_at_ += n;
  if (unread() == 0) {
    std::vector<std::uint8_t>().swap(in_);
    in_at_ = 0;
  }
  const std::uint64_t end = received_ - unread() + kCredit;
  if (owner_ != nullptr && end - may_come_ >= kCredit / 2) {
    owner_->allow(*this, end);
    may_come_ = end;
  }
  return {static_cast<std::ptrdiff_t>(n), 0};
}

IoResult RelayStream::write(std::span<const Slice> from) {
  std::size_t done = 0;
  for (Slice slice : from) {
    while (slice.size > 0) {
      if (owner_ == nullptr) return {-1, EPIPE};
      const std::uint64_t room = open_ ? may_go_ - sent_ : 0;
      const std::size_t n =
          std::min({slice.size, static_cast<std::size_t>(room), owner_->most(*this)});
      if (n == 0) {
        if (done == 0) return {-1, EAGAIN};
        return {static_cast<std::ptrdiff_t>(done), 0};
      }
      owner_->send(*this, sent_, {reinterpret_cast<const std::byte*>(slice.data), n});
      sent_ += n;
      done += n;
      slice.data += n;
      slice.size -= n;
    }
  }
  return {static_cast<std::ptrdiff_t>(done), 0};
}

void RelayStream::watch(IoHandler& handler, std::uint8_t interest) noexcept {
  handler_ = &handler;
  interest_ = interest;
  touch();
}

std::uint8_t RelayStream::ready() const noexcept {
  const bool over = owner_ == nullptr;
  std::uint8_t events = 0;
  if (over || unread() > 0) events |= kReadable;
  if (over || (open_ && sent_ < may_go_)) events |= kWritable;
  return events & interest_;
}

void RelayStream::touch() noexcept {
  if (ready() != 0) reactor_.resume_later(*this);
}

// Level-triggered. The last step, for the handler may destroy the stream.
void RelayStream::resume() {
  const std::uint8_t events = ready();
  if (events == 0) return;
  reactor_.resume_later(*this);
  handler_->on_ready(events);
}

}  // namespace aemp
