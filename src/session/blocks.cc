// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "session/blocks.h"

#include <new>

namespace aemp {

BlockPool::~BlockPool() { trim(0); }

Block* BlockPool::make(std::uint32_t room) {
  auto* block = ::new (::operator new(sizeof(Block) + room)) Block;
  block->room = room;
  return block;
}

void BlockPool::trim(std::size_t keep) noexcept {
  for (Shelf* shelf : {&large_, &small_}) {
    while (shelf->count > keep) {
      Block* block = shelf->first;
      shelf->first = block->next;
      --shelf->count;
      ::operator delete(block);
    }
  }
}

}  // namespace aemp
