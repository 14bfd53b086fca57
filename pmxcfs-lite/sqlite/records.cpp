#include "sqlite/records.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/sha256.h"

namespace pmx::sqlite {
namespace {

constexpr std::size_t max_node_name_bytes = 255;

template <typename Value>
Result<Value> complete(const ByteReader& reader, Value value, std::string_view what) {
    if (reader.complete()) return value;
    return fail(Code::corrupt, std::string(what) + " does not decode");
}

Checksum first_half(const Sha256& digest) {
    Checksum checksum{};
    std::copy_n(digest.begin(), checksum.size(), checksum.begin());
    return checksum;
}

}  // namespace

std::string encode(const ports::Identity& identity) {
    ByteWriter writer;
    writer.id(identity.cluster);
    writer.id(identity.disk);
    writer.id(identity.node);
    writer.string(identity.node_name);
    writer.u8(static_cast<std::uint8_t>(identity.mode));
    return writer.take();
}

Result<ports::Identity> decode_identity(std::string_view bytes) {
    ByteReader reader(bytes);
    ports::Identity identity;
    identity.cluster = reader.cluster_id();
    identity.disk = reader.disk_id();
    identity.node = reader.node_id();
    identity.node_name = reader.string(max_node_name_bytes);
    const std::uint8_t mode = reader.u8();
    if (mode != static_cast<std::uint8_t>(ports::Mode::one_node) &&
        mode != static_cast<std::uint8_t>(ports::Mode::cluster)) {
        reader.fail();
    }
    identity.mode = static_cast<ports::Mode>(mode);
    return complete(reader, std::move(identity), "the identity");
}

std::string encode(const View& view) {
    ByteWriter writer;
    writer.id(view);
    return writer.take();
}

Result<View> decode_view(std::string_view bytes) {
    ByteReader reader(bytes);
    const View view = reader.view();
    return complete(reader, view, "the promise");
}

std::string encode(const Floor& floor) {
    ByteWriter writer;
    writer.id(floor.index);
    writer.raw(as_bytes(floor.chain));
    return writer.take();
}

Result<Floor> decode_floor(std::string_view bytes) {
    ByteReader reader(bytes);
    Floor floor;
    floor.index = reader.log_index();
    floor.chain = reader.hash();
    return complete(reader, floor, "the log's beginning");
}

std::string encode(const Place& place) {
    ByteWriter writer;
    writer.u64(place.filesystem);
    writer.u64(place.inode);
    writer.i64(place.birth_ns);
    return writer.take();
}

Result<Place> decode_place(std::string_view bytes) {
    ByteReader reader(bytes);
    Place place;
    place.filesystem = reader.u64();
    place.inode = reader.u64();
    place.birth_ns = reader.i64();
    return complete(reader, place, "the file's place");
}

std::string encode_schema_version(int version) {
    ByteWriter writer;
    writer.u32(static_cast<std::uint32_t>(version));
    return writer.take();
}

Result<int> decode_schema_version(std::string_view bytes) {
    ByteReader reader(bytes);
    const auto version = static_cast<int>(reader.u32());
    return complete(reader, version, "the schema's version");
}

Checksum record_checksum(std::string_view name, std::string_view value) {
    ByteWriter key;
    key.string("record");
    key.string(name);
    return first_half(sha256({key.bytes(), value}));
}

Checksum inode_checksum(const tree::Node& node) {
    ByteWriter key;
    const std::uint16_t withheld = to_bits(node.withheld);
    key.string(withheld == 0 ? "inode" : "inode that withholds");
    if (withheld != 0) key.u16(withheld);
    key.id(node.inode);
    key.id(node.parent);
    key.string(node.name);
    key.u8(static_cast<std::uint8_t>(node.kind));
    key.i64(to_ns(node.mtime));
    key.id(node.version);
    key.id(node.writer);
    const std::string_view content = node.content ? std::string_view(*node.content) : "";
    key.u64(content.size());
    return first_half(sha256({key.bytes(), content}));
}

Checksum rejected_checksum(std::int64_t number, std::string_view change) {
    ByteWriter key;
    key.string("rejected");
    key.i64(number);
    return first_half(sha256({key.bytes(), change}));
}

Checksum aside_checksum(Inode inode, std::string_view node) {
    ByteWriter key;
    key.string("aside");
    key.id(inode);
    return first_half(sha256({key.bytes(), node}));
}

Checksum history_checksum(const ports::HistoryChange& history) {
    const tree::Change& change = history.change;
    ByteWriter row;
    const std::uint16_t withheld = to_bits(change.withheld);
    const bool plain = withheld == 0 && !change.closed;
    row.string(plain ? "history" : "history of what withholds");
    if (!plain) {
        row.u16(withheld);
        row.u8(change.closed ? 1 : 0);
    }
    row.id(history.index);
    row.u32(history.ordinal);
    row.u8(static_cast<std::uint8_t>(change.kind));
    row.u8(static_cast<std::uint8_t>(change.node));
    row.id(change.inode);
    row.id(change.parent);
    row.string(change.path);
    row.u64(change.size);
    row.id(change.old_parent);
    row.string(change.old_path);
    row.id(change.replaced);
    return first_half(sha256(row.bytes()));
}

}  // namespace pmx::sqlite
