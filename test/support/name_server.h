// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// NameServer: answers DNS questions over UDP and TCP on a loop, of the system or of a simulated
// process: from a zone, or whatever a test wants to be answered.
#ifndef AEMP_TEST_SUPPORT_NAME_SERVER_H
#define AEMP_TEST_SUPPORT_NAME_SERVER_H

#include <aemp/loop.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "os/host.h"
#include "support/datagram_server.h"
#include "wire/dns.h"

namespace aemp {

class NameServer {
 public:
  using Bytes = std::vector<std::uint8_t>;
  using Nanoseconds = Loop::Nanoseconds;

  struct Question {
    std::uint16_t id;
    DnsType type;
    std::string name;
    bool over_tcp;
    Address from;
    Bytes message;
  };
  // What is sent, after a while.
  struct Reply {
    std::vector<Bytes> messages;
    Nanoseconds delay{0};
  };

  // At `at`; port 0: any that is free for both.
  NameServer(Loop& loop, const Address& at);
  ~NameServer();
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;

  const Address& address() const { return address_; }

  // By name, in lower case: addresses, or a name that it stands for.
  std::map<std::string, std::vector<std::string>> zone;
  // Instead of from_zone().
  std::function<Reply(const Question&)> behave;
  // Over TCP: so many bytes at a time, one time a millisecond; the connection is closed after so
  // many in all.
  std::size_t tcp_piece = SIZE_MAX, tcp_most = SIZE_MAX;
  bool tcp_refused = false;  // it listens no more
  void refuse_tcp();
  std::vector<Question> asked;
  // "A example.org" and so on, in the order asked, "tcp " in front where it was.
  std::string asked_for() const;

  Reply from_zone(const Question& question) const;
  // The pieces of answers.
  static constexpr std::uint16_t kNoError = 0x8180, kServerFailed = 0x8182, kNoName = 0x8183,
                                 kRefused = 0x8185, kTruncated = 0x8380;
  // With that second u16 of the header, the question and these records.
  static Bytes message(const Question& question, std::uint16_t flags,
                       const std::vector<Bytes>& records = {});
  // For an address or, if it is none, an alias.
  static Bytes record(const std::string& owner, const std::string& data);

 private:
  struct Client;

  void on_datagram();
  void on_connection();
  void on_client(const std::shared_ptr<Client>& client);
  void write(const std::shared_ptr<Client>& client);
  void close(Client& client);
  bool parse(const Bytes& message, bool over_tcp, const Address& from, Question& out) const;
  void answer(Question question, std::function<void(const Bytes&)> send);

  Loop& loop_;
  Net& net_;
  Address address_;
  std::unique_ptr<DatagramServer> datagrams_;
  int listener_ = -1;
  Watch datagram_watch_, listener_watch_;
  std::vector<std::shared_ptr<Client>> clients_;
  // Gone with the server: what its timers ask.
  std::shared_ptr<bool> living_ = std::make_shared<bool>(true);
};

}  // namespace aemp

#endif  // AEMP_TEST_SUPPORT_NAME_SERVER_H
