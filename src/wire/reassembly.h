// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Reassembly: the large messages that are arriving in fragments on one link.
#ifndef AEMP_WIRE_REASSEMBLY_H
#define AEMP_WIRE_REASSEMBLY_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "wire/packet.h"

namespace aemp {

// At most kMaxOpenLarge messages at a time, one per destination, all together at most `limit`
// bytes. Memory grows as bytes arrive, never from an announced length. Owned by its link's
// session; freed with it.
class Reassembly {
 public:
  // `limit`: the max_message that was announced to the peer, in bytes. A little more is accepted,
  // for what a message has around its values.
  explicit Reassembly(std::uint64_t limit) noexcept : limit_(limit + kSlack) {}
  ~Reassembly();
  Reassembly(const Reassembly&) = delete;
  Reassembly& operator=(const Reassembly&) = delete;

  enum class Result : std::uint8_t { more, complete, error };

  // Takes a FRAG packet. complete: `out` is the whole message, its views are valid until the next
  // call of add() or release(). error: `error` says what was wrong. Throws std::bad_alloc; then
  // nothing more can be added.
  Result add(const Packet& frag, Packet& out, std::string& error);
  // Frees the message that add() completed last.
  void release() noexcept;

  // True when no message is open: the check to make before asking conflicts().
  bool idle() const noexcept { return open_ == 0; }
  // True for a packet other than FRAG that must not come while a message to the same destination
  // is open.
  bool conflicts(const Packet& packet) const noexcept;

  std::size_t bytes() const noexcept { return total_; }  // held now

 private:
  static constexpr std::uint64_t kSlack = 1024;
  struct Large {
    Dest dest;
    std::uint8_t inner = 0;  // 0 = free
    std::uint8_t* data = nullptr;
    std::size_t size = 0;
    std::size_t room = 0;
  };

  // Index of the open message, or large_.size().
  std::size_t find(const Dest& dest, bool down) const noexcept;
  void append(Large& large, const std::uint8_t* bytes, std::size_t n);
  static void free_data(Large& large) noexcept;

  std::uint64_t limit_;
  std::size_t total_ = 0;
  unsigned open_ = 0;
  std::array<Large, kMaxOpenLarge> large_{};
  Large done_;
};

}  // namespace aemp

#endif  // AEMP_WIRE_REASSEMBLY_H
