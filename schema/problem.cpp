#include "schema/problem.h"

namespace pmx::schema {

std::string to_string(const Problem& problem) {
    std::string text = problem.file;
    if (problem.line > 0) text += ":" + std::to_string(problem.line);
    return text + ": " + problem.reason;
}

std::string in_quotes(std::string_view name) {
    return "'" + std::string(name) + "'";
}

}  // namespace pmx::schema
