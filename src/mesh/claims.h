// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Claims: which global node says of which nodes that they are linked to it now. Each global node is
// the only author of its claims; a node is alive as long as one is left. Pure.
#ifndef AEMP_MESH_CLAIMS_H
#define AEMP_MESH_CLAIMS_H

#include <aemp/value.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace aemp {

struct Claim {
  std::uint64_t incarnation = 0;
  std::uint64_t attach =
      0;  // the claimed node's count of its attachments: the highest is the latest
  bool is_global = false;
  OwnedValue binds;  // an array of texts
};

class Claims {
 public:
  // Replaces what the author said of that node. False: it has too many, which is counted, or it
  // said the same before.
  bool put(std::string_view author, std::string_view node, Claim claim);
  // True: there was one.
  bool remove(std::string_view author, std::string_view node);
  void remove_all(std::string_view author);

  // The claim of that author; null: none. Valid until claims change.
  const Claim* find(std::string_view author, std::string_view node) const;
  // The latest of all; its author is in `author` then. Claims that are equally late: of the
  // smallest incarnation.
  const Claim* latest(std::string_view node, std::string_view* author = nullptr) const;
  // One of all, by chance.
  const Claim* any(std::string_view node, std::uint64_t random, std::string_view* author) const;
  // That of the smallest incarnation.
  const Claim* smallest(std::string_view node, std::string_view& author) const;
  // How many claim that node in that incarnation.
  std::size_t count_of(std::string_view node, std::uint64_t incarnation) const;
  bool any_of(std::string_view node, std::uint64_t incarnation) const {
    return count_of(node, incarnation) != 0;
  }
  // Claims that were not kept, since the start.
  std::uint64_t refused() const noexcept { return refused_; }
  std::size_t nodes() const noexcept { return nodes_.size(); }

  // visit(author, node, claim), by node; claims must not change meanwhile.
  template <class Visit>
  void each(Visit&& visit) const {
    for (const auto& [node, claims] : nodes_) {
      for (const By& by : claims) visit(authors_[by.author].name, node, by.claim);
    }
  }

 private:
  struct Author {
    std::string name;
    std::size_t claims = 0, bytes = 0;
  };
  struct By {
    std::uint32_t author;  // index
    Claim claim;
  };

  std::uint32_t index_of(std::string_view author) const noexcept;

  void take_out(Author& author, std::string_view node, const Claim& claim) noexcept;

  std::uint64_t refused_ = 0;
  std::vector<Author> authors_;  // those without claims are used again
  std::map<std::string, std::vector<By>, std::less<>> nodes_;
};

}  // namespace aemp

#endif  // AEMP_MESH_CLAIMS_H
