// Checkpoints, and what else reaches the disk behind the log.
#include <future>
#include <utility>

#include "base/random.h"
#include "engine/engine.h"

namespace pmx::engine {

void Engine::begin_checkpoint() {
    if (installing_ || checkpointer_.in_progress() || !checkpointer_.anything_waiting()) return;
    DiskWriter::Request request;
    request.generation = disk_generation_;
    const replica::Base base = replica_->base();
    request.batch.checkpoint = checkpointer_.begin(state_.tree, base);
    request.batch.no_longer_rejected = std::exchange(no_longer_rejected_, {});
    request.done = [this, base, done = request.batch.no_longer_rejected](Code result,
                                                                         std::uint64_t generation) {
        tasks_.post([=, this] { finish_checkpoint(base, done, result, generation); });
    };
    writer_->enqueue(std::move(request));
}

void Engine::finish_checkpoint(const replica::Base& base, const std::vector<RequestId>& done,
                               Code result, std::uint64_t generation) {
    checkpointer_.finished(result == Code::ok);
    if (result == Code::ok) {
        replica_->rebase(base);
    } else {
        no_longer_rejected_.insert(no_longer_rejected_.end(), done.begin(), done.end());
    }
    if (!installing_) run_after_checkpoint();
    if (result != Code::ok) disk_was_full(generation);
}

void Engine::run_after_checkpoint() {
    for (auto& then : std::exchange(after_checkpoint_, {}))
        then();
}

void Engine::after_all_is_written(std::function<void()> then) {
    if (!writer_) return then();  // stopped
    if (installing_ || checkpointer_.in_progress()) {
        // It may have begun before the newest change.
        after_checkpoint_.push_back([this, then] { after_all_is_written(then); });
    } else if (options_.read_only_reason.empty() && checkpointer_.anything_waiting()) {
        begin_checkpoint();
        after_checkpoint_.push_back(std::move(then));
    } else {
        then();
    }
}

// History reaches the disk with a checkpoint. When none can be written (the disk is full), what the
// disk has is the best answer there is.
void Engine::wait_until_written() {
    auto written = std::make_shared<std::promise<void>>();
    auto future = written->get_future();
    const bool posted =
        tasks_.post([this, written] { after_all_is_written([written] { written->set_value(); }); });
    if (posted) future.wait_for(options_.write_timeout);
}

// Several requests may have failed together: the first that says so, whatever it was, tells the
// replica about all entries that are not on the disk.
void Engine::take_back_unwritten(std::uint64_t generation) {
    if (generation <= disk_generation_) return;
    disk_generation_ = generation;
    step(replica::LogAppendFailed{next(replica_->status().durable)});
}

void Engine::disk_was_full(std::uint64_t generation) {
    note_failure("the disk under the state directory is full");
    take_back_unwritten(generation);
}

// Before the log went on to where it stands: a start after a crash, a snapshot.
void Engine::settle_rejected() {
    std::erase_if(rejected_, [this](const RequestId& request) {
        const bool done = state_.results.was_applied(request);
        if (done) no_longer_rejected_.push_back(request);
        return done;
    });
}

// Of a snapshot on its way: what is lost of it is fetched again.
void Engine::keep_aside(std::vector<tree::Node> nodes) {
    if (nodes.empty()) return;
    DiskWriter::Request request;
    request.generation = disk_generation_;
    request.batch.keep_aside = std::move(nodes);
    request.done = [this](Code result, std::uint64_t generation) {
        if (result != Code::ok) tasks_.post([=, this] { disk_was_full(generation); });
    };
    writer_->enqueue(std::move(request));
}

// The next start takes part as a stranger, with nothing that its peers could mistake it for.
void Engine::renew_disk() {
    if (std::exchange(renewing_, true)) return;
    DiskWriter::Request request;
    request.generation = disk_generation_;
    request.batch.identity = identity();
    request.batch.identity->disk = random_disk_id();
    request.done = [this](Code result, std::uint64_t generation) {
        if (result == Code::ok) {
            options_.end(
                "this database is an older copy of one that the other nodes know: it "
                "has a new disk id now, and the daemon ends to start again with it");
        }
        tasks_.post([=, this] {
            renewing_ = false;
            disk_was_full(generation);
        });
    };
    writer_->enqueue(std::move(request));
}

}  // namespace pmx::engine
