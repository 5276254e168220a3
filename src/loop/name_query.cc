// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "loop/name_query.h"

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

Status NameQuery::begin(Result<int> fd, std::uint8_t interest) {
  if (!fd.ok()) return fd.status();
  fd_ = *fd;
  Result<Reactor::Token> token = reactor_.watch(fd_, interest, this);
  if (!token.ok()) {
    reactor_.host().net().close(std::exchange(fd_, -1));
    return token.status();
  }
  token_ = *token;
  return {};
}

Status NameQuery::ask(const Address& server, DnsType type, const std::string& name) {
  Host& host = reactor_.host();
  std::uint8_t id[2];
  if (!host.random().fill(id)) return Status(Errc::system, "there are no random numbers");
  server_ = server;
  question_.id = load_be16(id);
  question_.type = type;
  question_.name = name;
  over_tcp_ = false;
  out_.clear();
  encode_dns_question(question_, out_);
  Status begun = begin(host.net().connect_datagrams(server), kReadable);
  if (!begun.ok()) return begun;
  const Slice slice{out_.data(), out_.size()};
  const IoResult sent = host.net().write(fd_, {&slice, 1});
  if (sent.n >= 0) return {};
  close();
  return Status(Errc::system, errno_text(sent.err), sent.err);
}

void NameQuery::on_ready(std::uint8_t) {
  try {
    if (over_tcp_) {
      on_stream();
    } else {
      on_datagram();
    }
  } catch (const std::bad_alloc&) {
    close();
    fail("out of memory");
  }
}

void NameQuery::end(DnsAnswer answer) {
  close();
  owner_.on_answer(*this, std::move(answer));
}

void NameQuery::fail(std::string_view why) {
  DnsAnswer answer;
  answer.outcome = DnsOutcome::failed;
  answer.why = why;
  end(std::move(answer));
}

void NameQuery::on_datagram() {
  std::uint8_t buffer[kRoom];
  const IoResult read = reactor_.host().net().read(fd_, buffer);
  if (read.again()) return;
  if (read.n < 0) return fail(errno_text(read.err));
  take({buffer, static_cast<std::size_t>(read.n)});
}

// False: that was no answer, go on reading.
bool NameQuery::take(std::span<const std::uint8_t> message) {
  DnsAnswer answer = decode_dns_answer(question_, message);
  if (answer.outcome == DnsOutcome::foreign) return false;
  if (answer.outcome != DnsOutcome::truncated) {
    end(std::move(answer));
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
  const auto size = static_cast<std::uint16_t>(out_.size());
  out_.insert(out_.begin(), 2, 0);
  store_be16(out_.data(), size);
  in_.clear();
  written_ = 0;
  const Status begun = begin(reactor_.host().net().connect(server_), kWritable);
  if (!begun.ok()) fail(errno_text(begun.sys_errno()));
}

void NameQuery::write_stream() {
  Net& net = reactor_.host().net();
  if (const int failed = net.error(fd_)) return fail(errno_text(failed));
  const Slice slice{out_.data() + written_, out_.size() - written_};
  const IoResult result = net.write(fd_, {&slice, 1});
  if (result.again()) return;
  if (result.n < 0) return fail(errno_text(result.err));
  written_ += static_cast<std::size_t>(result.n);
  if (written_ == out_.size()) reactor_.interest(token_, kReadable);
}

void NameQuery::on_stream() {
  if (written_ < out_.size()) return write_stream();
  std::uint8_t buffer[kRoom];
  const IoResult read = reactor_.host().net().read(fd_, buffer);
  if (read.again()) return;
  if (read.n < 0) return fail(errno_text(read.err));
  if (read.n == 0) return fail("it closes the connection before its answer is complete");
  in_.insert(in_.end(), buffer, buffer + read.n);
  while (in_.size() >= 2) {
    const std::size_t size = load_be16(in_.data());
    if (in_.size() - 2 < size) return;
    if (take(std::span(in_).subspan(2, size))) return;
    in_.erase(in_.begin(), in_.begin() + 2 + static_cast<std::ptrdiff_t>(size));
  }
}

}  // namespace aemp
