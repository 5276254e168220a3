// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What a resolver reads: the first byte chooses between an answer of a name server, the file of
// hosts and the resolver's configuration. An answer is read a second time by other means.
#include "wire/dns.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "fuzz/fuzz.h"
#include "fuzz/reference.h"
#include "loop/hosts_file.h"
#include "loop/resolv_conf.h"

namespace {

using namespace aemp;
using fuzz::In;
using fuzz::Reference;
using Labels = std::vector<std::string>;

std::string lower(In bytes) {
  std::string out;
  for (const std::uint8_t b : bytes) out += static_cast<char>(b >= 'A' && b <= 'Z' ? b | 0x20 : b);
  return out;
}

// A name that begins at `at` of the message; where it ends, pointers not followed.
struct Name {
  Labels labels;
  std::size_t end = 0;
};
std::optional<Name> name_at(In message, std::size_t at) {
  Name out;
  std::size_t length = 0, first = at;
  Reference from(message.subspan(std::min(at, message.size())));
  for (;;) {
    const std::uint64_t n = from.number(1);
    if (!from.ok()) return std::nullopt;
    if (n >= 0xc0) {
      const std::uint64_t to = (n & 0x3f) << 8 | from.number(1);
      if (!from.ok() || to >= first) return std::nullopt;
      const std::optional<Name> rest = name_at(message, static_cast<std::size_t>(to));
      if (!rest) return std::nullopt;
      for (const std::string& label : rest->labels) {
        out.labels.push_back(label);
        length += 1 + label.size();
      }
      break;
    }
    if (n >= 0x40) return std::nullopt;
    if (n == 0) break;
    const In label = from.take(n);
    if (!from.ok()) return std::nullopt;
    out.labels.push_back(lower(label));
    length += 1 + label.size();
  }
  if (length > 254) return std::nullopt;
  out.end = message.size() - from.left();
  return out;
}

struct Entry {
  Labels owner;
  std::uint64_t type, of_class;
  std::size_t at;
  In data;
};

// What an answer with no error in its header must say. Nothing: it makes no sense.
std::optional<std::vector<Ip>> reference_addresses(In message, std::size_t at, std::size_t records,
                                                   DnsType type, Labels name) {
  std::vector<Entry> entries;
  bool whole = true;
  for (; records > 0; --records) {
    const std::optional<Name> owner = name_at(message, at);
    if (!owner) {
      whole = false;
      break;
    }
    Reference from(message.subspan(owner->end));
    Entry entry{owner->labels, from.number(2), from.number(2), 0, {}};
    from.number(4);
    const std::uint64_t size = from.number(2);
    entry.at = message.size() - from.left();
    entry.data = from.take(size);
    if (!from.ok()) {
      whole = false;
      break;
    }
    at = message.size() - from.left();
    entries.push_back(std::move(entry));
  }
  if (!whole) return std::nullopt;
  for (int steps = 0; steps < 17; ++steps) {
    std::optional<Labels> next;
    std::vector<Ip> out;
    for (const Entry& entry : entries) {
      if (entry.of_class != 1 || entry.owner != name) continue;
      if (entry.type == 5) {
        const std::optional<Name> alias = name_at(message, entry.at);
        if (!alias || alias->end != entry.at + entry.data.size()) return std::nullopt;
        next = alias->labels;
      } else if (entry.type == static_cast<std::uint64_t>(type)) {
        if (entry.data.size() != (type == DnsType::a ? 4u : 16u)) return std::nullopt;
        Ip address;
        address.is_v6 = type == DnsType::aaaa;
        std::copy(entry.data.begin(), entry.data.end(), address.bytes.begin());
        if (out.size() < 32) out.push_back(address);
      }
    }
    if (!out.empty() || !next || next->empty()) return out;
    name = *next;
  }
  return std::nullopt;
}

void check_answer(In in) {
  Reference from(in);
  DnsQuestion question;
  const std::uint64_t how = from.number(1);
  question.type = (how & 1) != 0 ? DnsType::aaaa : DnsType::a;
  const In name = from.take(how >> 2);
  if (!from.ok()) return;
  const std::string host(name.begin(), name.end());
  question.name = host;
  if (!valid_host_name(question.name)) return;
  const In message = in.last(from.left());
  question.id = static_cast<std::uint16_t>(Reference(message).number(2));
  const DnsAnswer answer = decode_dns_answer(question, message);
  const bool told = answer.outcome == DnsOutcome::failed || answer.outcome == DnsOutcome::malformed;
  AEMP_FUZZ_CHECK(told == !answer.why.empty());
  AEMP_FUZZ_CHECK((answer.outcome == DnsOutcome::addresses) == !answer.addresses.empty());

  // The question as this library asks it is what the answer must repeat.
  const std::string encoded = encode_dns_question(question);
  const std::vector<std::uint8_t> asked(encoded.begin(), encoded.end());
  const std::optional<Name> own = name_at(asked, 12);
  AEMP_FUZZ_CHECK(own && own->end + 4 == asked.size());
  if (message.size() < 12) return AEMP_FUZZ_CHECK(answer.outcome == DnsOutcome::foreign);
  Reference header(message.subspan(2));
  const std::uint64_t flags = header.number(2), questions = header.number(2);
  const auto records = static_cast<std::size_t>(header.number(2));
  if ((flags & 0x8000) == 0 || (flags & 0x7800) != 0) {
    return AEMP_FUZZ_CHECK(answer.outcome == DnsOutcome::foreign);
  }
  const std::uint64_t code = flags & 15;
  if (questions == 0) {
    const bool unread = code != 0 && code != 3;
    return AEMP_FUZZ_CHECK(answer.outcome == (unread ? DnsOutcome::failed : DnsOutcome::foreign));
  }
  const std::optional<Name> repeated = name_at(message, 12);
  const bool same = questions == 1 && repeated && repeated->labels == own->labels &&
                    message.size() - repeated->end >= 4 &&
                    std::equal(asked.end() - 4, asked.end(),
                               message.begin() + static_cast<std::ptrdiff_t>(repeated->end));
  if (!same) return AEMP_FUZZ_CHECK(answer.outcome == DnsOutcome::foreign);
  if (code == 3) return AEMP_FUZZ_CHECK(answer.outcome == DnsOutcome::no_name);
  if (code != 0) return AEMP_FUZZ_CHECK(answer.outcome == DnsOutcome::failed);
  if ((flags & 0x200) != 0) return AEMP_FUZZ_CHECK(answer.outcome == DnsOutcome::truncated);
  const auto wanted =
      reference_addresses(message, repeated->end + 4, records, question.type, own->labels);
  AEMP_FUZZ_CHECK(wanted.has_value() == (answer.outcome != DnsOutcome::malformed));
  const std::vector<Ip> told_of(answer.addresses.begin(), answer.addresses.end());
  AEMP_FUZZ_CHECK(!wanted || *wanted == told_of);
}

void check_hosts(In in) {
  if (in.empty()) return;
  const std::size_t n = std::min<std::size_t>(in[0], in.size() - 1);
  const std::string name(in.begin() + 1, in.begin() + 1 + static_cast<std::ptrdiff_t>(n));
  const std::string file(in.begin() + 1 + static_cast<std::ptrdiff_t>(n), in.end());
  const IpList found = addresses_in_hosts(file, name);
  for (const Ip& address : found) {
    AEMP_FUZZ_CHECK(std::count(found.begin(), found.end(), address) == 1);
  }
  if (!valid_host_name(name) || name.back() == '.') return;
  const IpList more = addresses_in_hosts("192.0.2.77 " + name + "\n" + file, name);
  AEMP_FUZZ_CHECK(!more.empty() && more[0] == Ip::v4(192, 0, 2, 77));
  AEMP_FUZZ_CHECK(more.size() - found.size() <= 1 || found.size() == 32);
}

void check_configuration(In in) {
  const std::string_view file = fuzz::text_of(in.data(), in.size());
  const ResolvConf conf = parse_resolv_conf(file);
  AEMP_FUZZ_CHECK(conf.servers.size() >= 1 && conf.servers.size() <= 3 && conf.search.size() <= 6);
  AEMP_FUZZ_CHECK(conf.dots <= 15 && conf.attempts >= 1 && conf.attempts <= 5);
  AEMP_FUZZ_CHECK(conf.timeout >= kSecond && conf.timeout <= 30 * kSecond);
  for (const char* name : {"seed", "a.seed", "seed."}) {
    std::string one;
    std::size_t count = 0;
    bool as_it_is = false;
    while (conf.next_name(name, count, one)) {
      as_it_is |= one == name;
      AEMP_FUZZ_CHECK(valid_host_name(one));
    }
    AEMP_FUZZ_CHECK(as_it_is && count <= 1 + conf.search.size());
  }
}

}  // namespace

AEMP_FUZZ_TARGET(dns) {
  if (size == 0) return 0;
  const In rest(data + 1, size - 1);
  if (data[0] % 4 == 1) {
    check_hosts(rest);
  } else if (data[0] % 4 == 2) {
    check_configuration(rest);
  } else {
    check_answer(rest);
  }
  return 0;
}
