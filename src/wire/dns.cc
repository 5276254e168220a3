// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "wire/dns.h"

#include <algorithm>
#include <optional>

#include "base/bytes.h"
#include "base/fill_in.h"
#include "base/words.h"

namespace aemp {

namespace {

using In = std::span<const std::uint8_t>;

constexpr std::size_t kHeaderBytes = 12;
constexpr std::size_t kMaxLabel = 63;
constexpr std::size_t kMaxHostName = 253;
constexpr std::size_t kMaxWireName = 254;  // without the empty label at the end
constexpr int kMaxAliases = 16;
constexpr std::uint16_t kClassIn = 1;

// Of the second u16 of the header.
constexpr unsigned kIsAnswer = 0x8000, kOpcode = 0x7800, kTruncated = 0x0200,
                   kWantRecursion = 0x0100;
constexpr unsigned kCode = 0x000f, kNoSuchName = 3;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

bool is_of_label(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

// In the form of messages: each label behind its length. Without the empty one at the end. The case
// of ASCII letters does not count (RFC 4343).
std::string wire_name(std::string_view host) {
  std::string out;
  if (host.ends_with('.')) host.remove_suffix(1);
  for (;;) {
    const std::string_view label = host.substr(0, host.find('.'));
    out += static_cast<char>(label.size());
    for (const char c : label) out += lower_case(c);
    if (label.size() == host.size()) return out;
    host.remove_prefix(label.size() + 1);
  }
}

// Reads a name at `at` and moves that behind it. Pointers lead backwards only.
bool read_name(In in, std::size_t& at, std::string& name) {
  name.clear();
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
    if (in.size() - from - 1 < n || name.size() + 1 + n > kMaxWireName) return false;
    name += static_cast<char>(n);
    for (const std::uint8_t c : in.subspan(from + 1, n)) name += lower_case(static_cast<char>(c));
    from += 1 + n;
  }
}

struct ResourceRecord {
  std::string owner;
  std::uint16_t type = 0, of_class = 0;
  std::size_t data_at = 0;
  In data;
};

bool read_record(In in, std::size_t& at, ResourceRecord& out) {
  if (!read_name(in, at, out.owner) || in.size() - at < 10) return false;
  out.type = load_be16(&in[at]);
  out.of_class = load_be16(&in[at + 2]);
  const std::size_t size = load_be16(&in[at + 8]);
  at += 10;
  if (in.size() - at < size) return false;
  out.data_at = at;
  out.data = in.subspan(at, size);
  at += size;
  return true;
}

std::optional<Address> address_of(const ResourceRecord& record) {
  if (record.type == static_cast<std::uint16_t>(DnsType::a)) {
    if (record.data.size() != 4) return std::nullopt;
    return Address::tcp4(record.data[0], record.data[1], record.data[2], record.data[3], 0);
  }
  std::array<std::uint8_t, 16> ip;
  if (record.data.size() != ip.size()) return std::nullopt;
  std::copy(record.data.begin(), record.data.end(), ip.begin());
  return Address::tcp6(ip, 0);
}

// What the records from `at` on say about one name: its addresses, or the name that it stands for.
// False: they make no sense.
struct Search {
  std::string name, alias;
  std::vector<Address> addresses;

  bool run(In in, std::size_t at, std::size_t records, DnsType type) {
    ResourceRecord record;
    for (; records > 0; --records) {
      if (!read_record(in, at, record)) return false;
      if (record.of_class != kClassIn || record.owner != name) continue;
      if (record.type == static_cast<std::uint16_t>(DnsType::cname)) {
        std::size_t from = record.data_at;
        if (!read_name(in, from, alias) || from != record.data_at + record.data.size())
          return false;
      } else if (record.type == static_cast<std::uint16_t>(type)) {
        const std::optional<Address> address = address_of(record);
        if (!address) return false;
        if (addresses.size() < kMaxDnsAddresses) addresses.push_back(*address);
      }
    }
    return true;
  }
};

DnsAnswer failed(unsigned code) {
  constexpr std::string_view kWords[] = {"", "FORMERR", "SERVFAIL", "", "NOTIMP", "REFUSED"};
  DnsAnswer out;
  out.outcome = DnsOutcome::failed;
  out.why = code < std::size(kWords) && !kWords[code].empty()
                ? fill_in("it answers %", {kWords[code]})
                : fill_in("it answers with code %", {code});
  return out;
}

DnsAnswer malformed(std::string_view why) {
  DnsAnswer out;
  out.outcome = DnsOutcome::malformed;
  out.why = why;
  return out;
}

DnsAnswer plain(DnsOutcome outcome) {
  DnsAnswer out;
  out.outcome = outcome;
  return out;
}

// Whether the question that `at` is at is this one; `at` is behind it then.
bool is_question(In in, std::size_t& at, const DnsQuestion& question, const std::string& name) {
  std::string asked;
  if (!read_name(in, at, asked) || asked != name || in.size() - at < 4) return false;
  const bool same = load_be16(&in[at]) == static_cast<std::uint16_t>(question.type) &&
                    load_be16(&in[at + 2]) == kClassIn;
  at += 4;
  return same;
}

}  // namespace

bool valid_host_name(std::string_view name) noexcept {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty() || name.size() > kMaxHostName) return false;
  for (;;) {
    const std::string_view label = name.substr(0, name.find('.'));
    if (label.empty() || label.size() > kMaxLabel || label.front() == '-' || label.back() == '-' ||
        !std::all_of(label.begin(), label.end(), is_of_label)) {
      return false;
    }
    if (label.size() == name.size()) return !std::all_of(label.begin(), label.end(), is_digit);
    name.remove_prefix(label.size() + 1);
  }
}

void encode_dns_question(const DnsQuestion& question, std::vector<std::uint8_t>& out) {
  std::uint8_t header[kHeaderBytes] = {};
  store_be16(header, question.id);
  store_be16(header + 2, kWantRecursion);
  store_be16(header + 4, 1);  // question
  out.insert(out.end(), header, header + sizeof header);
  const std::string name = wire_name(question.name);
  out.insert(out.end(), name.begin(), name.end());
  std::uint8_t rest[5] = {};  // the end of the name first
  store_be16(rest + 1, static_cast<std::uint16_t>(question.type));
  store_be16(rest + 3, kClassIn);
  out.insert(out.end(), rest, rest + sizeof rest);
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
  if (code != 0) return failed(code);
  if ((flags & kTruncated) != 0) return plain(DnsOutcome::truncated);
  for (int aliases = 0; aliases <= kMaxAliases; ++aliases) {
    if (!search.run(in, at, records, question.type)) return malformed("its answer makes no sense");
    if (!search.addresses.empty()) {
      DnsAnswer out;
      out.outcome = DnsOutcome::addresses;
      out.addresses = std::move(search.addresses);
      return out;
    }
    if (search.alias.empty()) return plain(DnsOutcome::none);
    search.name = std::move(search.alias);
    search.alias.clear();
  }
  return malformed("its answer has aliases without an end");
}

}  // namespace aemp
