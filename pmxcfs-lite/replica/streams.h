// What FETCH and PIECE carry, as streams of bytes that are cut into pieces anywhere.
//
//   entries := (string entry, chain)*       in index order
//   nodes   := (string node)*               tree::encode(), in the order asked for
//   outline := string base, string cluster_log, u32 count, count * (inode, digest)
//
// Whoever sends keeps nothing between two pieces: the one who fetches says from where on.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/sha256.h"
#include "replica/base.h"
#include "replica/log.h"
#include "tree/cluster_log.h"
#include "tree/tree.h"
#include "wire/entry.h"

namespace pmx::replica {

// Up to `limit` bytes of what `item(i)` gives for i from 0 on, the first `offset` left out; `item`
// gives nothing at the end.
std::string cut_stream(std::uint32_t offset, std::size_t limit,
                       const std::function<std::optional<std::string>(std::size_t)>& item);

std::string entry_item(const wire::Entry& entry);
std::string node_item(const tree::Node& node);

// Puts pieces of a stream together; what it gives is in the order of the stream.
class StreamReader {
  public:
    // The item that the next piece must continue has this many bytes here already.
    [[nodiscard]] std::uint32_t offset() const { return static_cast<std::uint32_t>(rest_.size()); }
    void add(std::string_view bytes) { rest_ += bytes; }
    void clear() { rest_.clear(); }
    // The next whole one; Code::busy when more bytes are needed, Code::corrupt when they are none.
    Result<wire::Entry> next_entry();
    Result<tree::Node> next_node();

  private:
    // Its bytes and `extra` bytes behind it are taken off the front.
    Result<std::pair<std::string, std::string>> next_item(std::size_t limit, std::size_t extra);
    std::string rest_;
};

struct Outline {
    Base base;
    tree::ClusterLog cluster_log;
    std::vector<std::pair<Inode, Sha256>> inodes;  // sorted
};

// Of the state machine at `base`.
std::string encode_outline(const Base& base, const tree::Tree& tree);
Result<Outline> decode_outline(std::string_view bytes);
inline constexpr std::size_t max_outline_bytes = 96U << 20;

}  // namespace pmx::replica
