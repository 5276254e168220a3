// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "table.h"

#include <algorithm>

#include "output.h"

namespace tool {

Table::Table(std::initializer_list<std::string_view> titles) : widths_(titles.size()) {
  add(titles);
}

void Table::add(std::initializer_list<std::string_view> cells) {
  for (const std::string_view cell : cells) add(cell);
}

void Table::add(std::string_view cell) {
  std::size_t& width = widths_[cells_.size() % widths_.size()];
  cells_.push_back(printable(cell));
  width = std::max(width, cells_.back().size());
}

std::vector<std::string> Table::lines() const {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    const std::size_t column = i % widths_.size();
    if (column == 0) lines.emplace_back();
    lines.back() += cells_[i];
    if (column + 1 < widths_.size())
      lines.back().append(widths_[column] - cells_[i].size() + 2, ' ');
  }
  return lines;
}

}  // namespace tool
