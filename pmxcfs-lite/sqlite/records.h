// What the rows hold, and the checksum that each carries.
//
// A checksum is the first 16 bytes of SHA-256 over the table's name, the row's key and its values,
// so that a row that was moved, mixed or changed in any byte is told from one that was written.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "ports/log_store.h"
#include "tree/tree.h"
#include "wire/entry.h"

namespace pmx::sqlite {

using Checksum = std::array<char, 16>;

using pmx::as_bytes;  // of a chain

inline std::string_view as_bytes(const Checksum& checksum) {
    return {checksum.data(), checksum.size()};
}

// Names in the table `record`.
namespace record {
inline constexpr std::string_view identity = "identity";
inline constexpr std::string_view place = "place";
inline constexpr std::string_view promise = "promise";
inline constexpr std::string_view base = "base";
inline constexpr std::string_view floor = "floor";
inline constexpr std::string_view cluster_log = "cluster_log";
inline constexpr std::string_view recovery = "recovery";  // encoded Damage, until confirmed
inline constexpr std::string_view schema = "schema";      // the version, beside user_version
}  // namespace record

// Where the log begins: entries up to here are forgotten.
struct Floor {
    LogIndex index;
    wire::Chain chain{};
};

// Which file the database was written as. A copy is another file.
struct Place {
    std::uint64_t filesystem = 0;
    std::uint64_t inode = 0;
    std::int64_t birth_ns = 0;  // 0 where the filesystem keeps none
    friend bool operator==(const Place&, const Place&) = default;
};

std::string encode(const ports::Identity& identity);
Result<ports::Identity> decode_identity(std::string_view bytes);
std::string encode(const View& view);
Result<View> decode_view(std::string_view bytes);
std::string encode(const Floor& floor);
Result<Floor> decode_floor(std::string_view bytes);
std::string encode(const Place& place);
Result<Place> decode_place(std::string_view bytes);
std::string encode_schema_version(int version);
Result<int> decode_schema_version(std::string_view bytes);

Checksum record_checksum(std::string_view name, std::string_view value);
Checksum inode_checksum(const tree::Node& node);
Checksum rejected_checksum(std::int64_t number, std::string_view change);
Checksum aside_checksum(Inode inode, std::string_view node);
Checksum history_checksum(const ports::HistoryChange& change);

}  // namespace pmx::sqlite
