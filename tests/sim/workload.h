// What callers ask for: saves and reads of a few files that are judged as registers, and now and
// then everything else that a log can carry.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "replica/state_machine.h"
#include "tests/sim/random.h"
#include "tests/support/linearizability.h"
#include "wire/entry.h"

namespace pmx::sim {

struct Call {
    enum class Kind : std::uint8_t { write, remove, read, make_directory, other };
    Kind kind = Kind::other;
    std::string key;
    std::string value;  // of a write
    std::size_t padding = 0;
    std::int64_t called = 0;

    [[nodiscard]] wire::EntryKind entry_kind() const {
        return kind == Kind::read ? wire::EntryKind::barrier : wire::EntryKind::change;
    }
};

// The operation that the call's entry carries; `other` ones are drawn here.
std::string encode_op(const Call& call, Random& random);
// What a file holds, without the padding; "-" when it is not there.
std::string value_in(const tree::Tree& tree, const std::string& key);

class Workload {
  public:
    explicit Workload(Random& random) : random_(random) {}

    Call next();
    Call write(std::string key, std::string value);
    Call read(std::string key);
    Call make_directory(std::string path);
    // The same once more, under another request.
    Call again(Call call);

    // What became of a call.
    void answered(NodeId node, const Call& call, const tree::Outcome& outcome,
                  const tree::Tree& tree);
    void unknown(NodeId node, const Call& call);

    [[nodiscard]] const std::vector<support::Operation>& history() const { return history_; }

  private:
    void record(NodeId node, const Call& call, support::Operation::Kind kind, std::string value,
                bool returned);

    Random& random_;
    std::uint64_t values_ = 0;
    std::int64_t instant_ = 0;  // grows with each call and each answer
    std::vector<support::Operation> history_;
};

}  // namespace pmx::sim
