#include "tests/sim/seeds.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstring>
#include <limits>
#include <new>
#include <vector>

#include "base/check.h"
#include "tests/sim/broken_invariant.h"
#include "tests/sim/run.h"

namespace pmx::sim {
namespace {

constexpr unsigned max_processes = 64;
constexpr std::uint64_t none = std::numeric_limits<std::uint64_t>::max();

struct Worker {
    std::atomic<std::uint64_t> runs{0};
    std::atomic<std::uint64_t> events{0};
    std::atomic<std::uint64_t> acknowledged{0};
    std::uint64_t seed = none;  // under way; of the finding, once there is one
    Check check = Check::log;
    std::array<char, 400> violation{};
    bool without_mistake = false;
};

struct Shared {  // in memory that all processes share
    std::atomic<std::uint64_t> next{0};
    std::atomic<std::uint64_t> lowest{none};  // seed that fails
    std::array<Worker, max_processes> workers;
};

// How a worker ends that is to be followed by another: nobody asked for what ended it.
constexpr int passed_over = 3;

Shared* shared = nullptr;
Worker* self = nullptr;
Checks judged = Checks::all();

void found(Worker& worker, Check check, const char* violation) {
    worker.check = check;
    std::strncpy(worker.violation.data(), violation, worker.violation.size() - 1);
    std::uint64_t lowest = shared->lowest;
    while (worker.seed < lowest && !shared->lowest.compare_exchange_weak(lowest, worker.seed)) {
    }
}

void end_after_broken_invariant(const char* text) {
    if (self->violation[0] == '\0') {
        if (!judged.have(Check::daemon)) ::_exit(passed_over);
        found(*self, Check::daemon, text);
    } else {
        self->without_mistake = true;
    }
    ::_exit(0);
}

void work(const Search& what) {
    for (;;) {
        const std::uint64_t seed = shared->next.fetch_add(1);
        if (seed > what.last || seed > shared->lowest) return;
        self->seed = seed;
        const Plan plan = make_plan(seed, what.plan);
        const RunReport report = run(plan, judged);
        ++self->runs;
        self->events += report.events;
        self->acknowledged += report.acknowledged;
        if (!report.violation) continue;
        found(*self, report.violation->check, report.violation->what.c_str());
        if (what.mistake == replica::Mistake::none) return;
        replica::planted_mistake = replica::Mistake::none;
        self->without_mistake = run(plan).violation.has_value();
        return;
    }
}

pid_t start_worker(const Search& what, Worker& worker) {
    const pid_t child = ::fork();
    PMX_CHECK(child >= 0, "no process for a search");
    if (child > 0) return child;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    self = &worker;
    replica::planted_mistake = what.mistake;
    judged = what.judged;
    when_invariant_breaks = end_after_broken_invariant;
    work(what);
    ::_exit(0);
}

Searched so_far() {
    Searched sum;
    for (const Worker& worker : shared->workers) {
        sum.runs += worker.runs;
        sum.events += worker.events;
        sum.acknowledged += worker.acknowledged;
        if (worker.violation[0] != '\0' && worker.seed == shared->lowest) {
            sum.finding = Finding{
                worker.seed, {worker.check, worker.violation.data()}, worker.without_mistake};
        }
    }
    return sum;
}

// True when it ended, and no other goes on in its place; a worker that a signal ended has found
// something, too.
bool has_ended(pid_t& child, const Search& what, Worker& worker) {
    int status = 0;
    if (::waitpid(child, &status, WNOHANG) != child) return false;
    const bool signalled = WIFSIGNALED(status);
    if (signalled && what.judged.have(Check::crash)) {
        found(worker, Check::crash,
              ("the run ended by signal " + std::to_string(WTERMSIG(status))).c_str());
    } else if (signalled || WEXITSTATUS(status) == passed_over) {
        ++worker.runs;
        child = start_worker(what, worker);
        return false;
    }
    return true;
}

void wait_for(std::vector<pid_t>& children, const Search& what,
              const std::function<void(const Searched&)>& progress) {
    std::vector<bool> ended(children.size());
    while (!std::all_of(ended.begin(), ended.end(), [](bool one) { return one; })) {
        ::usleep(20'000);
        for (std::size_t i = 0; i < children.size(); ++i)
            ended[i] = ended[i] || has_ended(children[i], what, shared->workers[i]);
        if (progress) progress(so_far());
    }
}

}  // namespace

Searched search(const Search& what, const std::function<void(const Searched&)>& progress) {
    void* memory =
        ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    PMX_CHECK(memory != MAP_FAILED, "no memory to share");
    shared = new (memory) Shared;
    shared->next = what.first;
    std::vector<pid_t> children;
    const unsigned processes = std::clamp(what.processes, 1U, max_processes);
    for (unsigned i = 0; i < processes; ++i)
        children.push_back(start_worker(what, shared->workers[i]));
    wait_for(children, what, progress);
    Searched result = so_far();
    ::munmap(memory, sizeof(Shared));
    return result;
}

}  // namespace pmx::sim
