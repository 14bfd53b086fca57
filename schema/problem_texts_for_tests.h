// Problems as lines, for tests to compare.
#pragma once

#include <string>
#include <vector>

#include "schema/problem.h"

namespace pmx::schema {

inline std::vector<std::string> texts(const std::vector<Problem>& problems) {
    std::vector<std::string> lines;
    lines.reserve(problems.size());
    for (const Problem& problem : problems)
        lines.push_back(to_string(problem));
    return lines;
}

}  // namespace pmx::schema
