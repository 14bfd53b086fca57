// What the members of a group say to each other.
//
//   message  := u8 version, u8 type, view, payload
//   HELLO    := cluster, disk, u8 lowest_version, u8 highest_version, string node_name, boot,
//               u64 round, u32 highest_level, last_view, last_index, chain, committed, u8 flags,
//               u32 count, count * (node, disk, boot, promise, last_view, last_index)
//   VIEW     := cluster, last_view, last_index, chain, committed, u8 founds_era, string voters
//   ACCEPT   := disk
//   BODY     := request, u32 part, u32 parts, hash, string piece
//   APPEND   := first_index, u32 count, count * (request, u8 inside, draft if inside is 1)
//   DURABLE  := disk, up_to, chain
//   FETCH    := from, u64 number, u8 kind, (entries | outline | nodes)
//     entries := after, chain, u32 offset
//     outline := snapshot index, u32 offset
//     nodes   := snapshot index, u32 offset, u32 count, count * inode
//   PIECE    := to, u64 number, u8 kind, (entries | outline | nodes | u8 refusal)
//     entries := first, u32 offset, last, committed, string bytes
//     outline := snapshot index, u32 offset, u32 total, string bytes
//     nodes   := snapshot index, u32 offset, string bytes
//   DIGEST   := disk, index, digest
//
// A view is written as base/bytes.h writes it; a chain, a hash and a digest are 32 bytes; `voters`
// is replica/voters.h's encoding; `draft` is a string with wire/draft.h's encoding. The view is the
// one the message is for, and of a HELLO the highest its sender has agreed to follow. Every version
// keeps the header and the first five fields of a HELLO: so a node that speaks none of our versions
// can be told from noise, and named.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/sha256.h"
#include "wire/entry.h"

