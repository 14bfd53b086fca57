// Takes the place of base/check.cpp in the simulator.
#include "tests/sim/broken_invariant.h"

#include <cstdio>
#include <cstdlib>

#include "base/check.h"

namespace pmx {

void check_failed(const char* condition, const char* what, const char* file, int line) noexcept {
    char text[400];
    std::snprintf(text, sizeof text, "broken invariant: %s (%s) at %s:%d", what, condition, file,
                  line);
    if (sim::when_invariant_breaks != nullptr) sim::when_invariant_breaks(text);
    std::fprintf(stderr, "%s\n", text);
    std::abort();
}

}  // namespace pmx
