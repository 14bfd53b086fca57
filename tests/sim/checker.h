// What must hold in every run, whatever fails.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "tests/sim/disk.h"
#include "wire/entry.h"

namespace pmx::sim {

class Checker {
  public:
    explicit Checker(std::size_t nodes) : nodes_(nodes) {}

    // `node` applied the entry; `disks` are those of all nodes.
    void committed(NodeId node, const wire::EntryPtr& entry, const std::vector<const Disk*>& disks);
    void acknowledged(const RequestId& request);
    void refused(const RequestId& request);
    // After the end: nothing acknowledged may be missing from a node's applied log.
    void applied_all(NodeId node, LogIndex applied);

    [[nodiscard]] std::size_t acknowledged_count() const { return acknowledged_.size(); }
    [[nodiscard]] LogIndex highest() const {
        return committed_.empty() ? LogIndex() : committed_.rbegin()->first;
    }
    // What was broken first, in words; nothing: all held.
    [[nodiscard]] const std::optional<std::string>& violation() const { return violation_; }

  private:
    void violated(const std::string& what);

    std::size_t nodes_;
    std::map<LogIndex, wire::EntryPtr> committed_;
    std::map<RequestId, LogIndex> requests_;  // of committed entries
    std::map<RequestId, LogIndex> acknowledged_;
    std::map<RequestId, bool> refused_;
    std::optional<std::string> violation_;
};

}  // namespace pmx::sim