namespace pmx::wire {

inline constexpr std::uint8_t lowest_version = 1;
inline constexpr std::uint8_t highest_version = 1;

// CPG takes messages of up to 1,047,552 bytes. Ours stay well below, so that a large save does not
// hold up small ones.
inline constexpr std::size_t max_message_bytes = 1'000'000;
inline constexpr std::size_t max_piece_bytes = 256U << 10;
inline constexpr std::size_t max_body_parts =
    (max_op_bytes + max_piece_bytes) / max_piece_bytes;  // of a draft of the largest operation
inline constexpr std::size_t max_append_items = 8192;
inline constexpr std::size_t max_inside_bytes = 64U << 10;  // a draft inside an APPEND
inline constexpr std::size_t max_voters_bytes = 4096;
inline constexpr std::size_t max_seen = 64;  // as many as there may be voters
inline constexpr std::size_t max_node_name_bytes = 64;
inline constexpr std::size_t max_fetched_bytes = 64U << 10;  // in one PIECE
inline constexpr std::size_t max_fetched_inodes = 1024;      // asked for in one FETCH

// Of views and of eras: far above what elections can reach in any lifetime, and far from overflow.
inline constexpr std::uint64_t max_view_number = 1ULL << 62;

struct Hello {
    // What the sender last heard of another member's disk, from that daemon run. Who says less than
    // that of itself in another run has an old copy of the disk.
    struct Seen {
        NodeId node;
        DiskId disk;
        Boot boot;
        View promise;
        View last_view;
        LogIndex last_index;
        friend bool operator==(const Seen&, const Seen&) = default;
    };
    ClusterId cluster;  // all zero: of a new database
    DiskId disk;
    std::uint8_t lowest_version = wire::lowest_version;
    std::uint8_t highest_version = wire::highest_version;
    std::string node_name;
    Boot boot;
    std::uint64_t round = 0;
    std::uint32_t highest_level = 1;
    View last_view;
    LogIndex last_index;
    Chain chain{};
    LogIndex committed;
    // In step in an open view since its daemon started, and quorate since without a break: it may
    // go on in an era of its own.
    bool steady = false;         // flag 1
    bool forces_quorum = false;  // flag 2: the administrator said that those present go on
    bool damaged = false;        // flag 4: its tree differs from the majority's; it cannot lead
    bool knows_level = true;     // flag 8: its program knows the level that its log puts in force
    std::string voters;          // in force by its own log
    std::vector<Seen> seen;
    friend bool operator==(const Hello&, const Hello&) = default;
};

// Of a HELLO in any version of the protocol.
struct Introduction {
    ClusterId cluster;
    DiskId disk;
    std::uint8_t lowest_version = 0;
    std::uint8_t highest_version = 0;
    std::string node_name;
};

struct ViewProposal {  // VIEW
    ClusterId cluster;
    View last_view;
    LogIndex last_index;
    Chain chain{};
    LogIndex committed;
    bool founds_era = false;  // for fewer than a majority: opens when each of `voters` accepted
    std::string voters;
    friend bool operator==(const ViewProposal&, const ViewProposal&) = default;
};

struct Accept {
    DiskId disk;
    friend bool operator==(const Accept&, const Accept&) = default;
};

struct Body {
    RequestId request;
    std::uint32_t part = 0;  // from 0
    std::uint32_t parts = 1;
    Sha256 hash{};  // of all parts together
    std::string piece;
    friend bool operator==(const Body&, const Body&) = default;
};

struct Append {
    struct Item {
        RequestId request;                // all zero for what the leader itself orders
        std::optional<std::string> body;  // an encoded draft; else it came as BODY
        friend bool operator==(const Item&, const Item&) = default;
    };
    LogIndex first;
    std::vector<Item> items;
    friend bool operator==(const Append&, const Append&) = default;
};

struct Durable {
    DiskId disk;
    LogIndex up_to;
    Chain chain{};
    friend bool operator==(const Durable&, const Durable&) = default;
};

struct FetchEntries {  // a stream of the entries after `after`, from byte `offset` of it on
    LogIndex after;
    Chain chain{};  // at `after`: the one asked must have the same
    std::uint32_t offset = 0;
    friend bool operator==(const FetchEntries&, const FetchEntries&) = default;
};
struct FetchOutline {   // of a snapshot
    LogIndex snapshot;  // 0: of a new one
    std::uint32_t offset = 0;
    friend bool operator==(const FetchOutline&, const FetchOutline&) = default;
};
struct FetchNodes {  // a stream of these inodes, in this order, from byte `offset` of it on
    LogIndex snapshot;
    std::uint32_t offset = 0;
    std::vector<Inode> inodes;
    friend bool operator==(const FetchNodes&, const FetchNodes&) = default;
};
// What is missing, asked of one member, who answers with PIECE. Number pairs the two.
struct Fetch {
    NodeId from;
    std::uint64_t number = 0;
    std::variant<FetchEntries, FetchOutline, FetchNodes> what;
    friend bool operator==(const Fetch&, const Fetch&) = default;
};

// replica/streams.h says what the streams are made of.
struct EntriesPiece {
    LogIndex first;  // whose bytes from `offset` on these are, followed by later entries
    std::uint32_t offset = 0;
    LogIndex last;       // of the sender's log, as far as it has multicast it
    LogIndex committed;  // as the sender knows it
    std::string bytes;
    friend bool operator==(const EntriesPiece&, const EntriesPiece&) = default;
};
struct OutlinePiece {
    LogIndex snapshot;
    std::uint32_t offset = 0;
    std::uint32_t total = 0;  // bytes of the whole
    std::string bytes;
    friend bool operator==(const OutlinePiece&, const OutlinePiece&) = default;
};
struct NodesPiece {
    LogIndex snapshot;
    std::uint32_t offset = 0;
    std::string bytes;
    friend bool operator==(const NodesPiece&, const NodesPiece&) = default;
};
enum class FetchRefusal : std::uint8_t {
    cut_off = 1,      // the entries are not in the log any more: take a snapshot
    other_chain = 2,  // this log never had them
    no_snapshot = 3,  // none of this index is kept: start over
    busy = 4,         // ask again later
};
struct Piece {
    NodeId to;
    std::uint64_t number = 0;
    std::variant<EntriesPiece, OutlinePiece, NodesPiece, FetchRefusal> what;
    friend bool operator==(const Piece&, const Piece&) = default;
};

struct Digest {  // of the tree at the index
    DiskId disk;
    LogIndex index;
    Sha256 digest{};
    friend bool operator==(const Digest&, const Digest&) = default;
};

using Payload =
    std::variant<Hello, ViewProposal, Accept, Body, Append, Durable, Fetch, Piece, Digest>;

struct Message {
    View view;
    Payload payload;
    friend bool operator==(const Message&, const Message&) = default;
};

std::string encode(const Message& message);
// Code::protocol_error whatever is wrong with the bytes; of a version not spoken here, too.
Result<Message> decode_message(std::string_view bytes);
// What a HELLO says of its sender, whatever its version; nothing when it is no HELLO.
std::optional<Introduction> introduction(std::string_view bytes);

}  // namespace pmx::wire
