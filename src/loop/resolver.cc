// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "loop/resolver.h"

#include <algorithm>
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

// Where addresses of one family are there, and nothing of the other: how long that is waited for
// (RFC 8305, section 3).
constexpr Nanos kResolutionDelay = 50 * kMillisecond;

constexpr Ip kLoopback[] = {{true, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}},
                            Ip::v4(127, 0, 0, 1)};

bool is_localhost(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return same_but_case(name, "localhost");
}

// IPv6 and IPv4 in turn.
void take_turns(IpList& ips) {
  bool v6 = true;
  for (std::size_t done = 0; done < ips.size(); v6 = !v6) {
    std::size_t next = done;
    while (next < ips.size() && ips[next].is_v6 != v6) ++next;
    if (next == ips.size()) continue;
    const Ip ip = ips[next];
    for (; next > done; --next) ips[next] = ips[next - 1];
    ips[done++] = ip;
  }
}

}  // namespace

class Lookup::Work final : public Reaped, private TimerNode, private QueryOwner {
 public:
  Work(Reactor& reactor, std::string_view name, LookupOwner& owner)
      : reactor_(reactor), owner_(owner), name_(name) {}
  void start() { reactor_.arm(*this, reactor_.now()); }
  const IpList& found() const noexcept { return found_; }
  void stop() noexcept {
    for (NameQuery& query : queries_) query.close();
    reactor_.disarm(*this);
  }

 private:
  static constexpr DnsType kTypes[2] = {DnsType::aaaa, DnsType::a};

  void on_timer() override;
  void on_answer(NameQuery& query, const DnsAnswer& answer, int error) override;
  void begin();
  void ask();
  void go_on();
  bool next_server();
  bool next_candidate();
  void note(std::string_view why, int error = 0);
  std::string text_of(const char* path);
  void fail(std::string_view why);
  void end(std::string_view why);

  Reactor& reactor_;
  LookupOwner& owner_;
  const std::string name_;
  std::string conf_text_;
  ResolvConf conf_;
  std::string asked_;  // the name that is asked for now
  Nanos until_ = 0;
  std::size_t candidates_ = 0;  // of the search list, done so far
  std::size_t server_ = 0;
  unsigned attempt_ = 0;
  NameQuery queries_[2] = {{reactor_, *this}, {reactor_, *this}};
  bool settled_[2] = {};  // what this name has of that type is known
  bool named_ = false;    // some name is there, but has no address
  bool noted_ = false;    // this server is in why_
  std::string why_;       // what the servers said in this attempt
  IpList found_;
};

void Lookup::Work::on_timer() {
  try {
    if (candidates_ == 0) return begin();
    for (NameQuery& query : queries_) {
      if (query.open()) note("no answer in time");
      query.close();
    }
    go_on();
  } catch (const std::bad_alloc&) {
    end("out of memory");
  }
}

std::string Lookup::Work::text_of(const char* path) {
  Result<std::string> text = reactor_.host().files().read(path);
  return text.ok() ? std::move(*text) : std::string();
}

void Lookup::Work::begin() {
  if (const std::optional<Ip> ip = parse_ip(name_)) {
    found_.add(*ip);
    return end({});
  }
  if (!valid_host_name(name_)) return fail("that is no name of a host");
  found_ = addresses_in_hosts(text_of(kHostsPath), name_);
  if (found_.empty() && is_localhost(name_)) {
    for (const Ip& ip : kLoopback) found_.add(ip);
  }
  if (!found_.empty()) return end({});
  conf_text_ = text_of(kResolvConfPath);
  conf_ = parse_resolv_conf(conf_text_);
  until_ = reactor_.now() + kMostTime;
  next_candidate();
  ask();
  go_on();
}

void Lookup::Work::ask() {
  noted_ = false;
  for (std::size_t i = 0; i < 2; ++i) {
    if (settled_[i]) continue;
    if (const int error = queries_[i].ask(conf_.servers[server_], kTypes[i], asked_)) {
      note({}, error);
    }
  }
  reactor_.arm(*this, reactor_.now() + conf_.timeout);
}

void Lookup::Work::on_answer(NameQuery& query, const DnsAnswer& answer, int error) {
  try {
    const std::size_t i = &query == &queries_[0] ? 0 : 1;
    if (answer.outcome == DnsOutcome::failed || answer.outcome == DnsOutcome::malformed) {
      note(answer.why, error);
    } else {
      settled_[i] = true;
      named_ |= answer.outcome == DnsOutcome::none;
      for (const Ip& ip : answer.addresses) found_.add(ip);
      const Nanos soon = reactor_.now() + kResolutionDelay;
      if (!found_.empty() && deadline() > soon) reactor_.arm(*this, soon);
    }
    go_on();
  } catch (const std::bad_alloc&) {
    end("out of memory");
  }
}

// Until a question is under way or all is said.
void Lookup::Work::go_on() {
  while (!queries_[0].open() && !queries_[1].open()) {
    if (!found_.empty()) return end({});
    if (settled_[0] && settled_[1]) {
      if (!next_candidate()) {
        why_.clear();
        noted_ = false;
        note(named_ ? "it knows no address of that" : "it knows no such name");
        return fail(why_);
      }
    } else if (!next_server()) {
      return fail(why_);
    }
    ask();
  }
}

bool Lookup::Work::next_candidate() {
  if (!conf_.next_name(name_, candidates_, asked_)) return false;
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

void Lookup::Work::note(std::string_view why, int error) {
  if (std::exchange(noted_, true)) return;
  why_ += fill_in("%name server %: %%",
                  {why_.empty() ? "" : "; ", conf_.servers[server_].at(kDnsPort).str(), why,
                   error != 0 ? errno_text(error) : std::string()});
}

void Lookup::Work::fail(std::string_view why) { end(fill_in("cannot resolve %: %", {name_, why})); }

void Lookup::Work::end(std::string_view why) {
  stop();
  if (!why.empty()) found_.clear();
  take_turns(found_);
  owner_.on_looked_up(why);
}

Lookup::Lookup(Reactor& reactor, std::string_view name, LookupOwner& owner)
    : reactor_(reactor), work_(std::make_unique<Work>(reactor, name, owner)) {
  work_->start();
}

const IpList& Lookup::found() const noexcept { return work_->found(); }

Lookup::~Lookup() {
  work_->stop();
  reactor_.reap(std::move(work_));
}

}  // namespace aemp
