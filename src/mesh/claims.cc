// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "mesh/claims.h"

#include <algorithm>
#include <utility>

#include "base/reserve.h"
#include "mesh/budgets.h"

namespace aemp {
namespace {

bool same(const Claim& a, const Claim& b) {
  return a.incarnation == b.incarnation && a.attach == b.attach && a.is_global == b.is_global &&
         a.binds == b.binds;
}

bool later(const Claim& a, const Claim& b) {
  return a.attach != b.attach ? a.attach > b.attach : a.incarnation < b.incarnation;
}

std::size_t weight(std::string_view node, const Claim& claim) {
  return node.size() + claim.binds.size_bytes() + kClaimOverhead;
}

}  // namespace

// authors_.size(): none of that name.
std::uint32_t Claims::index_of(std::string_view author) const noexcept {
  const auto it = std::find_if(authors_.begin(), authors_.end(),
                               [&](const Author& a) { return a.claims != 0 && a.name == author; });
  return static_cast<std::uint32_t>(it - authors_.begin());
}

bool Claims::put(std::string_view author, std::string_view node, Claim claim) {
  std::uint32_t index = index_of(author);
  if (index == authors_.size()) {
    const auto unused = std::find_if(authors_.begin(), authors_.end(),
                                     [](const Author& a) { return a.claims == 0; });
    index = static_cast<std::uint32_t>(unused - authors_.begin());
    if (unused == authors_.end()) {
      authors_.push_back({std::string(author)});
    } else {
      unused->name = author;
    }
  }
  Author& of = authors_[index];
  const std::size_t bytes = weight(node, claim);
  auto it = nodes_.find(node);
  if (it != nodes_.end()) {
    for (By& by : it->second) {
      if (by.author != index) continue;
      if (same(by.claim, claim)) return false;
      const std::size_t before = weight(node, by.claim);
      if (bytes > before && of.bytes + (bytes - before) > kMaxClaimBytes) return ++refused_, false;
      of.bytes = of.bytes + bytes - before;
      by.claim = std::move(claim);
      return true;
    }
  }
  if (of.claims >= kMaxClaims || of.bytes + bytes > kMaxClaimBytes) return ++refused_, false;
  if (it == nodes_.end()) {
    std::vector<By> first;
    first.push_back({index, std::move(claim)});
    nodes_.emplace(std::string(node), std::move(first));
  } else {
    reserve_one(it->second);
    it->second.push_back({index, std::move(claim)});
  }
  ++of.claims;
  of.bytes += bytes;
  return true;
}

bool Claims::remove(std::string_view author, std::string_view node) {
  const std::uint32_t index = index_of(author);
  const auto it = nodes_.find(node);
  if (it == nodes_.end()) return false;
  const auto gone = std::find_if(it->second.begin(), it->second.end(),
                                 [&](const By& by) { return by.author == index; });
  if (gone == it->second.end()) return false;
  take_out(authors_[index], node, gone->claim);
  it->second.erase(gone);
  if (it->second.empty()) nodes_.erase(it);
  return true;
}

void Claims::remove_all(std::string_view author) {
  const std::uint32_t index = index_of(author);
  if (index == authors_.size()) return;
  for (auto it = nodes_.begin(); it != nodes_.end();) {
    std::erase_if(it->second, [&](const By& by) { return by.author == index; });
    it = it->second.empty() ? nodes_.erase(it) : std::next(it);
  }
  authors_[index].claims = authors_[index].bytes = 0;
}

void Claims::take_out(Author& author, std::string_view node, const Claim& claim) noexcept {
  --author.claims;
  author.bytes -= weight(node, claim);
}

const Claim* Claims::find(std::string_view author, std::string_view node) const {
  const std::uint32_t index = index_of(author);
  const auto it = nodes_.find(node);
  if (it == nodes_.end()) return nullptr;
  for (const By& by : it->second) {
    if (by.author == index) return &by.claim;
  }
  return nullptr;
}

const Claim* Claims::latest(std::string_view node, std::string_view* author) const {
  const auto it = nodes_.find(node);
  if (it == nodes_.end()) return nullptr;
  const By& by =
      *std::min_element(it->second.begin(), it->second.end(),
                        [](const By& a, const By& b) { return later(a.claim, b.claim); });
  if (author != nullptr) *author = authors_[by.author].name;
  return &by.claim;
}

const Claim* Claims::smallest(std::string_view node, std::string_view& author) const {
  const auto it = nodes_.find(node);
  if (it == nodes_.end()) return nullptr;
  const By& by = *std::min_element(
      it->second.begin(), it->second.end(),
      [](const By& a, const By& b) { return a.claim.incarnation < b.claim.incarnation; });
  author = authors_[by.author].name;
  return &by.claim;
}

const Claim* Claims::any(std::string_view node, std::uint64_t random,
                         std::string_view* author) const {
  const auto it = nodes_.find(node);
  if (it == nodes_.end()) return nullptr;
  const By& by = it->second[random % it->second.size()];
  *author = authors_[by.author].name;
  return &by.claim;
}

std::size_t Claims::count_of(std::string_view node, std::uint64_t incarnation) const {
  const auto it = nodes_.find(node);
  if (it == nodes_.end()) return 0;
  return static_cast<std::size_t>(
      std::count_if(it->second.begin(), it->second.end(),
                    [&](const By& by) { return by.claim.incarnation == incarnation; }));
}

}  // namespace aemp
