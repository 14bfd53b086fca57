#include <vector>

#include "tools/pmxctl/command.h"

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
    return static_cast<int>(pmx::pmxctl::run(arguments));
}
