// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Text in columns, each as wide as its widest cell.
#ifndef AEMP_TOOL_TABLE_H
#define AEMP_TOOL_TABLE_H

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace tool {

class Table {
 public:
  explicit Table(std::size_t columns) : widths_(columns) {}
  // With titles as its first row.
  explicit Table(std::initializer_list<std::string_view> titles);

  // Row by row, from the left. Control characters are escaped, bytes count as columns.
  void add(std::string_view cell);
  void add(std::initializer_list<std::string_view> cells);
  std::size_t rows() const { return cells_.size() / widths_.size(); }

  // Each row without a newline.
  std::vector<std::string> lines() const;

 private:
  std::vector<std::size_t> widths_;
  std::vector<std::string> cells_;
};

}  // namespace tool

#endif  // AEMP_TOOL_TABLE_H
