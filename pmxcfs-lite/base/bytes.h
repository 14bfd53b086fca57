// Byte codec: how every number and string is laid out on the wire and on disk.
//
// Integers are little-endian and fixed-width; a string is its length as u32 and its bytes. The
// reader never trusts a length: reading past the end makes it fail(), after which every read gives
// zero or empty. Check complete() once, at the end.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/sha256.h"

namespace pmx {

class ByteWriter {
  public:
    void u8(std::uint8_t value) { bytes_.push_back(static_cast<char>(value)); }
    void u16(std::uint16_t value) { integer(value, 2); }
    void u32(std::uint32_t value) { integer(value, 4); }
    void u64(std::uint64_t value) { integer(value, 8); }
    void i64(std::int64_t value) { u64(static_cast<std::uint64_t>(value)); }
    void raw(std::string_view bytes) { bytes_.append(bytes); }
    void raw(std::span<const std::uint8_t> bytes);
    void string(std::string_view bytes);

    void id(NodeId id) { u32(id.value); }
    void id(LogIndex id) { u64(id.value); }
    void id(Inode id) { u64(id.value); }
    void id(Boot id) { u64(id.value); }
    void id(const DiskId& id) { raw(std::span(id.bytes)); }
    void id(const ClusterId& id) { raw(std::span(id.bytes)); }
    void id(const RequestId& id);
    void id(const View& view);

    [[nodiscard]] const std::string& bytes() const { return bytes_; }
    [[nodiscard]] std::string take() { return std::move(bytes_); }

  private:
    void integer(std::uint64_t value, int width);
    std::string bytes_;
};

class ByteReader {
  public:
    // Does not own: `bytes` must outlive the reader.
    explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

    std::uint8_t u8() { return static_cast<std::uint8_t>(integer(1)); }
    std::uint16_t u16() { return static_cast<std::uint16_t>(integer(2)); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(integer(4)); }
    std::uint64_t u64() { return integer(8); }
    std::int64_t i64() { return static_cast<std::int64_t>(integer(8)); }
    std::string_view raw(std::size_t size);
    // Fails when the length is over `limit`.
    std::string_view string(std::size_t limit);

    NodeId node_id() { return NodeId(u32()); }
    LogIndex log_index() { return LogIndex(u64()); }
    Inode inode() { return Inode(u64()); }
    Boot boot() { return Boot(u64()); }
    DiskId disk_id() { return {array16()}; }
    ClusterId cluster_id() { return {array16()}; }
    RequestId request_id();
    View view();
    Sha256 hash();

    void fail() {
        failed_ = true;
        rest_ = {};
    }
    [[nodiscard]] bool failed() const { return failed_; }
    [[nodiscard]] std::size_t remaining() const { return rest_.size(); }
    // All was read, and nothing was missing.
    [[nodiscard]] bool complete() const { return !failed_ && rest_.empty(); }

  private:
    std::uint64_t integer(int width);
    std::array<std::uint8_t, 16> array16();
    std::string_view rest_;
    bool failed_ = false;
};

std::string to_hex(std::span<const std::uint8_t> bytes);

}  // namespace pmx
