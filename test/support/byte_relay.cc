// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "support/byte_relay.h"

#include <array>
#include <stdexcept>
#include <utility>

#include "base/bytes.h"
#include "os/poller.h"
#include "wire/format.h"

namespace aemp::test {

namespace {

Address parsed(const std::string& text) {
  const Result<Address> address = parse_address(text, 0);
  if (!address) throw std::runtime_error(text + ": " + address.status().text());
  return *address;
}

// How long the piece is that begins so; 0: too early to say.
std::size_t piece_size(Way way, bool first, std::span<const std::uint8_t> in) {
  if (first && way == Way::there) {
    return in.size() < kGreetingBytes ? 0 : kGreetingBytes + load_be16(in.data() + 6);
  }
  if (in.size() < kRecordLengthBytes) return 0;
  const bool refusal = first && in[0] == kMagic[0] && in[1] == kMagic[1];
  return refusal ? kGreetingBytes : kRecordLengthBytes + load_be16(in.data());
}

}  // namespace

ByteRelay::Line::Line(ByteRelay& relay, unsigned n)
    : number(n), began(relay.reactor_.now()), relay_(relay) {
  for (std::size_t i = 0; i < 2; ++i) ends_[i] = std::make_unique<End>(*this, i);
}

ByteRelay::Line::~Line() {
  for (auto& end : ends_) shut(*end);
}

void ByteRelay::Line::open(std::size_t which, int fd, bool connecting) {
  End& end = *ends_[which];
  end.fd = fd;
  end.connecting = connecting;
  watch(end);
}

void ByteRelay::Line::send(Way way, std::span<const std::uint8_t> bytes) {
  End& to = *ends_[1 - index(way)];
  if (to.fd < 0 || to.closing) return;
  to.out.insert(to.out.end(), bytes.begin(), bytes.end());
  if (!to.connecting) write(to);
}

void ByteRelay::Line::close() {
  for (auto& end : ends_) {
    end->closing = true;
    if (end->out.empty()) shut(*end);
  }
}

void ByteRelay::Line::shut(End& end) {
  if (end.fd < 0) return;
  relay_.reactor_.unwatch(end.token);
  end.token = {};
  relay_.reactor_.host().net().close(std::exchange(end.fd, -1));
  if (!is_open()) ended = relay_.reactor_.now();
}

void ByteRelay::Line::watch(End& end) {
  const bool writes = end.connecting || !end.out.empty();
  const auto interest =
      static_cast<std::uint8_t>((end.ended ? 0 : kReadable) | (writes ? kWritable : 0));
  if (end.token) return relay_.reactor_.interest(end.token, interest);
  end.token = *relay_.reactor_.watch(end.fd, interest, &end);
}

void ByteRelay::Line::on_ready(End& end, std::uint8_t events) {
  if (end.connecting) {
    Net& net = relay_.reactor_.host().net();
    if (net.error(end.fd) != 0) return close();
    if (!net.peer_address(end.fd).ok()) return;
    end.connecting = false;
  }
  if (!end.out.empty()) write(end);
  if (end.fd >= 0 && !end.ended && (events & (kReadable | kHangup | kError)) != 0) read(end);
  if (end.fd >= 0) watch(end);
}

void ByteRelay::Line::write(End& end) {
  const Slice slice{end.out.data(), end.out.size()};
  const IoResult result = relay_.reactor_.host().net().write(end.fd, {&slice, 1});
  if (result.n < 0 && !result.again()) return shut(end);
  if (result.n > 0) end.out.erase(end.out.begin(), end.out.begin() + result.n);
  if (end.out.empty() && end.closing) return shut(end);
  watch(end);
}

void ByteRelay::Line::read(End& end) {
  std::array<std::uint8_t, 4096> buffer;
  while (end.fd >= 0 && !end.ended) {
    const IoResult result = relay_.reactor_.host().net().read(end.fd, buffer);
    if (result.again()) return;
    if (result.n <= 0) {
      // Half a piece is passed on too: it is up to the other end what to make of it.
      end.ended = true;
      if (!end.in.empty()) send(end.which == 0 ? Way::there : Way::back, end.in);
      return close();
    }
    end.heard += static_cast<std::uint64_t>(result.n);
    end.in.insert(end.in.end(), buffer.begin(), buffer.begin() + result.n);
    split(end);
  }
}

void ByteRelay::Line::split(End& end) {
  const Way way = end.which == 0 ? Way::there : Way::back;
  for (;;) {
    const std::size_t size = piece_size(way, end.pieces == 0, end.in);
    if (size == 0 || end.in.size() < size) return;
    ++end.pieces;
    const unsigned number = 2 * end.pieces - (way == Way::there ? 1 : 0);
    const auto border = end.in.begin() + static_cast<std::ptrdiff_t>(size);
    const Piece piece{way, number, {end.in.begin(), border}};
    end.in.erase(end.in.begin(), border);
    heard.push_back(piece);
    if (relay_.hook_) {
      relay_.hook_(*this, piece);
    } else {
      pass(piece);
    }
  }
}

ByteRelay::ByteRelay(Reactor& reactor, const std::string& listen, const std::string& target)
    : reactor_(reactor), target_(target) {
  Net& net = reactor_.host().net();
  const Result<int> fd = net.listen(parsed(listen));
  if (!fd) throw std::runtime_error(fd.status().text());
  listener_ = *fd;
  address_ = net.local_address(listener_)->str();
  token_ = *reactor_.watch(listener_, kReadable, this);
}

ByteRelay::~ByteRelay() {
  lines_.clear();
  reactor_.unwatch(token_);
  reactor_.host().net().close(listener_);
}

ByteRelay::Line& ByteRelay::add() {
  if (lines_.size() >= kKept && !lines_.front()->is_open()) lines_.erase(lines_.begin());
  lines_.push_back(std::unique_ptr<Line>(new Line(*this, ++count_)));
  return *lines_.back();
}

ByteRelay::Line& ByteRelay::dial() {
  Line& line = add();
  const Result<int> fd = reactor_.host().net().connect(parsed(target_));
  if (!fd) throw std::runtime_error(fd.status().text());
  line.open(1, *fd, true);
  return line;
}

void ByteRelay::on_ready(std::uint8_t) {
  for (;;) {
    const int fd = reactor_.host().net().accept(listener_, nullptr);
    if (fd < 0) return;
    if (target_.empty()) {
      add().open(0, fd, false);
    } else {
      dial().open(0, fd, false);
    }
  }
}

}  // namespace aemp::test
