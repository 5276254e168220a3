// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "loop/resolver.h"

#include <algorithm>
#include <cerrno>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "base/fill_in.h"
#include "base/words.h"
#include "loop/hosts_file.h"
#include "loop/name_query.h"
#include "loop/resolv_conf.h"
#include "wire/dns.h"

namespace aemp {

namespace {

bool is_localhost(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return same_but_case(name, "localhost");
}

// IPv6 and IPv4 in turn.
std::vector<Address> in_turn(const std::vector<Address>& found, std::uint16_t port) {
  std::vector<Address> out;
  out.reserve(found.size());
  auto next = [&, at = std::size_t{0}](Address::Family family) mutable {
    while (at < found.size() && found[at].family != family) ++at;
    if (at == found.size()) return;
    out.push_back(found[at++]);
    out.back().port = port;
  };
  auto next4 = next;
  while (out.size() < found.size()) {
    next(Address::Family::tcp6);
    next4(Address::Family::tcp4);
  }
  return out;
}

}  // namespace

class Lookup::Work final : public Reaped, private TimerNode, private QueryOwner {
 public:
  Work(Reactor& reactor, std::string_view name, std::uint16_t port, LookupOwner& owner)
      : reactor_(reactor), owner_(owner), name_(name), port_(port) {
    reactor_.arm(*this, reactor_.now());
  }
  void stop() noexcept {
    for (NameQuery& query : queries_) query.close();
    reactor_.disarm(*this);
  }

 private:
  static constexpr DnsType kTypes[2] = {DnsType::aaaa, DnsType::a};

  void on_timer() override;
  void on_answer(NameQuery& query, DnsAnswer answer) override;
  void begin();
  void ask();
  void go_on();
  bool next_server();
  bool next_candidate();
  void note(std::string_view why);
  std::string text_of(const char* path);
  void succeed();
  void fail(Errc code, std::string_view why);
  void fail_for_memory();

  Reactor& reactor_;
  LookupOwner& owner_;
  const std::string name_;
  const std::uint16_t port_;
  ResolvConf conf_;
  std::vector<std::string> candidates_;
  Nanos until_ = 0;
  std::size_t candidate_ = 0, server_ = 0;
  unsigned attempt_ = 0;
  NameQuery queries_[2] = {{reactor_, *this}, {reactor_, *this}};
  bool settled_[2] = {};  // what this name has of that type is known
  bool named_ = false;    // some name is there, but has no address
  bool noted_ = false;    // this server is in why_
  std::string why_;       // what the servers said in this attempt
  std::vector<Address> found_;
};

void Lookup::Work::on_timer() {
  try {
    if (candidates_.empty()) return begin();
    for (NameQuery& query : queries_) {
      if (query.open()) note(fill_in("no answer within % ms", {conf_.timeout / kMillisecond}));
      query.close();
    }
    go_on();
  } catch (const std::bad_alloc&) {
    fail_for_memory();
  }
}

std::string Lookup::Work::text_of(const char* path) {
  Result<std::string> text = reactor_.host().files().read(path);
  return text.ok() ? std::move(*text) : std::string();
}

void Lookup::Work::begin() {
  if (const std::optional<Address> address = parse_ip(name_, port_)) {
    found_.push_back(*address);
    return succeed();
  }
  if (!valid_host_name(name_)) return fail(Errc::bad_name, "that is no name of a host");
  found_ = addresses_in_hosts(text_of(kHostsPath), name_);
  if (found_.empty() && is_localhost(name_)) {
    found_.push_back(*parse_ip("::1", 0));
    found_.push_back(Address::tcp4(127, 0, 0, 1, 0));
  }
  if (!found_.empty()) return succeed();
  conf_ = parse_resolv_conf(text_of(kResolvConfPath));
  candidates_ = conf_.candidates(name_);
  until_ = reactor_.now() + kMostTime;
  ask();
  go_on();
}

void Lookup::Work::ask() {
  noted_ = false;
  for (std::size_t i = 0; i < 2; ++i) {
    if (settled_[i]) continue;
    const Status asked =
        queries_[i].ask(conf_.servers[server_], kTypes[i], candidates_[candidate_]);
    if (!asked.ok()) note(asked.sys_errno() != 0 ? errno_text(asked.sys_errno()) : asked.text());
  }
  reactor_.arm(*this, reactor_.now() + conf_.timeout);
}

void Lookup::Work::on_answer(NameQuery& query, DnsAnswer answer) {
  try {
    const std::size_t i = &query == &queries_[0] ? 0 : 1;
    if (answer.outcome == DnsOutcome::failed || answer.outcome == DnsOutcome::malformed) {
      note(answer.why);
    } else {
      settled_[i] = true;
      named_ |= answer.outcome == DnsOutcome::none;
      found_.insert(found_.end(), answer.addresses.begin(), answer.addresses.end());
    }
    go_on();
  } catch (const std::bad_alloc&) {
    fail_for_memory();
  }
}

// Until a question is under way or all is said.
void Lookup::Work::go_on() {
  while (!queries_[0].open() && !queries_[1].open()) {
    if (!found_.empty()) return succeed();
    if (settled_[0] && settled_[1]) {
      const std::string server = conf_.servers[server_].str();
      if (!next_candidate()) {
        return fail(Errc::bad_name, fill_in(named_ ? "name server % knows no address of it"
                                                   : "name server % knows no such name",
                                            {server}));
      }
    } else if (!next_server()) {
      return fail(Errc::system, why_);
    }
    ask();
  }
}

bool Lookup::Work::next_candidate() {
  if (candidate_ + 1 == candidates_.size()) return false;
  ++candidate_;
  settled_[0] = settled_[1] = false;
  server_ = 0;
  attempt_ = 0;
  why_.clear();
  return true;
}

bool Lookup::Work::next_server() {
  if (reactor_.now() >= until_) return false;
  if (server_ + 1 < conf_.servers.size()) {
    ++server_;
    return true;
  }
  if (attempt_ + 1 == conf_.attempts) return false;
  ++attempt_;
  server_ = 0;
  why_.clear();
  return true;
}

void Lookup::Work::note(std::string_view why) {
  if (std::exchange(noted_, true)) return;
  why_ +=
      fill_in("%name server %: %", {why_.empty() ? "" : "; ", conf_.servers[server_].str(), why});
}

void Lookup::Work::succeed() {
  std::vector<Address> addresses = in_turn(found_, port_);
  stop();
  owner_.on_looked_up(std::move(addresses));
}

void Lookup::Work::fail(Errc code, std::string_view why) {
  Status status(code, fill_in("cannot resolve %: %", {name_, why}));
  stop();
  owner_.on_looked_up(std::move(status));
}

void Lookup::Work::fail_for_memory() {
  stop();
  owner_.on_looked_up(Status(Errc::system, "out of memory", ENOMEM));
}

Lookup::Lookup(Reactor& reactor, std::string_view name, std::uint16_t port, LookupOwner& owner)
    : reactor_(reactor), work_(std::make_unique<Work>(reactor, name, port, owner)) {}

Lookup::~Lookup() {
  work_->stop();
  reactor_.reap(std::move(work_));
}

}  // namespace aemp
