// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What may be accepted, said a second time: slow, recursive, byte by byte, and without a line of
// the library. Where a decoder and this differ, one of them is wrong.
#ifndef AEMP_TEST_FUZZ_REFERENCE_H
#define AEMP_TEST_FUZZ_REFERENCE_H

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace aemp::fuzz {

using In = std::span<const std::uint8_t>;

// Takes bytes off the front. After a failure everything fails.
class Reference {
 public:
  explicit Reference(In in) : in_(in) {}

  bool ok() const { return ok_; }
  std::size_t left() const { return in_.size(); }
  bool done() const { return ok_ && in_.empty(); }
  void fail() { ok_ = false; }
  void require(bool condition) { ok_ = ok_ && condition; }

  std::uint64_t number(std::size_t bytes) {
    std::uint64_t v = 0;
    for (const std::uint8_t b : take(bytes)) v = v << 8 | b;
    return v;
  }
  In take(std::uint64_t n) {
    require(n <= in_.size());
    if (!ok_) return {};
    const In out = in_.first(static_cast<std::size_t>(n));
    in_ = in_.subspan(static_cast<std::size_t>(n));
    return out;
  }

  // RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
  void utf8(In text) {
    for (std::size_t i = 0; i < text.size();) {
      const unsigned first = text[i];
      const std::size_t n = first < 0x80   ? 1
                            : first < 0xc0 ? 0
                            : first < 0xe0 ? 2
                            : first < 0xf0 ? 3
                            : first < 0xf8 ? 4
                                           : 0;
      if (n == 0 || text.size() - i < n) return fail();
      unsigned code = n == 1 ? first : first & (0x7fu >> n);
      for (std::size_t k = 1; k < n; ++k) {
        if (text[i + k] >> 6 != 2) return fail();
        code = code << 6 | (text[i + k] & 0x3fu);
      }
      constexpr unsigned kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
      require(code >= kLeast[n] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff));
      i += n;
    }
  }

  void node_id(In text) {
    require(!text.empty() && text.size() <= 255);
    for (const std::uint8_t c : text) {
      const bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
      require(letter || (c >= '0' && c <= '9') ||
              std::string_view("_.:/%-").find(static_cast<char>(c)) != std::string_view::npos);
    }
  }

  // One CBOR item. `inside`: in how many containers and tags it lies.
  void item(unsigned inside = 0) {
    const auto [major, n] = head();
    if (!ok_) return;
    if (major == 2) {
      take(n);
    } else if (major == 3) {
      utf8(take(n));
    } else if (major == 6 && n == 44'621) {
      port();
    } else if (major >= 4 && major <= 6) {
      require(inside < 128);
      const std::uint64_t items = major == 6 ? 1 : n;
      for (std::uint64_t i = 0; ok_ && i < items; ++i) {
        item(inside + 1);
        if (major == 5) item(inside + 1);
      }
    }
  }
  void items() {
    while (ok_ && !in_.empty()) item();
  }

  // A number in groups of 7 bits, the lowest first, in its shortest form.
  std::uint64_t varint() {
    std::uint64_t v = 0;
    for (unsigned i = 0;; ++i) {
      const std::uint64_t b = number(1);
      require(i < 9 || b <= 1);
      require(i == 0 || b != 0);
      if (!ok_) return 0;
      v |= (b & 0x7f) << (7 * i);
      if (b < 0x80) return v;
    }
  }

  // Returns what the two low bits say, or 4 for the node port.
  unsigned destination() {
    const std::uint64_t v = varint();
    if (v == 0) return 4;
    require(v >> 2 != 0 && (v & 3) != 3);
    if ((v & 3) == 2) number(8);
    return v & 3;
  }

  // Fields of HELLO and READY.
  void fields() {
    int last = -1;
    while (ok_ && !in_.empty()) {
      const int type = static_cast<int>(number(1));
      require(type > last && type < 0x80);
      take(number(2));
      last = type;
    }
  }

  void frame(std::uint8_t type) {
    switch (type) {
      case 0x01:
      case 0x02:
      case 0x05:
        destination();
        return items();
      case 0x03:
      case 0x04:
        destination();
        return require(in_.empty());
      case 0x06: {
        const std::uint64_t serial = varint();
        require(serial != 0 && serial >> 62 == 0);
        require(ok_ && !in_.empty() && in_[0] >> 5 == 3);
        return items();
      }
      case 0x07: {
        const unsigned form = destination();
        const auto inner = static_cast<unsigned>(number(1));
        const unsigned what = inner & 0x7f;
        require(what == 1 || what == 2 || what == 5 || (what == 6 && form == 1));
        return require(!in_.empty() || (inner & 0x80) != 0);
      }
      case 0x08:
      case 0x09:
        return require(in_.size() == 8);
      case 0x0a:
      case 0x0b:
      case 0x0c:
        return require(in_.empty());
      case 0x0d:
        require(number(8) != 0);
        return fields();
      case 0x0e:
        number(1);
        return utf8(take(in_.size()));
      case 0x0f:
        return items();
      default:
        return fail();
    }
  }

 private:
  struct Head {
    unsigned major;
    std::uint64_t argument;
  };
  Head head() {
    const auto first = static_cast<unsigned>(number(1));
    const unsigned info = first & 0x1f;
    require(info < 28);
    if (first >> 5 == 7) require(info >= 20 && info != 24);
    return {first >> 5, info < 24 || !ok_ ? info : number(std::size_t{1} << (info - 24))};
  }

  // [node, name] or [node, 8 bytes, serial]
  void port() {
    const auto [array, n] = head();
    require(array == 4 && (n == 2 || n == 3));
    const auto [text, id_size] = head();
    require(text == 3);
    node_id(take(id_size));
    const auto [type, size] = head();
    const In name = take(size);
    if (n == 2) {
      require(type == 3 && !name.empty() && name.size() <= 64);
      for (const std::uint8_t c : name) require(c >= 0x20 && c < 0x7f);
    } else {
      require(type == 2 && name.size() == 8);
      require(head().major == 0);
    }
  }

  In in_;
  bool ok_ = true;
};

inline bool good_items(In in) {
  Reference reference(in);
  reference.items();
  return reference.done();
}

inline bool good_frame(std::uint8_t type, In body) {
  Reference reference(body);
  reference.frame(type);
  return reference.ok();
}

inline bool good_utf8(In text) {
  Reference reference({});
  reference.utf8(text);
  return reference.ok();
}

inline bool good_node_id(In text) {
  Reference reference({});
  reference.node_id(text);
  return reference.ok();
}

}  // namespace aemp::fuzz

#endif  // AEMP_TEST_FUZZ_REFERENCE_H
