// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "os/key_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <new>

#include "os/platform.h"

namespace aemp {

namespace {

std::size_t whole_pages(std::size_t size) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return (size + page - 1) / page * page;
}

}  // namespace

void* take_key_memory(std::size_t size) {
  size = whole_pages(size);
  void* pages = platform::map_page_wiped_on_fork(size);
  if (pages == nullptr) {
    pages = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
    if (pages == MAP_FAILED) throw std::bad_alloc();
  }
  platform::leave_out_of_core(pages, size);
  return pages;
}

void give_key_memory(void* memory, std::size_t size) noexcept { munmap(memory, whole_pages(size)); }

}  // namespace aemp
