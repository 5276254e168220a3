// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "session/blocks.h"

namespace aemp {

BlockPool::~BlockPool() { trim(0); }

Block* BlockPool::make() {
  auto* block = new Block;
  ++taken_;
  reset(*block);
  return block;
}

void BlockPool::trim(std::size_t keep) noexcept {
  while (unused_ > keep) {
    Block* block = free_;
    free_ = block->next;
    --unused_;
    delete block;
  }
}

}  // namespace aemp
