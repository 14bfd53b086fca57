// How far a member that lacks something has come in fetching it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "replica/streams.h"
#include "tree/tree.h"
#include "wire/entry.h"

namespace pmx::replica {

struct Fetching {
    enum class Stage : std::uint8_t {
        idle,
        entries,  // the tail of the log
        outline,  // what a snapshot is made of
        nodes,    // those of it that we do not have
    };
    // Without an answer for so long: asked again. A donor that is busy: asked again after a while.
    static constexpr std::chrono::milliseconds patience{1'000};
    static constexpr std::chrono::milliseconds pause{200};
    // Then whoever should answer is taken for hung.
    static constexpr unsigned max_unanswered = 3;

    Stage stage = Stage::idle;
    std::uint64_t number = 0;             // of the last FETCH, in this daemon run
    bool awaiting = false;                // its answer
    unsigned unanswered = 0;              // FETCHes, since the last answer
    std::optional<MonotonicTime> ask_at;  // again, or for the first time

    // entries: the place behind which the stream goes on.
    LogIndex after;
    wire::Chain chain{};
    LogIndex target;  // the donor's last entry

    StreamReader stream;

    // outline, nodes
    LogIndex snapshot;
    std::string outline_bytes;
    std::uint32_t outline_total = 0;
    std::optional<Outline> outline;
    std::vector<Inode> missing;  // sorted
    std::size_t position = 0;    // the next of them
    // Fetched once, perhaps for an earlier snapshot: what has the right digest is not fetched
    // again.
    std::map<Inode, tree::Node> nodes;

    void begin(Stage next) {
        stage = next;
        awaiting = false;
        ask_at.reset();
        stream.clear();
        outline_bytes.clear();
        outline_total = 0;
        outline.reset();
        missing.clear();
        position = 0;
        snapshot = LogIndex();
    }
};

}  // namespace pmx::replica
