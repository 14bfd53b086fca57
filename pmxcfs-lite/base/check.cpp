#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace pmx {

void check_failed(const char* condition, const char* what, const char* file, int line) noexcept {
    std::fprintf(stderr, "broken invariant: %s (%s) at %s:%d\n", what, condition, file, line);
    std::abort();
}

}  // namespace pmx
