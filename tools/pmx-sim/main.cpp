// The replication simulator: seeded clusters of the daemon's own replica and tree.
#include <unistd.h>

#include <chrono>
#include <cinttypes>
#include <cstdio>

#include "tests/sim/mistakes.h"
#include "tests/sim/plan.h"
#include "tests/sim/run.h"
#include "tests/sim/seeds.h"
#include "tools/pmx-sim/options.h"

namespace {

using namespace pmx::sim;

void list_mistakes() {
    std::printf("%-28s %10s %6s  %s\n", "mistake", "runs", "nodes", "what it does");
    for (const PlantedMistake& mistake : planted_mistakes()) {
        const std::string nodes = mistake.nodes ? std::to_string(*mistake.nodes) : "any";
        std::printf("%-28s %10" PRIu64 " %6s  %s\n", std::string(mistake.name).c_str(),
                    mistake.runs * allowed_factor, nodes.c_str(),
                    std::string(mistake.meaning).c_str());
    }
}

int replay(const Options& options) {
    std::setvbuf(stdout, nullptr, _IOLBF, 0);  // all of it, should the run abort
    pmx::replica::planted_mistake = options.mistake;
    const Plan plan = make_plan(*options.replay, options.plan);
    std::printf("seed %" PRIu64 ": %s\n", plan.seed, describe(plan).c_str());
    const RunReport report =
        run(plan, options.judged, [](const std::string& line) { std::puts(line.c_str()); });
    std::printf("%s", report.state.c_str());
    std::printf("%" PRIu64 " events, %zu saves acknowledged, log up to %" PRIu64
                ", trace %016" PRIx64 "\n",
                report.events, report.acknowledged, report.entries, report.trace_hash);
    if (!report.violation) return 0;
    std::printf("VIOLATION (%s): %s\n", std::string(name_of(report.violation->check)).c_str(),
                report.violation->what.c_str());
    return 1;
}

std::string replay_command(const Options& options, std::uint64_t seed) {
    std::string command = "pmx-sim --replay " + std::to_string(seed);
    if (options.plan.nodes) command += " --nodes " + std::to_string(*options.plan.nodes);
    if (options.plan.kind) command += " --plan " + std::string(name_of(*options.plan.kind));
    for (const PlantedMistake& mistake : planted_mistakes()) {
        if (mistake.mistake == options.mistake)
            command += " --mistake " + std::string(mistake.name);
    }
    return command;
}

int search_seeds(const Options& options) {
    const auto start = std::chrono::steady_clock::now();
    const auto seconds = [&] {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    const bool terminal = ::isatty(STDERR_FILENO) == 1;
    double next_line = 60;  // of a log: one a minute
    const Searched searched =
        search({options.first, options.last, options.plan, options.mistake, options.judged,
                options.processes},
               [&](const Searched& so_far) {
                   if (!terminal && seconds() < next_line) return;
                   next_line += 60;
                   std::fprintf(stderr, "%s%" PRIu64 " of %" PRIu64 " runs, %.0f a second %s",
                                terminal ? "\r" : "", so_far.runs, options.last - options.first + 1,
                                static_cast<double>(so_far.runs) / seconds(), terminal ? "" : "\n");
               });
    if (terminal) std::fputc('\n', stderr);
    std::printf("%" PRIu64 " runs in %.1f s (%.0f a second), %" PRIu64 " events, %" PRIu64
                " calls answered\n",
                searched.runs, seconds(), static_cast<double>(searched.runs) / seconds(),
                searched.events, searched.acknowledged);
    if (!searched.finding) return 0;
    const std::uint64_t seed = searched.finding->seed;
    std::printf("seed %" PRIu64 " FAILS (%s): %s\n  %s\n  replay: %s\n", seed,
                std::string(name_of(searched.finding->violation.check)).c_str(),
                searched.finding->violation.what.c_str(),
                describe(make_plan(seed, options.plan)).c_str(),
                replay_command(options, seed).c_str());
    if (!searched.finding->without_mistake) return 1;
    std::printf("  and without the mistake, too\n");
    return 3;
}

}  // namespace

int main(int argc, char** argv) {
    const auto options = parse_options(argc, argv);
    if (!options) {
        std::fprintf(stderr, "pmx-sim: %s\n", options.error().message().c_str());
        return 2;
    }
    if (options->help) {
        std::printf("%s", usage().c_str());
        return 0;
    }
    if (options->list_mistakes) {
        list_mistakes();
        return 0;
    }
    return options->replay ? replay(*options) : search_seeds(*options);
}
