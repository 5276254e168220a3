// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// ByteRelay: a man in the middle of encrypted connections. It knows what anybody on the network
// can: where the messages of a handshake and the records of a link begin and end, but nothing of
// what is in them. Each goes to a hook, which may send on what it likes, either way. Stands on any
// reactor; on a simulated process's it sees every byte in virtual time.
#ifndef AEMP_TEST_SUPPORT_BYTE_RELAY_H
#define AEMP_TEST_SUPPORT_BYTE_RELAY_H

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/address.h"
#include "loop/reactor.h"

namespace aemp::test {

// There: from the end that dialled to the one that was dialled.
enum class Way : std::uint8_t { there, back };
constexpr Way opposite(Way way) { return way == Way::there ? Way::back : Way::there; }

// A whole message or record, its length included. `number`: 1 to 4 for the messages of the
// handshake, then 5, 7, ... for the records that go there and 6, 8, ... for those that come back.
struct Piece {
  Way way;
  unsigned number;
  std::vector<std::uint8_t> bytes;
};

class ByteRelay final : private IoHandler {
 public:
  // One connection. What is sent to an end that is gone is lost.
  class Line {
   public:
    ~Line();
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;

    // To the end to which `way` leads.
    void send(Way way, std::span<const std::uint8_t> bytes);
    void pass(const Piece& piece) { send(piece.way, piece.bytes); }
    // Both ends, once what was sent is written.
    void close();
    bool is_open() const { return ends_[0]->fd >= 0 || ends_[1]->fd >= 0; }

    const unsigned number;  // of the connection, from 1
    const Nanos began;
    Nanos ended = 0;
    std::vector<Piece> heard;  // all that either end said
    // How many bytes came from the end where `way` begins.
    std::uint64_t bytes(Way way) const { return ends_[index(way)]->heard; }
    unsigned pieces(Way way) const { return ends_[index(way)]->pieces; }

   private:
    friend class ByteRelay;
    // End 0 dialled, end 1 was dialled.
    struct End final : IoHandler {
      End(Line& of, std::size_t i) : line(of), which(i) {}
      void on_ready(std::uint8_t events) override { line.on_ready(*this, events); }
      Line& line;
      std::size_t which;
      int fd = -1;
      bool connecting = false, ended = false, closing = false;
      Reactor::Token token;
      std::vector<std::uint8_t> in, out;
      std::uint64_t heard = 0;
      unsigned pieces = 0;
    };

    Line(ByteRelay& relay, unsigned n);
    static constexpr std::size_t index(Way way) { return way == Way::there ? 0 : 1; }
    void open(std::size_t which, int fd, bool connecting);
    void on_ready(End& end, std::uint8_t events);
    void read(End& end);
    void split(End& end);
    void write(End& end);
    void watch(End& end);
    void shut(End& end);

    ByteRelay& relay_;
    std::unique_ptr<End> ends_[2];
  };

  using Hook = std::function<void(Line& line, const Piece& piece)>;

  // Listens on `listen` and dials `target` for each that comes; an empty one: dials nobody, and is
  // itself the one that was dialled.
  ByteRelay(Reactor& reactor, const std::string& listen, const std::string& target);
  ~ByteRelay();
  ByteRelay(const ByteRelay&) = delete;
  ByteRelay& operator=(const ByteRelay&) = delete;

  // Where it listens, as Config::seeds takes it.
  const std::string& address() const { return address_; }
  // What becomes of each piece from now on. Null, as in the beginning: it passes.
  void set_hook(Hook hook) { hook_ = std::move(hook); }
  // A connection of its own to the target: the other end is whoever calls.
  Line& dial();

  // Connections so far, and the n-th of them, from 1; the last hundred are kept.
  unsigned lines() const { return count_; }
  Line& line(unsigned n) { return *lines_.at(n - 1 - (count_ - lines_.size())); }
  Line& last() { return *lines_.back(); }

 private:
  static constexpr std::size_t kKept = 100;

  void on_ready(std::uint8_t events) override;
  Line& add();

  Reactor& reactor_;
  std::string address_, target_;
  Hook hook_;
  int listener_ = -1;
  Reactor::Token token_;
  unsigned count_ = 0;
  std::vector<std::unique_ptr<Line>> lines_;
};

}  // namespace aemp::test

#endif  // AEMP_TEST_SUPPORT_BYTE_RELAY_H
