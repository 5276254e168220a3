// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "wire/hello.h"

#include "base/bytes.h"
#include "base/fill_in.h"
#include "base/text.h"
#include "base/utf8.h"

namespace aemp {

namespace {

using Bytes = std::vector<std::uint8_t>;

void put_field(Bytes& out, HelloField type, const void* value, std::size_t size) {
  const std::uint8_t head[3] = {type, static_cast<std::uint8_t>(size >> 8),
                                static_cast<std::uint8_t>(size)};
  out.insert(out.end(), head, head + 3);
  const auto* bytes = static_cast<const std::uint8_t*>(value);
  out.insert(out.end(), bytes, bytes + size);
}

void put_text(Bytes& out, HelloField type, std::string_view text, std::size_t limit) {
  const std::string valid = utf8_repaired(text);
  text = utf8_cut(valid, limit);
  if (!text.empty()) put_field(out, type, text.data(), text.size());
}

void put_u32(Bytes& out, HelloField type, std::uint32_t v) {
  std::uint8_t bytes[4];
  store_be32(bytes, v);
  put_field(out, type, bytes, sizeof bytes);
}

void put_u64(Bytes& out, HelloField type, std::uint64_t v) {
  std::uint8_t bytes[8];
  store_be64(bytes, v);
  put_field(out, type, bytes, sizeof bytes);
}

// What the fields after binds take.
constexpr std::size_t kAfterBinds = 2 * (3 + 4) + (3 + 8) + (3 + 1);

void put_binds(Bytes& out, std::size_t start, const std::vector<std::string>& binds) {
  Bytes list;
  std::size_t count = 0;
  const std::size_t room = kMaxHello - (out.size() - start) - 3 - kAfterBinds;
  for (const std::string& bind : binds) {
    if (count == kMaxHelloBinds) break;
    if (bind.empty() || bind.size() > 255 || !utf8_valid(bind)) continue;
    if (list.size() + 1 + bind.size() > room) continue;
    list.push_back(static_cast<std::uint8_t>(bind.size()));
    list.insert(list.end(), bind.begin(), bind.end());
    ++count;
  }
  if (!list.empty()) put_field(out, kHelloBinds, list.data(), list.size());
}

// `start`: where in `out` the hello begins.
void put_rest(const Hello& hello, std::size_t start, Bytes& out) {
  put_field(out, kHelloProtection, &hello.protection, 1);
  put_u64(out, kHelloFeatures, hello.features);
  put_text(out, kHelloService, hello.service, kMaxHelloText);
  put_text(out, kHelloSeenAddress, hello.seen_address, kMaxHelloText);
  put_text(out, kHelloSoftware, hello.software, kMaxHelloText);
  put_binds(out, start, hello.binds);
  put_u32(out, kHelloMaxMessage, hello.max_message);
  put_u32(out, kHelloHeartbeat, hello.heartbeat_ms);
  put_u64(out, kHelloLastLink, hello.last_link);
  put_field(out, kHelloFlags, &hello.flags, 1);
}

using Value = std::span<const std::uint8_t>;

std::string name_of(std::uint8_t type) { return fill_in("field %", {type}); }

// Takes fields off the front of a sequence.
class FieldCursor {
 public:
  explicit FieldCursor(Value in) : in_(in) {}

  bool at_end() const { return in_.empty(); }
  // nullptr, or what is wrong.
  const char* next(std::uint8_t& type, Value& value) {
    type = in_[0];
    if (in_.size() < 3) return "is cut short";
    const std::size_t size = load_be16(in_.data() + 1);
    if (in_.size() - 3 < size) return "is longer than what there is";
    if (type <= last_) return "is out of order";
    last_ = type;
    value = in_.subspan(3, size);
    in_ = in_.subspan(3 + size);
    return nullptr;
  }

 private:
  Value in_;
  int last_ = -1;
};

// One field after the other; every function returns false with a sentence in `error`.
class HelloReader {
 public:
  HelloReader(Hello& out, std::string& error) : out_(out), error_(error) {}

  bool read(Value in) {
    if (!read_fields(in, kHelloNodeId)) return false;
    if (out_.node_id.empty()) return fail("there is no node ID");
    if (!has_incarnation_) return fail("there is no incarnation");
    if (!has_versions_) return fail("there are no versions");
    return true;
  }
  bool read_rest(Value in) { return read_fields(in, kHelloProtection); }

 private:
  bool read_fields(Value in, std::uint8_t first) {
    FieldCursor fields(in);
    while (!fields.at_end()) {
      std::uint8_t type = 0;
      Value value;
      if (const char* wrong = fields.next(type, value))
        return fail(fill_in("% %", {name_of(type), wrong}));
      if (type != 0 && type < first) return fail(fill_in("% was said before", {name_of(type)}));
      if (!take(type, value)) return false;
    }
    return true;
  }

