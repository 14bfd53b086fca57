#include "base/bytes.h"

#include <algorithm>
#include <limits>

#include "base/check.h"

namespace pmx {

void ByteWriter::integer(std::uint64_t value, int width) {
    for (int i = 0; i < width; ++i) {
        bytes_.push_back(static_cast<char>(value & 0xff));
        value >>= 8;
    }
}

void ByteWriter::raw(std::span<const std::uint8_t> bytes) {
    bytes_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

void ByteWriter::string(std::string_view bytes) {
    PMX_CHECK(bytes.size() <= std::numeric_limits<std::uint32_t>::max(), "string over 4 GiB");
    u32(static_cast<std::uint32_t>(bytes.size()));
    raw(bytes);
}

void ByteWriter::id(const RequestId& id_value) {
    id(id_value.node);
    id(id_value.boot);
    u64(id_value.sequence);
}

void ByteWriter::id(const View& view) {
    u64(view.era.count);
    id(view.era.founder);
    u64(view.number);
    id(view.leader);
}

std::string_view ByteReader::raw(std::size_t size) {
    if (size > rest_.size()) {
        fail();
        return {};
    }
    std::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
}

std::string_view ByteReader::string(std::size_t limit) {
    std::uint32_t size = u32();
    if (size > limit) {
        fail();
        return {};
    }
    return raw(size);
}

std::uint64_t ByteReader::integer(int width) {
    std::string_view bytes = raw(static_cast<std::size_t>(width));
    std::uint64_t value = 0;
    for (std::size_t i = bytes.size(); i > 0; --i) {
        value = value << 8 | static_cast<std::uint8_t>(bytes[i - 1]);
    }
    return value;
}

std::array<std::uint8_t, 16> ByteReader::array16() {
    std::array<std::uint8_t, 16> array{};
    std::string_view bytes = raw(array.size());
    std::copy(bytes.begin(), bytes.end(), array.begin());
    return array;
}

RequestId ByteReader::request_id() {
    RequestId id;
    id.node = node_id();
    id.boot = boot();
    id.sequence = u64();
    return id;
}

View ByteReader::view() {
    View view;
    view.era.count = u64();
    view.era.founder = disk_id();
    view.number = u64();
    view.leader = node_id();
    return view;
}

Sha256 ByteReader::hash() {
    Sha256 hash{};
    const std::string_view bytes = raw(hash.size());
    std::copy(bytes.begin(), bytes.end(), hash.begin());
    return hash;
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (std::uint8_t byte : bytes) {
        text.push_back(digits[byte >> 4]);
        text.push_back(digits[byte & 15]);
    }
    return text;
}

}  // namespace pmx
