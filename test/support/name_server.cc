// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "support/name_server.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base/bytes.h"
#include "loop/reactor.h"

namespace aemp {

using namespace std::chrono_literals;

namespace {

void put16(NameServer::Bytes& out, unsigned value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8));
  out.push_back(static_cast<std::uint8_t>(value));
}

void put_name(NameServer::Bytes& out, const std::string& name) {
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t dot = std::min(name.find('.', at), name.size());
    out.push_back(static_cast<std::uint8_t>(dot - at));
    out.insert(out.end(), name.begin() + static_cast<std::ptrdiff_t>(at),
               name.begin() + static_cast<std::ptrdiff_t>(dot));
    at = dot + 1;
  }
  out.push_back(0);
}

DnsType type_of(const Ip& ip) { return ip.is_v6 ? DnsType::aaaa : DnsType::a; }

}  // namespace

struct NameServer::Client {
  int fd;
  Address from;
  Watch watch;
  Bytes in, out;
  std::size_t written = 0;
};

NameServer::NameServer(Loop& loop, const Address& at)
    : loop_(loop), net_(loop.reactor().host().net()) {
  // A port may be free for datagrams only.
  for (int i = 0; i < 100 && listener_ < 0; ++i) {
    datagrams_ = DatagramServer::open(loop.reactor().host(), at);
    if (datagrams_ == nullptr) break;
    address_ = datagrams_->address();
    const Result<int> listener = net_.listen(address_);
    if (listener.ok()) listener_ = listener.value();
  }
  if (listener_ < 0) throw std::runtime_error("no name server at " + at.str());
  datagram_watch_ = loop_.io(datagrams_->fd(), Readable, [this] { on_datagram(); });
  listener_watch_ = loop_.io(listener_, Readable, [this] { on_connection(); });
}

NameServer::~NameServer() {
  while (!clients_.empty()) close(*clients_.front());
  datagram_watch_.cancel();
  refuse_tcp();
}

void NameServer::refuse_tcp() {
  listener_watch_.cancel();
  if (listener_ >= 0) net_.close(std::exchange(listener_, -1));
}

std::string NameServer::asked_for() const {
  std::string text;
  for (const Question& question : asked) {
    if (!text.empty()) text += ", ";
    if (question.over_tcp) text += "tcp ";
    text += (question.type == DnsType::a ? "A " : "AAAA ") + question.name;
  }
  return text;
}

bool NameServer::parse(const Bytes& message, bool over_tcp, const Address& from,
                       Question& out) const {
  if (message.size() < 17) return false;
  std::size_t at = 12;
  std::string name;
  while (at < message.size() && message[at] != 0) {
    if (!name.empty()) name += '.';
    name.append(message.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                message.begin() + static_cast<std::ptrdiff_t>(at) + 1 + message[at]);
    at += 1u + message[at];
  }
  if (at + 5 != message.size()) return false;
  out = {load_be16(&message[0]),
         static_cast<DnsType>(load_be16(&message[at + 1])),
         name,
         over_tcp,
         from,
         message};
  return true;
}

void NameServer::answer(Question question, std::function<void(const Bytes&)> send) {
  asked.push_back(question);
  Reply reply = behave ? behave(question) : from_zone(question);
  loop_.timer(reply.delay, [living = std::weak_ptr(living_), messages = std::move(reply.messages),
                            send = std::move(send)] {
    if (living.expired()) return;
    for (const Bytes& message : messages) send(message);
  });
}

void NameServer::on_datagram() {
  while (auto datagram = datagrams_->take()) {
    Question question;
    const Address from = datagram->second;
    if (!parse(datagram->first, false, from, question)) continue;
    answer(std::move(question),
           [this, from](const Bytes& message) { datagrams_->send(from, message); });
  }
}

void NameServer::on_connection() {
  auto client = std::make_shared<Client>();
  client->fd = net_.accept(listener_, &client->from);
  if (client->fd < 0) return;
  clients_.push_back(client);
  client->watch = loop_.io(client->fd, Readable, [this, weak = std::weak_ptr(client)] {
    if (const auto client = weak.lock()) on_client(client);
  });
}

