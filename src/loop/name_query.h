// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// NameQuery: one question to one name server, over UDP, and once more over TCP when the answer is
// too long for that. Answers to anything else are passed over.
#ifndef AEMP_LOOP_NAME_QUERY_H
#define AEMP_LOOP_NAME_QUERY_H

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/status.h"
#include "loop/reactor.h"
#include "wire/dns.h"

namespace aemp {

class NameQuery;

class QueryOwner {
 public:
  // The query is closed. The outcome is none of truncated and foreign; `error`, if not 0, is the
  // system's for a failure. May ask again.
  virtual void on_answer(NameQuery& query, const DnsAnswer& answer, int error) = 0;

 protected:
  ~QueryOwner() = default;
};

class NameQuery final : private IoHandler {
 public:
  NameQuery(Reactor& reactor, QueryOwner& owner) : reactor_(reactor), owner_(owner) {}
  ~NameQuery() { close(); }

  // Asks, and returns 0 or the system's error. The answer is told from the loop; when none comes
  // this waits until close(). Must be closed. `name` must live until then. Throws std::bad_alloc.
  int ask(const Ip& server, DnsType type, std::string_view name);
  bool open() const noexcept { return fd_ >= 0; }
  void close() noexcept;

 private:
  void on_ready(std::uint8_t events) override;
  void on_datagram();
  void on_stream();
  int begin(const Result<int>& fd, std::uint8_t interest);
  IoResult write();
  void write_stream();
  bool take(std::span<const std::uint8_t> message);
  void ask_over_tcp();
  void fail(std::string_view why, int error = 0);

  Reactor& reactor_;
  QueryOwner& owner_;
  Ip server_;
  DnsQuestion question_;
  int fd_ = -1;
  Reactor::Token token_;
  bool over_tcp_ = false;
  std::string out_, in_;  // of TCP, each message behind its length
  std::size_t written_ = 0;
};

}  // namespace aemp

#endif  // AEMP_LOOP_NAME_QUERY_H
