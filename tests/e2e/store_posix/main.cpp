// pmx-posix-compare MOUNT REFERENCE [--seed N] [--operations N] [--verbose]
//
// Does the same random operations in a new directory of the mount and of a plain filesystem (tmpfs,
// ext4), and ends with 1 at the first difference.
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <string_view>

#include "tests/e2e/store_posix/random_operations.h"

namespace {

constexpr std::uint64_t operations_between_comparisons = 500;

struct Options {
    std::string mount;
    std::string reference;
    std::uint64_t seed = std::random_device()();
    std::uint64_t operations = 100'000;
    bool verbose = false;
};

[[noreturn]] void usage() {
    std::fprintf(stderr,
                 "usage: pmx-posix-compare MOUNT REFERENCE [--seed N] [--operations N] "
                 "[--verbose]\n");
    std::exit(2);
}

std::uint64_t number(std::string_view text) {
    std::uint64_t value = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
    if (end.ec != std::errc() || end.ptr != text.data() + text.size()) usage();
    return value;
}

Options parse(int count, char** arguments) {
    if (count < 3) usage();
    Options options;
    options.mount = arguments[1];
    options.reference = arguments[2];
    for (int i = 3; i < count; ++i) {
        const std::string_view name = arguments[i];
        if (name == "--verbose") {
            options.verbose = true;
        } else if (name == "--seed" && i + 1 < count) {
            options.seed = number(arguments[++i]);
        } else if (name == "--operations" && i + 1 < count) {
            options.operations = number(arguments[++i]);
        } else {
            usage();
        }
    }
    return options;
}

std::string new_directory(const std::string& in) {
    std::string path = in + "/posix-XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) {
        std::perror(path.c_str());
        std::exit(2);
    }
    return path;
}

}  // namespace

int main(int count, char** arguments) {
    const Options options = parse(count, arguments);
    std::printf("seed %llu, %llu operations\n", static_cast<unsigned long long>(options.seed),
                static_cast<unsigned long long>(options.operations));
    std::fflush(stdout);
    const std::string mount = new_directory(options.mount);
    const std::string reference = new_directory(options.reference);
    pmx::test::Twin twin(mount, reference);
    twin.replay = "pmx-posix-compare " + options.mount + " " + options.reference + " --seed " +
                  std::to_string(options.seed) + " --operations " +
                  std::to_string(options.operations);
    pmx::test::RandomOperations operations(twin, options.seed, options.verbose);
    for (std::uint64_t i = 1; i <= options.operations; ++i) {
        operations.one();
        if (i % operations_between_comparisons == 0) operations.compare();
    }
    operations.compare();
    operations.close_all();
    twin.compare_trees();
    std::filesystem::remove_all(mount);
    std::filesystem::remove_all(reference);
    std::puts("agree");
}