  bool take(std::uint8_t type, Value v) {
    switch (type) {
      case kHelloNodeId:
        return take_node_id(v);
      case kHelloIncarnation:
        has_incarnation_ = true;
        return take_u64(type, v, out_.incarnation);
      case kHelloVersions:
        return take_versions(v);
      case kHelloProtection:
        return take_u8(type, v, out_.protection);
      case kHelloFeatures:
        return take_u64(type, v, out_.features);
      case kHelloService:
        return take_text(type, v, out_.service);
      case kHelloSeenAddress:
        return take_text(type, v, out_.seen_address);
      case kHelloSoftware:
        return take_text(type, v, out_.software);
      case kHelloBinds:
        return take_binds(v);
      case kHelloMaxMessage:
        return take_u32(type, v, out_.max_message);
      case kHelloHeartbeat:
        return take_u32(type, v, out_.heartbeat_ms);
      case kHelloLastLink:
        return take_u64(type, v, out_.last_link);
      case kHelloFlags:
        return take_u8(type, v, out_.flags);
      default:
        if ((type & kHelloCritical) != 0)
          return fail(fill_in("% is critical and not known", {name_of(type)}));
        return true;
    }
  }

  bool take_node_id(Value v) {
    const std::string_view id = text_of(v);
    if (!valid_node_id(id)) return fail("the node ID is malformed");
    out_.node_id = id;
    return true;
  }

  bool take_versions(Value v) {
    if (!sized(kHelloVersions, v, 6)) return false;
    out_.lowest_major = v[0];
    out_.highest_major = v[1];
    out_.minor = v[2];
    out_.suites = load_be16(v.data() + 4);
    has_versions_ = true;
    if (v[0] == 0 || v[0] > v[1]) return fail("the range of versions is empty");
    if (v[3] != 0) return fail("the reserved byte of the versions is not 0");
    return true;
  }

  bool take_binds(Value v) {
    out_.binds.clear();
    while (!v.empty()) {
      const std::size_t size = v[0];
      if (size == 0 || v.size() - 1 < size) return fail("a bind is cut short");
      const std::string_view bind = text_of(v.subspan(1, size));
      if (!utf8_valid(bind)) return fail("a bind is not UTF-8");
      if (out_.binds.size() == kMaxHelloBinds) return fail("there are more than 8 binds");
      out_.binds.emplace_back(bind);
      v = v.subspan(1 + size);
    }
    return true;
  }

  bool take_text(std::uint8_t type, Value v, std::string& out) {
    const std::string_view text = text_of(v);
    if (text.size() > kMaxHelloText)
      return fail(fill_in("% is longer than 64 bytes", {name_of(type)}));
    if (!utf8_valid(text)) return fail(fill_in("% is not UTF-8", {name_of(type)}));
    out = text;
    return true;
  }

  bool take_u8(std::uint8_t type, Value v, std::uint8_t& out) {
    if (!sized(type, v, 1)) return false;
    out = v[0];
    return true;
  }
  bool take_u32(std::uint8_t type, Value v, std::uint32_t& out) {
    if (!sized(type, v, 4)) return false;
    out = load_be32(v.data());
    return true;
  }
  bool take_u64(std::uint8_t type, Value v, std::uint64_t& out) {
    if (!sized(type, v, 8)) return false;
    out = load_be64(v.data());
    return true;
  }

  bool sized(std::uint8_t type, Value v, std::size_t size) {
    if (v.size() == size) return true;
    return fail(fill_in("% has % bytes instead of %", {name_of(type), v.size(), size}));
  }
  static std::string_view text_of(Value v) {
    return {reinterpret_cast<const char*>(v.data()), v.size()};
  }
  bool fail(std::string_view what) {
    error_ = fill_in("malformed hello: %", {what});
    return false;
  }

  Hello& out_;
  std::string& error_;
  bool has_incarnation_ = false;
  bool has_versions_ = false;
};

}  // namespace

void encode_hello(const Hello& hello, std::vector<std::uint8_t>& out) {
  const std::size_t start = out.size();
  encode_hello_identity(hello, out);
  put_rest(hello, start, out);
}

void encode_hello_rest(const Hello& hello, std::vector<std::uint8_t>& out) {
  put_rest(hello, out.size(), out);
}

void encode_hello_identity(const Hello& hello, std::vector<std::uint8_t>& out) {
  put_field(out, kHelloNodeId, hello.node_id.data(), hello.node_id.size());
  put_u64(out, kHelloIncarnation, hello.incarnation);
  std::uint8_t versions[6] = {hello.lowest_major, hello.highest_major, hello.minor, 0, 0, 0};
  store_be16(versions + 4, hello.suites);
  put_field(out, kHelloVersions, versions, sizeof versions);
}

bool decode_hello(std::span<const std::uint8_t> in, Hello& out, std::string& error) {
  out = Hello{};
  if (in.size() > kMaxHello) {
    error = "malformed hello: longer than 1024 bytes";
    return false;
  }
  return HelloReader(out, error).read(in);
}

bool decode_hello_rest(std::span<const std::uint8_t> in, Hello& out, std::string& error) {
  return HelloReader(out, error).read_rest(in);
}

bool check_fields(std::span<const std::uint8_t> in, std::string& error) {
  FieldCursor fields(in);
  while (!fields.at_end()) {
    std::uint8_t type = 0;
    Value value;
    const char* wrong = fields.next(type, value);
    if (wrong == nullptr && (type & kHelloCritical) != 0) wrong = "is critical and not known";
    if (wrong == nullptr) continue;
    error = name_of(type) + ' ' + wrong;
    return false;
  }
  return true;
}

}  // namespace aemp
