// .problems: what is wrong in the files whose format is known, and what this node could not put
// into effect. The former is said in the journal when such a file is committed, and computed anew
// for a reader only when one of them has changed.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "fuse/worker.h"
#include "ports/invalidator.h"
#include "ports/store.h"

namespace pmx::fuse {

class ProblemBoard {
  public:
    explicit ProblemBoard(const ports::Store& store) : store_(store) {}

    // One line a problem; empty when all is well.
    [[nodiscard]] std::string text() const;
    // Never waits: what is committed is checked on a thread of its own.
    void committed(const ports::Committed& committed);
    // Nothing is checked from here on.
    void stop() { worker_.stop(); }

  private:
    struct Text {
        tree::Content content;
        bool closed = false;  // to those who read this board
        friend bool operator==(const Text&, const Text&) = default;
    };
    using Texts = std::map<std::string, Text>;
    [[nodiscard]] Texts known_files() const;
    void report(const std::string& path, LogIndex index) const;

    const ports::Store& store_;
    mutable std::mutex mutex_;
    mutable Texts checked_;  // what the text below is about
    mutable std::string text_;
    Worker worker_;
};

}  // namespace pmx::fuse
