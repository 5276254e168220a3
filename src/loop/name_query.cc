// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "loop/name_query.h"

#include <cerrno>
#include <new>
#include <utility>

#include "base/bytes.h"

namespace aemp {

namespace {

// Of a read. More than a server may put into a datagram; what of it is longer is lost.
constexpr std::size_t kRoom = 2048;

}  // namespace

void NameQuery::close() noexcept {
  if (!open()) return;
  reactor_.unwatch(std::exchange(token_, {}));
  reactor_.host().net().close(std::exchange(fd_, -1));
}

int NameQuery::begin(const Result<int>& fd, std::uint8_t interest) {
  if (!fd.ok()) return fd.status().sys_errno();
  fd_ = fd.value();
  Result<Reactor::Token> token = reactor_.watch(fd_, interest, this);
  if (token.ok()) {
    token_ = *token;
    return 0;
  }
  close();
  return token.status().sys_errno();
}

int NameQuery::ask(const Ip& server, DnsType type, std::string_view name) {
  Host& host = reactor_.host();
  std::uint8_t id[2];
  if (!host.random().fill(id)) return EIO;
  server_ = server;
  question_.id = load_be16(id);
  question_.type = type;
  question_.name = name;
  over_tcp_ = false;
  out_ = encode_dns_question(question_);
  written_ = 0;
  if (const int error = begin(host.net().connect_datagrams(server.at(kDnsPort)), kReadable)) {
    return error;
  }
  const IoResult sent = write();
  if (sent.n < 0) close();
  return sent.n < 0 ? sent.err : 0;
}

void NameQuery::on_ready(std::uint8_t) {
  try {
    if (over_tcp_) {
      on_stream();
    } else {
      on_datagram();
    }
  } catch (const std::bad_alloc&) {
    fail("out of memory");
  }
}

void NameQuery::fail(std::string_view why, int error) {
  close();
  DnsAnswer answer;
  answer.outcome = DnsOutcome::failed;
  answer.why = why;
  owner_.on_answer(*this, answer, error);
}

void NameQuery::on_datagram() {
  std::uint8_t buffer[kRoom];
  const IoResult read = reactor_.host().net().read(fd_, buffer);
  if (read.again()) return;
  if (read.n < 0) return fail({}, read.err);
  take({buffer, static_cast<std::size_t>(read.n)});
}

// False: that was no answer, go on reading.
bool NameQuery::take(std::span<const std::uint8_t> message) {
  const DnsAnswer answer = decode_dns_answer(question_, message);
  if (answer.outcome == DnsOutcome::foreign) return false;
  if (answer.outcome != DnsOutcome::truncated) {
    close();
    owner_.on_answer(*this, answer, 0);
  } else if (over_tcp_) {
    fail("its answer is cut short over TCP too");
  } else {
    ask_over_tcp();
  }
  return true;
}

void NameQuery::ask_over_tcp() {
  close();
  over_tcp_ = true;
  std::uint8_t size[2];
  store_be16(size, static_cast<std::uint16_t>(out_.size()));
  out_.insert(0, reinterpret_cast<const char*>(size), sizeof size);
  in_.clear();
  written_ = 0;
  if (const int error = begin(reactor_.host().net().connect(server_.at(kDnsPort)), kWritable))
    fail({}, error);
}

IoResult NameQuery::write() {
  const std::string_view rest = std::string_view(out_).substr(written_);
  const Slice slice{reinterpret_cast<const std::uint8_t*>(rest.data()), rest.size()};
  return reactor_.host().net().write(fd_, {&slice, 1});
}

void NameQuery::write_stream() {
  if (const int failed = reactor_.host().net().error(fd_)) return fail({}, failed);
  const IoResult result = write();
  if (result.again()) return;
  if (result.n < 0) return fail({}, result.err);
  written_ += static_cast<std::size_t>(result.n);
  if (written_ == out_.size()) reactor_.interest(token_, kReadable);
}

void NameQuery::on_stream() {
  if (written_ < out_.size()) return write_stream();
  std::uint8_t buffer[kRoom];
  const IoResult read = reactor_.host().net().read(fd_, buffer);
  if (read.again()) return;
  if (read.n < 0) return fail({}, read.err);
  if (read.n == 0) return fail("it closes the connection before its answer is complete");
  in_.append(reinterpret_cast<const char*>(buffer), static_cast<std::size_t>(read.n));
  while (in_.size() >= 2) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(in_.data());
    const std::size_t size = load_be16(bytes);
    if (in_.size() - 2 < size || take({bytes + 2, size})) return;
    in_.erase(0, 2 + size);
  }
}

}  // namespace aemp
