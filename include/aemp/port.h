// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Port: the name of a destination for messages, on this node or any other.
#ifndef AEMP_PORT_H
#define AEMP_PORT_H

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace aemp {

namespace detail {

// An immutable node name, shared by the ports that carry it. Counted with atomic builtins, so
// that ports may be copied in one thread and dropped in another (<atomic> alone would add 30 000
// lines to every includer).
struct Name {
  std::uint32_t refs;
  std::uint32_t hash;  // of `node` (FNV-1a, see name_hash)
  std::string node;
  std::string alias;  // a port name this version would never hand out; empty otherwise
};

std::uint32_t name_hash(std::string_view node) noexcept;
Name* make_name(std::string_view node, std::string_view alias = {});  // refs = 1
void free_name(Name* name) noexcept;

inline Name* ref(Name* name) noexcept {
  if (name != nullptr) __atomic_fetch_add(&name->refs, 1u, __ATOMIC_RELAXED);
  return name;
}
inline void unref(Name* name) noexcept {
  if (name != nullptr && __atomic_fetch_sub(&name->refs, 1u, __ATOMIC_ACQ_REL) == 1u) {
    free_name(name);
  }
}

}  // namespace detail

// A plain value of 24 bytes: node name, origin (the incarnation of the node that named the port,
// 64 random bits a start) and serial. Port IDs are never reused. The default-constructed port is
// empty: false in `if`; sending to it is misuse. Thread rule: distinct Port objects may be used
// in different threads even when they are copies of each other.
class Port {
 public:
  Port() noexcept = default;
  Port(const Port& other) noexcept
      : name_(detail::ref(other.name_)), origin_(other.origin_), serial_(other.serial_) {}
  Port(Port&& other) noexcept
      : name_(std::exchange(other.name_, nullptr)),
        origin_(std::exchange(other.origin_, 0)),
        serial_(std::exchange(other.serial_, 0)) {}
  Port& operator=(const Port& other) noexcept {
    Port copy(other);
    swap(copy);
    return *this;
  }
  Port& operator=(Port&& other) noexcept {
    Port moved(std::move(other));
    swap(moved);
    return *this;
  }
  ~Port() { detail::unref(name_); }

  // Reads "nodeid#name", "nodeid#" or a bare "nodeid" (the last two name the node port). nullopt
  // for a malformed node ID, a name over 64 bytes or one with bytes outside printable ASCII. A
  // well-formed name that this version would never hand out denotes a port that does not exist.
  static std::optional<Port> parse(std::string_view text);

  // "nodeid#<origin, 11 base-62 digits>.<serial, base 36>"; "nodeid#" for a node port; "" for
  // the empty port.
  std::string str() const;
  // The node ID; empty for the empty port. Valid as long as any copy of this port lives.
  const std::string& node() const noexcept;
  bool is_node_port() const noexcept {
    return name_ != nullptr && serial_ == 0 && name_->alias.empty();
  }

  explicit operator bool() const noexcept { return name_ != nullptr; }
  friend bool operator==(const Port& a, const Port& b) noexcept {
    return a.serial_ == b.serial_ && a.origin_ == b.origin_ &&
           (a.name_ == b.name_ || same_name(a.name_, b.name_));
  }
  // Orders by node ID, then origin, then serial; the empty port comes first.
  friend std::strong_ordering operator<=>(const Port& a, const Port& b) noexcept {
    return a.compare(b);
  }

  void swap(Port& other) noexcept {
    std::swap(name_, other.name_);
    std::swap(origin_, other.origin_);
    std::swap(serial_, other.serial_);
  }

  // For the library: assembles a port from its parts. Takes over the caller's reference.
  Port(detail::Name* name, std::uint64_t origin, std::uint64_t serial) noexcept
      : name_(name), origin_(origin), serial_(serial) {}
  detail::Name* name() const noexcept { return name_; }
  std::uint64_t origin() const noexcept { return origin_; }
  std::uint64_t serial() const noexcept { return serial_; }
  std::size_t hash() const noexcept;

 private:
  static bool same_name(const detail::Name* a, const detail::Name* b) noexcept;
  std::strong_ordering compare(const Port& other) const noexcept;

  detail::Name* name_ = nullptr;
  std::uint64_t origin_ = 0;
  std::uint64_t serial_ = 0;
};

static_assert(sizeof(Port) <= 24);

}  // namespace aemp

template <>
struct std::hash<aemp::Port> {
  std::size_t operator()(const aemp::Port& port) const noexcept { return port.hash(); }
};

#endif  // AEMP_PORT_H