void NameServer::close(Client& client) {
  client.watch.cancel();
  net_.close(std::exchange(client.fd, -1));
  std::erase_if(clients_, [&](const auto& one) { return one.get() == &client; });
}

void NameServer::on_client(const std::shared_ptr<Client>& client) {
  std::uint8_t buffer[512];
  const IoResult read = net_.read(client->fd, buffer);
  if (read.again()) return;
  if (read.n <= 0) return close(*client);
  client->in.insert(client->in.end(), buffer, buffer + read.n);
  Question question;
  if (client->in.size() < 2 || client->in.size() - 2 < load_be16(client->in.data())) return;
  const Bytes message(client->in.begin() + 2, client->in.end());
  if (!parse(message, true, client->from, question)) return close(*client);
  client->in.clear();
  answer(std::move(question), [this, weak = std::weak_ptr(client)](const Bytes& answer) {
    const auto client = weak.lock();
    if (client == nullptr) return;
    const bool idle = client->out.empty();
    put16(client->out, static_cast<unsigned>(answer.size()));
    client->out.insert(client->out.end(), answer.begin(), answer.end());
    if (idle) write(client);
  });
}

void NameServer::write(const std::shared_ptr<Client>& client) {
  if (client->fd < 0) return;
  const std::size_t n = std::min({tcp_piece, client->out.size(), tcp_most - client->written});
  const Slice slice{client->out.data(), n};
  const IoResult result = n > 0 ? net_.write(client->fd, {&slice, 1}) : IoResult{0, 0};
  if (result.n < 0 && !result.again()) return close(*client);
  const std::ptrdiff_t done = std::max<std::ptrdiff_t>(result.n, 0);
  client->out.erase(client->out.begin(), client->out.begin() + done);
  client->written += static_cast<std::size_t>(done);
  if (client->written == tcp_most) return close(*client);
  if (client->out.empty()) return;
  loop_.timer(1ms, [this, living = std::weak_ptr(living_), weak = std::weak_ptr(client)] {
    if (living.expired()) return;
    if (const auto client = weak.lock()) write(client);
  });
}

NameServer::Bytes NameServer::message(const Question& question, std::uint16_t flags,
                                      const std::vector<Bytes>& records) {
  Bytes out;
  put16(out, question.id);
  put16(out, flags);
  put16(out, 1);
  put16(out, static_cast<unsigned>(records.size()));
  put16(out, 0);
  put16(out, 0);
  put_name(out, question.name);
  put16(out, static_cast<unsigned>(question.type));
  put16(out, 1);
  for (const Bytes& record : records) out.insert(out.end(), record.begin(), record.end());
  return out;
}

NameServer::Bytes NameServer::record(const std::string& owner, const std::string& data) {
  const std::optional<Ip> address = parse_ip(data);
  Bytes body;
  if (!address) {
    put_name(body, data);
  } else {
    body.assign(address->bytes.begin(), address->bytes.begin() + (address->is_v6 ? 16 : 4));
  }
  Bytes out;
  put_name(out, owner);
  put16(out, static_cast<unsigned>(address ? type_of(*address) : DnsType::cname));
  put16(out, 1);
  put16(out, 0);
  put16(out, 60);  // seconds
  put16(out, static_cast<unsigned>(body.size()));
  out.insert(out.end(), body.begin(), body.end());
  return out;
}

NameServer::Reply NameServer::from_zone(const Question& question) const {
  std::vector<Bytes> records;
  std::string name = question.name;
  for (int aliases = 0; aliases < 20; ++aliases) {
    const auto found = zone.find(name);
    if (found == zone.end()) return {{message(question, kNoName, records)}};
    std::string alias;
    for (const std::string& data : found->second) {
      const std::optional<Ip> address = parse_ip(data);
      if (address && type_of(*address) != question.type) continue;
      records.push_back(record(name, data));
      if (!address) alias = data;
    }
    if (alias.empty()) break;
    name = alias;
  }
  Bytes whole = message(question, kNoError, records);
  if (question.over_tcp || whole.size() <= kMaxDnsDatagram) return {{std::move(whole)}};
  return {{message(question, kTruncated)}};
}

}  // namespace aemp
