// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "wire/dns.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/words.h"

namespace aemp {

namespace {

using In = std::span<const std::uint8_t>;

constexpr std::size_t kHeaderBytes = 12;
constexpr std::size_t kMaxLabel = 63;
constexpr std::size_t kMaxWireName = 254;  // without the empty label at the end
constexpr int kMaxAliases = 16;
constexpr std::uint16_t kClassIn = 1;

// Of the second u16 of the header.
constexpr unsigned kIsAnswer = 0x8000, kOpcode = 0x7800, kTruncated = 0x0200,
                   kWantRecursion = 0x0100;
constexpr unsigned kCode = 0x000f, kNoSuchName = 3;

// A name in the form of messages, each label behind its length, without the empty one at the end.
// The case of ASCII letters does not count (RFC 4343).
struct WireName {
  std::size_t size = 0;
  char bytes[kMaxWireName];

  // False: there is no room for it.
  bool add_label(std::span<const char> label) noexcept {
    if (size + 1 + label.size() > kMaxWireName) return false;
    bytes[size++] = static_cast<char>(label.size());
    for (const char c : label) bytes[size++] = lower_case(c);
    return true;
  }
  bool operator==(const WireName& other) const noexcept {
    return std::equal(bytes, bytes + size, other.bytes, other.bytes + other.size);
  }
};

WireName wire_name(std::string_view host) {
  WireName out;
  if (host.ends_with('.')) host.remove_suffix(1);
  for (;;) {
    const std::string_view label = host.substr(0, host.find('.'));
    if (!out.add_label(label) || label.size() == host.size()) return out;
    host.remove_prefix(label.size() + 1);
  }
}

// Reads a name at `at` and moves that behind it. Pointers lead backwards only.
bool read_name(In in, std::size_t& at, WireName& name) {
  name.size = 0;
  bool jumped = false;
  std::size_t begin = at;
  for (std::size_t from = at;;) {
    if (from >= in.size()) return false;
    const std::size_t n = in[from];
    if (n > kMaxLabel) {
      if ((n & 0xc0) != 0xc0 || in.size() - from < 2) return false;
      if (!jumped) at = from + 2;
      jumped = true;
      from = load_be16(&in[from]) & 0x3fff;
      if (from >= begin) return false;
      begin = from;
      continue;
    }
    if (n == 0) {
      if (!jumped) at = from + 1;
      return true;
    }
    if (in.size() - from - 1 < n) return false;
    if (!name.add_label({reinterpret_cast<const char*>(&in[from]) + 1, n})) return false;
    from += 1 + n;
  }
}

// What the records from `at` on say about one name: its addresses, or the name that it stands for.
// False: they make no sense.
struct Search {
  WireName name, alias;
  IpList addresses;

  bool run(In in, std::size_t at, std::size_t records, DnsType type) {
    for (; records > 0; --records) {
      WireName owner;
      if (!read_name(in, at, owner) || in.size() - at < 10) return false;
      const std::uint8_t* head = &in[at];
      const std::size_t size = load_be16(head + 8);
      at += 10;
      if (in.size() - at < size) return false;
      if (load_be16(head + 2) == kClassIn && owner == name) {
        if (!take(in.first(at + size), at, DnsType{load_be16(head)}, type)) return false;
      }
      at += size;
    }
    return true;
  }

 private:
  // The data of one record, from `at` to the end.
  bool take(In in, std::size_t at, DnsType is, DnsType wanted) {
    const In data = in.subspan(at);
    if (is == DnsType::cname) return read_name(in, at, alias) && at == in.size();
    if (is != wanted) return true;
    Ip ip;
    ip.is_v6 = is == DnsType::aaaa;
    if (data.size() != (ip.is_v6 ? 16 : 4)) return false;
    std::copy(data.begin(), data.end(), ip.bytes.begin());
    addresses.add(ip);
    return true;
  }
};

std::string_view words_of(unsigned code) {
  switch (code) {
    case 1:
      return "it answers FORMERR";
    case 2:
      return "it answers SERVFAIL";
    case 4:
      return "it answers NOTIMP";
    case 5:
      return "it answers REFUSED";
    default:
      return "it answers with an error code";
  }
}

DnsAnswer plain(DnsOutcome outcome, std::string_view why = {}) {
  DnsAnswer out;
  out.outcome = outcome;
  out.why = why;
  return out;
}

// Whether the question that `at` is at is this one; `at` is behind it then.
bool is_question(In in, std::size_t& at, const DnsQuestion& question, const WireName& name) {
  WireName asked;
  if (!read_name(in, at, asked) || !(asked == name) || in.size() - at < 4) return false;
  const bool same = load_be16(&in[at]) == static_cast<std::uint16_t>(question.type) &&
                    load_be16(&in[at + 2]) == kClassIn;
  at += 4;
  return same;
}

}  // namespace

std::string encode_dns_question(const DnsQuestion& question) {
  std::uint8_t header[kHeaderBytes] = {};
  store_be16(header, question.id);
  store_be16(header + 2, kWantRecursion);
  store_be16(header + 4, 1);  // question
  std::string out(reinterpret_cast<const char*>(header), sizeof header);
  const WireName name = wire_name(question.name);
  out.append(name.bytes, name.size);
  std::uint8_t rest[5] = {};  // the end of the name first
  store_be16(rest + 1, static_cast<std::uint16_t>(question.type));
  store_be16(rest + 3, kClassIn);
  return out.append(reinterpret_cast<const char*>(rest), sizeof rest);
}

DnsAnswer decode_dns_answer(const DnsQuestion& question, In in) {
  if (in.size() < kHeaderBytes || load_be16(in.data()) != question.id) {
    return plain(DnsOutcome::foreign);
  }
  const unsigned flags = load_be16(&in[2]);
  if ((flags & kIsAnswer) == 0 || (flags & kOpcode) != 0) return plain(DnsOutcome::foreign);
  const std::size_t questions = load_be16(&in[4]), records = load_be16(&in[6]);
  const unsigned code = flags & kCode;
  std::size_t at = kHeaderBytes;
  Search search;
  search.name = wire_name(question.name);
  // A server that could not read the question need not repeat it.
  const bool unread = questions == 0 && code != 0 && code != kNoSuchName;
  if (!unread && (questions != 1 || !is_question(in, at, question, search.name))) {
    return plain(DnsOutcome::foreign);
  }
  if (code == kNoSuchName) return plain(DnsOutcome::no_name);
  if (code != 0) return plain(DnsOutcome::failed, words_of(code));
  if ((flags & kTruncated) != 0) return plain(DnsOutcome::truncated);
  for (int aliases = 0; aliases <= kMaxAliases; ++aliases) {
    if (!search.run(in, at, records, question.type)) {
      return plain(DnsOutcome::malformed, "its answer makes no sense");
    }
    if (!search.addresses.empty()) {
      DnsAnswer out;
      out.outcome = DnsOutcome::addresses;
      out.addresses = search.addresses;
      return out;
    }
    if (search.alias.size == 0) return plain(DnsOutcome::none);
    search.name = std::exchange(search.alias, {});
  }
  return plain(DnsOutcome::malformed, "its answer has aliases without an end");
}

}  // namespace aemp
