// Columns of text that line up.
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace pmx::pmxctl {

struct Column {
    std::string heading;
    bool right = false;  // numbers
};

class Table {
  public:
    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

    // As many cells as there are columns. Control characters are shown as '?'.
    void add(std::vector<std::string> cells);
    void print(std::ostream& out) const;

  private:
    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace pmx::pmxctl
