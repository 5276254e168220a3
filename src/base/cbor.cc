// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "base/cbor.h"

#include <array>

#include "base/text.h"
#include "base/utf8.h"

namespace aemp::cbor {

namespace {

using namespace detail;

constexpr char kTruncated[] = "ends within a value";
constexpr char kTooMany[] = "more elements announced than there are bytes";

// How long an item with this first byte is, 0 for those that this does not tell.
consteval std::array<std::uint8_t, 256> fixed_sizes() {
  std::array<std::uint8_t, 256> sizes{};
  for (unsigned b = 0; b < kBytes; ++b) {
    const unsigned info = b & 0x1f;
    if (info < 28) sizes[b] = static_cast<std::uint8_t>(info < 24 ? 1 : 1 + (1 << (info - 24)));
  }
  for (unsigned b = 0xf4; b < 0xf8; ++b) sizes[b] = 1;
  sizes[0xf9] = 3;
  sizes[0xfa] = 5;
  sizes[0xfb] = 9;
  return sizes;
}
constexpr auto kFixedSize = fixed_sizes();

class Validator {
 public:
  Validator(const std::uint8_t* data, std::size_t size, unsigned max_depth) noexcept
      : data_(data), at_(data), end_(data + size), max_depth_(max_depth) {}

  Checked run() noexcept {
    std::size_t items = 0;
    for (; at_ != end_; ++items) {
      if (!item()) return {false, too_deep_, 0, what_, static_cast<std::size_t>(bad_ - data_)};
    }
    return {true, false, items, nullptr, 0};
  }

 private:
  std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }

  bool fail(const std::uint8_t* at, const char* what) noexcept {
    bad_ = at;
    what_ = what;
    return false;
  }

  // One item with all that it contains.
  bool item() noexcept {
    unsigned depth = 0;
    for (;;) {
      const std::uint8_t* start = at_;
      std::uint64_t inside;
      if (!head_and_content(inside)) return false;
      if (inside != kNoContainer) {
        if (depth == max_depth_) {
          too_deep_ = true;
          return fail(start, "nested too deeply");
        }
        open_[depth++] = inside;
      }
      while (depth > 0 && open_[depth - 1] == 0) --depth;
      if (depth == 0) return true;
      --open_[depth - 1];
      if (at_ == end_) return fail(at_, kTruncated);
    }
  }

  // The head at at_, which is not the end, and the content of what is no container. `inside`: how
  // many items a container holds.
  bool head_and_content(std::uint64_t& inside) noexcept {
    const std::uint8_t* start = at_;
    inside = kNoContainer;
    if (const std::size_t size = kFixedSize[*start]; size > 0) {
      if (left() < size) return fail(start, kTruncated);
      at_ += size;
      return true;
    }
    const std::uint8_t major = major_of(start);
    if (major == kSimple) return simple();
    std::uint64_t argument;
    if (!head(argument)) return false;
    switch (major) {
      case kBytes:
      case kText:
        return string(start, major, argument);
      case kArray:
      case kMap:
        if (argument > left() / (major == kMap ? 2 : 1)) return fail(start, kTooMany);
        inside = major == kMap ? 2 * argument : argument;
        return true;
      default:  // a tag
        if (argument == kPortTag) return port(start);
        inside = 1;
        return true;
    }
  }

  // Of the item at at_, which is not the end.
  bool head(std::uint64_t& argument) noexcept {
    const unsigned info = *at_ & 0x1f;
    if (info < 24) {
      argument = info;
      ++at_;
      return true;
    }
    if (info == 31) return fail(at_, "indefinite length");
    if (info > 27) return fail(at_, "reserved head");
    if (left() <= std::size_t{1} << (info - 24)) return fail(at_, kTruncated);
    argument = read_head(at_);
    return true;
  }

  bool string(const std::uint8_t* start, std::uint8_t major, std::uint64_t length) noexcept {
    if (length > left()) return fail(start, kTruncated);
    const auto n = static_cast<std::size_t>(length);
    if (major == kText && !is_ascii_short(n)) {
      const std::size_t good = utf8_valid_prefix(at_, n);
      if (good != n) return fail(at_ + good, "text is not UTF-8");
    }
    at_ += n;
    return true;
  }

  bool is_ascii_short(std::size_t n) const noexcept {
    return n < 32 && is_ascii(reinterpret_cast<const char*>(at_), n);
  }

  // What is neither false, true, null, undefined nor a floating-point number.
  bool simple() noexcept {
    const unsigned info = *at_ & 0x1f;
    if (info <= 24) return fail(at_, "unknown simple value");
    return fail(at_, info == 31 ? "break without an indefinite length" : "reserved head");
  }

  // What follows the tag of a port.
  bool port(const std::uint8_t* start) noexcept {
    constexpr char kShape[] = "malformed port";
    std::uint64_t n;
    std::string_view node, name;
    if (at_ == end_) return fail(at_, kTruncated);
    if (major_of(at_) != kArray) return fail(start, kShape);
    if (!head(n)) return false;
    if (n != 2 && n != 3) return fail(start, kShape);
    if (!part(kText, node)) return false;
    if (!valid_node_id(node)) return fail(start, "malformed node ID in a port");
    if (!part(n == 2 ? kText : kBytes, name)) return false;
    if (n == 2) {
      return (!name.empty() && valid_port_name(name)) || fail(start, "malformed name of a port");
    }
    if (name.size() != 8) return fail(start, kShape);
    if (at_ == end_) return fail(at_, kTruncated);
    if (major_of(at_) != kUnsigned) return fail(start, kShape);
    return head(n);
  }

  bool part(std::uint8_t major, std::string_view& out) noexcept {
    if (at_ == end_) return fail(at_, kTruncated);
    if (major_of(at_) != major) return fail(at_, "malformed port");
    std::uint64_t length;
    const std::uint8_t* start = at_;
    if (!head(length)) return false;
    if (length > left()) return fail(start, kTruncated);
    out = {reinterpret_cast<const char*>(at_), static_cast<std::size_t>(length)};
    at_ += length;
    return true;
  }

  static constexpr std::uint64_t kNoContainer = ~std::uint64_t{0};

  const std::uint8_t* data_;
  const std::uint8_t* at_;
  const std::uint8_t* end_;
  unsigned max_depth_;
  bool too_deep_ = false;
  const char* what_ = nullptr;
  const std::uint8_t* bad_ = nullptr;
  std::uint64_t open_[kMaxDepth];  // items still to come, by container
};

}  // namespace

Checked validate(const std::uint8_t* data, std::size_t size, unsigned max_depth) noexcept {
  return Validator(data, size, max_depth < kMaxDepth ? max_depth : kMaxDepth).run();
}

}  // namespace aemp::cbor
