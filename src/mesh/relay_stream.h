// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// RelayStream: this node's end of a relayed link: a stream of bytes, cut into messages to the relay
// and put together from those that come from it. Bytes are counted from 0, apart for each
// direction. No more are sent than the other end has allowed, so no more than kCredit wait
// anywhere.
#ifndef AEMP_MESH_RELAY_STREAM_H
#define AEMP_MESH_RELAY_STREAM_H

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "loop/stream.h"

namespace aemp {

class RelayStream final : public Stream, private Resumable {
 public:
  static constexpr std::uint64_t kCredit = 256 << 10;

  // Who has the link to the relay. The first three may throw std::bad_alloc.
  class Owner {
   public:
    // The bytes of one message, at most: more than 0.
    virtual std::size_t most(const RelayStream& stream) = 0;
    // They are the stream's bytes from number `at` on.
    virtual void send(const RelayStream& stream, std::uint64_t at,
                      std::span<const std::byte> bytes) = 0;
    // The other end may send its bytes up to number `end`.
    virtual void allow(const RelayStream& stream, std::uint64_t end) = 0;
    // It is being destroyed, and end() was not called.
    virtual void gone(const RelayStream& stream) noexcept = 0;

   protected:
    ~Owner() = default;
  };

  // `vlink` is the relayed link's number.
  RelayStream(Reactor& reactor, Owner& owner, std::uint64_t vlink) noexcept
      : vlink(vlink), reactor_(reactor), owner_(&owner) {}
  ~RelayStream() override;

  const std::uint64_t vlink;

  // From now on it may be written to.
  void open() noexcept;
  // False: the other end must not send these now. Throws std::bad_alloc.
  bool arrived(std::uint64_t at, std::span<const std::byte> bytes);
  // False: the other end must not allow that.
  bool allowed(std::uint64_t end) noexcept;
  // It is over; what has arrived can still be read. The owner hears no more of it.
  void end() noexcept;

  IoResult read(std::span<std::uint8_t> into) override;
  IoResult write(std::span<const Slice> from) override;
  void watch(IoHandler& handler, std::uint8_t interest) noexcept override;

 private:
  void resume() override;
  std::uint8_t ready() const noexcept;
  void touch() noexcept;
  std::size_t unread() const noexcept { return in_.size() - in_at_; }

  Reactor& reactor_;
  Owner* owner_;  // null: it is over
  IoHandler* handler_ = nullptr;
  std::uint8_t interest_ = 0;
  bool open_ = false;
  std::vector<std::uint8_t> in_;  // read up to in_at_
  std::size_t in_at_ = 0;
  std::uint64_t received_ = 0;        // bytes that came
  std::uint64_t may_come_ = kCredit;  // bytes that may come in all
  std::uint64_t sent_ = 0;            // bytes that went
  std::uint64_t may_go_ = kCredit;    // bytes that may go in all
};

}  // namespace aemp

#endif  // AEMP_MESH_RELAY_STREAM_H
