// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "session/blocks.h"

#include <new>
#include <utility>

namespace aemp {

BlockPool::~BlockPool() {
  for (const Shelf* shelf : {&large_, &small_}) {
    for (Block* block = shelf->first; block != nullptr;) {
      ::operator delete(std::exchange(block, block->next));
    }
  }
}

Block* BlockPool::make(std::uint32_t room) {
  auto* block = ::new (::operator new(sizeof(Block) + room)) Block;
  block->room = room;
  return block;
}

void BlockPool::discard(Block* block) noexcept {
  ::operator delete(block);
  if (retired_ && taken() == 0) delete this;
}

void BlockPool::retire() noexcept {
  if (taken() == 0) {
    delete this;
    return;
  }
  retired_ = true;
  keep_ = 0;
}

}  // namespace aemp
