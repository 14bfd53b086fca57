// What can be asked of the tree: the operations that the log carries.
//
// An operation names files by Ref, so it means the same on every node at the index where it is
// applied. Whether it succeeds is decided at apply (tree.h), never before.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"

namespace pmx::tree {

inline constexpr Inode root_inode{1};

// The inode `base` itself, or what `path` ("name" or "a/b/c", no leading slash) names below it.
struct Ref {
    Inode base = root_inode;
    std::string path;
    friend bool operator==(const Ref&, const Ref&) = default;
};

// One edit of a file's bytes, applied in order to what the file holds at apply: appends of two
// writers are both kept.
struct Edit {
    enum class Kind : std::uint8_t { write = 1, append = 2, truncate = 3 };
    Kind kind = Kind::write;
    std::uint64_t offset = 0;  // write: where; truncate: the new size; append: 0
    std::string bytes;         // truncate: empty
    friend bool operator==(const Edit&, const Edit&) = default;
};

struct CreateFile {  // an empty one; already_exists when the name is taken
    Ref at;
    friend bool operator==(const CreateFile&, const CreateFile&) = default;
};

struct WriteFile {
    Ref at;
    bool create = false;  // make the file when it is not there; else not_found
    std::vector<Edit> edits;
    std::optional<WallTime> mtime;  // set by the writer (cp -p), else the entry's time
    friend bool operator==(const WriteFile&, const WriteFile&) = default;
};

struct MakeDirectory {  // below priv/lock: takes the lock for the entry's node
    Ref at;
    friend bool operator==(const MakeDirectory&, const MakeDirectory&) = default;
};

struct RemoveFile {
    Ref at;
    friend bool operator==(const RemoveFile&, const RemoveFile&) = default;
};

struct RemoveDirectory {
    Ref at;
    friend bool operator==(const RemoveDirectory&, const RemoveDirectory&) = default;
};

struct Rename {
    Ref from;
    Ref to;
    bool no_replace = false;
    friend bool operator==(const Rename&, const Rename&) = default;
};

// On a lock directory: renewal, by the node that holds it (else access_denied); mtime zero is the
// request to free an expired one, and changes nothing by itself (replica/ orders the expiry).
struct SetTimes {
    Ref at;
    WallTime mtime;
    friend bool operator==(const SetTimes&, const SetTimes&) = default;
};

// Ordered by the leader when a lock went without renewal; nothing when it was renewed since.
struct ExpireLock {
    Inode lock;
    LogIndex renewed_at;  // the lock's version when the leader judged it
    friend bool operator==(const ExpireLock&, const ExpireLock&) = default;
};

struct AppendClusterLog {
    std::string ident;          // program, at most 64 bytes
    std::string user;           // who, at most 64 bytes
    std::uint8_t severity = 6;  // syslog's 0..7
    std::uint32_t pid = 0;
    std::string text;  // one line, at most 4 KiB
    friend bool operator==(const AppendClusterLog&, const AppendClusterLog&) = default;
};

// chmod and chown, as far as they ask for less than the place of the file gives (permissions.h). A
// lock keeps what it has: permission_denied where that would show.
struct SetPermissions {
    Ref at;
    std::optional<std::uint16_t> mode;  // of rwxrwxrwx
    std::optional<bool> root_group;     // else the store's
    friend bool operator==(const SetPermissions&, const SetPermissions&) = default;
};

struct Transaction;

using Op = std::variant<CreateFile, WriteFile, MakeDirectory, RemoveFile, RemoveDirectory, Rename,
                        SetTimes, ExpireLock, AppendClusterLog, SetPermissions, Transaction>;

// Compare and set: the node named must be at this version; index 0: must not exist.
struct Expectation {
    Ref at;
    LogIndex version;
    friend bool operator==(const Expectation&, const Expectation&) = default;
};

// All steps or none; version_mismatch when an expectation is wrong. Steps are plain operations: a
// Transaction inside a Transaction, or an ExpireLock, does not decode.
struct Transaction {
    std::vector<Expectation> expectations;  // judged before the first step; as many as steps
    std::vector<Op> steps;                  // at most max_transaction_steps
    friend bool operator==(const Transaction&, const Transaction&);
};

inline constexpr std::size_t max_transaction_steps = 255;

// The level (replica/base.h) that has to be in force for the operation to be one.
std::uint32_t level_of(const Op& op);

// The bytes an entry carries; the grammar stands in op_codec.cpp.
std::string encode(const Op& op);
// Code::corrupt when the bytes are no operation, whatever they are.
Result<Op> decode_op(std::string_view bytes);

}  // namespace pmx::tree
