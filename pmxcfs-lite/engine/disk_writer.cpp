#include "engine/disk_writer.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/check.h"
#include "base/log.h"

namespace pmx::engine {
namespace {

// A transaction of more than this makes its first caller wait noticeably longer.
constexpr std::size_t max_transaction_entries = 512;

// A cut says where the appends behind it begin, a checkpoint and a snapshot which entries are
// before it, so they open a transaction; a promise only grows, and appends follow each other.
bool can_follow(const DiskWriter::Request& request) {
    const ports::WriteBatch& batch = request.batch;
    return !request.prepare && !batch.identity && !batch.install && !batch.cut_after &&
           !batch.checkpoint && !batch.forget_up_to;
}

template <typename Value>
void move_behind(std::vector<Value>& into, std::vector<Value>& values) {
    into.insert(into.end(), std::make_move_iterator(values.begin()),
                std::make_move_iterator(values.end()));
}

void merge(ports::WriteBatch& into, ports::WriteBatch&& batch) {
    if (batch.promise) into.promise = batch.promise;
    move_behind(into.reject, batch.reject);
    move_behind(into.no_longer_rejected, batch.no_longer_rejected);
    move_behind(into.keep_aside, batch.keep_aside);
    move_behind(into.append, batch.append);
}

}  // namespace

DiskWriter::DiskWriter(ports::LogStore& store, const Clock& clock, HistoryLimits limits,
                       std::function<void(const Error&)> fatal)
    : store_(store), clock_(clock), limits_(limits), fatal_(std::move(fatal)), thread_([this] {
          run();
      }) {}

DiskWriter::~DiskWriter() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void DiskWriter::enqueue(Request request) {
    {
        const std::lock_guard lock(mutex_);
        queue_.push_back(std::move(request));
    }
    wake_.notify_one();
}

void DiskWriter::run() {
    for (;;) {
        std::deque<Request> requests = next_transaction();
        if (requests.empty()) return;
        if (requests.front().generation < generation_) {
            refuse(std::move(requests));
        } else if (prepared(requests.front())) {
            write(std::move(requests));
        }
    }
}

bool DiskWriter::prepared(Request& request) const {
    if (!request.prepare) return true;
    const Result<void> prepared = request.prepare(request.batch);
    if (prepared) return true;
    log::error(prepared.error().message());
    request.done(prepared.error().code(), generation_);
    return false;
}

std::deque<DiskWriter::Request> DiskWriter::next_transaction() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    std::deque<Request> requests;
    std::size_t entries = 0;
    const auto fits = [&](const Request& request) {
        if (requests.empty()) return true;
        // On a full disk a removal must not fail with what is written beside it.
        if (store_.short_of_room()) return false;
        return !requests.front().prepare && can_follow(request) &&
               request.generation == requests.front().generation;
    };
    while (!queue_.empty() && entries <= max_transaction_entries && fits(queue_.front())) {
        entries += queue_.front().batch.append.size();
        requests.push_back(std::move(queue_.front()));
        queue_.pop_front();
    }
    return requests;
}

void DiskWriter::write(std::deque<Request> requests) {
    ports::WriteBatch batch = std::move(requests.front().batch);
    for (std::size_t i = 1; i < requests.size(); ++i)
        merge(batch, std::move(requests[i].batch));
    if (batch.checkpoint) {
        auto beyond = store_.beyond(limits_.max_bytes, clock_.wall() - limits_.max_age);
        if (!beyond) end(beyond.error());
        batch.forget_up_to = std::min(*beyond, batch.checkpoint->base.index);
    }
    const Result<void> written = store_.write(batch);
    if (!written && written.error().code() != Code::no_space) {
        end(written.error());
    }
    if (!written) {
        if (!full_.exchange(true)) {
            log::error("saves fail with ENOSPC, the disk under the state directory is full: " +
                       written.error().message());
        }
        // Nothing that is queued builds on a checkpoint.
        if (!batch.checkpoint || !batch.append.empty()) ++generation_;
        refuse(std::move(requests));
        return;
    }
    if (!store_.short_of_room() && full_.exchange(false)) {
        log::notice("the disk has space again, saves succeed");
    }
    for (Request& request : requests)
        request.done(Code::ok, generation_);
}

void DiskWriter::end(const Error& error) {
    fatal_(error);
    PMX_CHECK(false, "the daemon went on after its disk failed");
}

void DiskWriter::refuse(std::deque<Request> requests) {
    for (Request& request : requests)
        request.done(Code::no_space, generation_);
}

}  // namespace pmx::engine
