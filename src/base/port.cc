// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include <aemp/port.h>

#include "base/name_table.h"
#include "base/named_port.h"
#include "base/text.h"

namespace aemp {

namespace detail {

std::uint32_t name_hash(std::string_view node) noexcept {
  std::uint32_t hash = 2166136261u;
  for (char c : node) hash = (hash ^ static_cast<std::uint8_t>(c)) * 16777619u;
  return hash;
}

Name* make_name(std::string_view node, std::string_view alias) {
  return new Name{1, name_hash(node), std::string(node), std::string(alias)};
}

void free_name(Name* name) noexcept { delete name; }

}  // namespace detail

namespace {

struct OwnName {
  std::uint64_t origin;
  std::uint64_t serial;
};

// "<origin>.<serial>" exactly as str() writes it.
std::optional<OwnName> parse_own_name(std::string_view name) noexcept {
  if (name.size() < kBase62Digits + 2 || name[kBase62Digits] != '.') return std::nullopt;
  const auto origin = parse_base62(name.substr(0, kBase62Digits));
  const auto serial = parse_base36(name.substr(kBase62Digits + 1));
  if (!origin || !serial || *serial == 0) return std::nullopt;
  return OwnName{*origin, *serial};
}

}  // namespace

detail::Name* name_of(std::string_view node, detail::NameTable* names) {
  return names != nullptr ? detail::ref(names->intern(node)) : detail::make_name(node);
}

Port named_port(std::string_view node, std::string_view name, detail::NameTable* names) {
  if (name.empty()) return Port(name_of(node, names), 0, 0);
  if (const auto own = parse_own_name(name)) {
    return Port(name_of(node, names), own->origin, own->serial);
  }
  return Port(detail::make_name(node, name), 0, 0);
}

std::optional<Port> Port::parse(std::string_view text) {
  const std::size_t hash = text.find('#');
  const std::string_view node = text.substr(0, hash);
  const std::string_view name = hash == text.npos ? std::string_view() : text.substr(hash + 1);
  if (!valid_node_id(node) || !valid_port_name(name)) return std::nullopt;
  return named_port(node, name, nullptr);
}

std::string Port::str() const {
  if (name_ == nullptr) return std::string();
  std::string text;
  text.reserve(name_->node.size() + 1 + name_->alias.size() + kBase62Digits + 14);
  text.append(name_->node).push_back('#');
  if (!name_->alias.empty()) {
    text.append(name_->alias);
  } else if (serial_ != 0) {
    append_base62(text, origin_);
    text.push_back('.');
    append_base36(text, serial_);
  }
  return text;
}

const std::string& Port::node() const noexcept {
  // Never destroyed, so that no destructor runs at exit.
  alignas(std::string) static unsigned char place[sizeof(std::string)];
  static const std::string* const none = ::new (static_cast<void*>(place)) std::string();
  return name_ != nullptr ? name_->node : *none;
}

std::size_t Port::hash() const noexcept {
  if (name_ == nullptr) return 0;
  std::uint64_t h = name_->hash ^ serial_ * 0x9e3779b97f4a7c15u;
  if (!name_->alias.empty()) h ^= std::uint64_t{detail::name_hash(name_->alias)} << 32;
  h = (h ^ h >> 32) * 0xd6e8feb86659fd93u;
  h ^= origin_;
  h = (h ^ h >> 32) * 0xd6e8feb86659fd93u;
  return static_cast<std::size_t>(h ^ h >> 32);
}

bool Port::same_name(const detail::Name* a, const detail::Name* b) noexcept {
  if (a == nullptr || b == nullptr) return a == b;
  return a->hash == b->hash && a->node == b->node && a->alias == b->alias;
}

std::strong_ordering Port::compare(const Port& other) const noexcept {
  if (name_ != other.name_) {
    if (name_ == nullptr) return std::strong_ordering::less;
    if (other.name_ == nullptr) return std::strong_ordering::greater;
    if (const int c = name_->node.compare(other.name_->node); c != 0) return c <=> 0;
  }
  if (const auto c = origin_ <=> other.origin_; c != 0) return c;
  if (const auto c = serial_ <=> other.serial_; c != 0) return c;
  if (name_ == other.name_) return std::strong_ordering::equal;
  return name_->alias.compare(other.name_->alias) <=> 0;
}

}  // namespace aemp
