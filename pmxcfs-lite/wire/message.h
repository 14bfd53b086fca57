// What the members of a group say to each other.
//
//   message  := u8 version, u8 type, view, payload
//   HELLO    := cluster, disk, u64 round, u32 highest_level, last_view, last_index, chain,
//   committed VIEW     := last_view, last_index, chain, committed, string voters ACCEPT   := disk
//   BODY     := request, u32 part, u32 parts, hash, string piece
//   APPEND   := first_index, u32 count, count * (request, u8 inside, draft if inside is 1)
//   DURABLE  := disk, up_to, chain
//
// A view is written as base/bytes.h writes it; a chain and a hash are 32 bytes; `voters` is
// replica/voters.h's encoding; `draft` is a string with wire/draft.h's encoding. The view is the
// one the message is for, and of a HELLO the highest its sender has agreed to follow. A message of
// another version does not decode.
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

inline constexpr std::uint8_t version = 1;

// CPG takes messages of up to 1,047,552 bytes. Ours stay well below, so that a large save does not
// hold up small ones.
inline constexpr std::size_t max_message_bytes = 1'000'000;
inline constexpr std::size_t max_piece_bytes = 256U << 10;
inline constexpr std::size_t max_body_parts =
    (max_op_bytes + max_piece_bytes) / max_piece_bytes;  // of a draft of the largest operation
inline constexpr std::size_t max_append_items = 8192;
inline constexpr std::size_t max_inside_bytes = 64U << 10;  // a draft inside an APPEND
inline constexpr std::size_t max_voters_bytes = 4096;

// Far above what elections can reach in any lifetime, and far from overflow.
inline constexpr std::uint64_t max_view_number = 1ULL << 62;

struct Hello {
    ClusterId cluster;
    DiskId disk;
    std::uint64_t round = 0;
    std::uint32_t highest_level = 1;
    View last_view;
    LogIndex last_index;
    Chain chain{};
    LogIndex committed;
    friend bool operator==(const Hello&, const Hello&) = default;
};

struct ViewProposal {  // VIEW
    View last_view;
    LogIndex last_index;
    Chain chain{};
    LogIndex committed;
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

using Payload = std::variant<Hello, ViewProposal, Accept, Body, Append, Durable>;

struct Message {
    View view;
    Payload payload;
    friend bool operator==(const Message&, const Message&) = default;
};

std::string encode(const Message& message);
// Code::protocol_error whatever is wrong with the bytes.
Result<Message> decode_message(std::string_view bytes);

}  // namespace pmx::wire
