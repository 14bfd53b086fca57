// pmx-check-history FILE: exits 1, naming the operation, when the history in FILE is not
// linearizable; the format is linearizability.h's.
#include <cstdio>
#include <fstream>
#include <iterator>

#include "tests/support/linearizability.h"

int main(int argc, char** argv) {
    using namespace pmx::support;
    std::ifstream file(argc == 2 ? argv[1] : "");
    if (!file) {
        std::fprintf(stderr, "usage: pmx-check-history FILE\n");
        return 2;
    }
    const std::string text(std::istreambuf_iterator<char>(file), {});
    const auto history = parse_history(text);
    if (!history) {
        std::fprintf(stderr, "%s: %s\n", argv[1], history.error().message().c_str());
        return 2;
    }
    if (const auto violation = not_linearizable(*history)) {
        std::printf("not linearizable: %s\n", violation->c_str());
        return 1;
    }
    std::printf("linearizable: %zu operations\n", history->size());
    return 0;
}
