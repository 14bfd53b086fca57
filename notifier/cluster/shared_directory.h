// What the nodes of a cluster share of notifications: plain files in priv/notify and claims in
// priv/lock of the configuration directory, which is a mount of the store then.
//
// An interface, so that the rules above it can be tried with nodes that die at any instant.
// Implementations are thread-safe; any call may wait for as long as the mount does.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pmx::notifier {

enum class Quorum : std::uint8_t {
    alone,    // no cluster: a plain directory, or a store of one node
    missing,  // a cluster, but nothing can be written now
    there,
};

// The store's own list of its members.
struct Members {
    Quorum quorum = Quorum::alone;
    std::string self;
    std::map<std::string, bool> online;  // every node of the cluster
};

struct SharedFile {
    std::string name;
    std::int64_t changed_s = 0;  // the same on every node
};

enum class Claim : std::uint8_t {
    ours,
    anothers,  // or nobody's, where it is asked for by renew()
    unknown,   // no quorum, or no answer
};

constexpr std::size_t max_shared_bytes = 256U << 10;

class SharedDirectory {
  public:
    virtual ~SharedDirectory() = default;

    virtual Members members() = 0;
    // Of priv/notify, in the order of names; without what is half written.
    virtual Result<std::vector<SharedFile>> list() = 0;
    // Code::not_found where there is none.
    virtual Result<std::string> read(const std::string& name) = 0;
    // As a whole, or not at all. An error may come although it is written.
    virtual Result<void> write(const std::string& name, std::string_view text) = 0;
    // Empty; Code::already_exists where somebody was first.
    virtual Result<void> create(const std::string& name) = 0;
    virtual Result<void> remove(const std::string& name) = 0;

    // Never ours on two nodes. One that its node has not renewed for 120 s can be had.
    virtual Claim take(const std::string& name) = 0;
    virtual Claim renew(const std::string& name) = 0;
    virtual void let_go(const std::string& name) = 0;
    // Claims that nodes left behind when they died, but those.
    virtual void free_expired(const std::set<std::string>& but) = 0;
};

std::unique_ptr<SharedDirectory> open_shared_directory(std::string config_root);

// What `.members` says; alone where it does not say that there is a cluster.
Members parse_members(std::string_view json);

}  // namespace pmx::notifier
