// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// NamesHost: the system, but with files of the test's own, and other addresses in place of some: a
// name server's is at port 53 only, which tests cannot have.
#ifndef AEMP_TEST_SUPPORT_NAMES_HOST_H
#define AEMP_TEST_SUPPORT_NAMES_HOST_H

#include <cerrno>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "os/host.h"
#include "os/unix_host.h"

namespace aemp {

class NamesHost final : public Host, private Net, private Files {
 public:
  std::map<std::string, std::string> texts;  // of files
  std::map<std::string, Address> moved;      // who dials this comes there

  Poller& poller() override { return real_->poller(); }
  Clock& clock() override { return real_->clock(); }
  Random& random() override { return real_->random(); }
  Net& net() override { return *this; }
  Env& env() override { return real_->env(); }
  Files& files() override { return *this; }
  Identity& identity() override { return real_->identity(); }
  Signals& signals() override { return real_->signals(); }
  Console& console() override { return real_->console(); }

 private:
  Net& real() { return real_->net(); }
  const Address& at(const Address& to) const {
    const auto found = moved.find(to.str());
    return found == moved.end() ? to : found->second;
  }

  Result<std::string> read(const std::string& path, std::uint32_t*) override {
    const auto found = texts.find(path);
    if (found != texts.end()) return found->second;
    return Status(Errc::system, "cannot read " + path, ENOENT);
  }
  Status write_atomic(const std::string& path, std::string_view text, std::uint32_t) override {
    texts[path] = text;
    return {};
  }

  Status append(const std::string& path, std::string_view text, std::uint32_t) override {
    texts[path] += text;
    return {};
  }
  Result<std::unique_ptr<FileLock>> lock(const std::string&) override {
    return std::make_unique<FileLock>();
  }

  Result<int> listen(const Address& to) override { return real().listen(to); }
  Result<int> connect(const Address& to) override { return real().connect(at(to)); }
  Result<int> connect_datagrams(const Address& to) override {
    return real().connect_datagrams(at(to));
  }
  int accept(int listener, Address* peer) override { return real().accept(listener, peer); }
  bool shed(int listener) override { return real().shed(listener); }
  DescriptorUse descriptors(int fd) override { return real().descriptors(fd); }
  int move_down(int fd) override { return real().move_down(fd); }
  IoResult read(int fd, std::span<std::uint8_t> into) override { return real().read(fd, into); }
  IoResult write(int fd, std::span<const Slice> from) override { return real().write(fd, from); }
  int error(int fd) override { return real().error(fd); }
  Result<Address> local_address(int fd) override { return real().local_address(fd); }
  Result<Address> peer_address(int fd) override { return real().peer_address(fd); }
  PeerCred peer_cred(int fd) override { return real().peer_cred(fd); }
  void tune(int fd, bool nodelay, Nanos limit) override { real().tune(fd, nodelay, limit); }
  void shutdown_write(int fd) override { real().shutdown_write(fd); }
  void close(int fd) override { real().close(fd); }

  const std::unique_ptr<Host> real_ = make_unix_host();
};

}  // namespace aemp

#endif  // AEMP_TEST_SUPPORT_NAMES_HOST_H
