#include "wire/message.h"

#include <type_traits>
#include <utility>
#include <variant>

#include "base/bytes.h"
#include "base/check.h"

namespace pmx::wire {
namespace {

// One past the index in Payload; values are on the wire: never renumber.
enum class Type : std::uint8_t {
    hello = 1,
    view = 2,
    accept = 3,
    body = 4,
    append = 5,
    durable = 6,
    fetch = 7,
    piece = 8,
    digest = 9,
};

template <std::size_t number, typename Contents, typename Variant>
constexpr bool is_number =
    std::is_same_v<std::variant_alternative_t<number - 1, Variant>, Contents>;
template <Type type, typename Contents>
constexpr bool has_number = is_number<static_cast<std::size_t>(type), Contents, Payload>;
static_assert(std::variant_size_v<Payload> == static_cast<std::size_t>(Type::digest));
static_assert(has_number<Type::hello, Hello> && has_number<Type::view, ViewProposal> &&
              has_number<Type::accept, Accept> && has_number<Type::body, Body> &&
              has_number<Type::append, Append> && has_number<Type::durable, Durable> &&
              has_number<Type::fetch, Fetch> && has_number<Type::piece, Piece> &&
              has_number<Type::digest, Digest>);

// So are the numbers of what is fetched, and of what a piece holds.
using Fetched = decltype(Fetch::what);
static_assert(std::variant_size_v<Fetched> == 3 && is_number<1, FetchEntries, Fetched> &&
              is_number<2, FetchOutline, Fetched> && is_number<3, FetchNodes, Fetched>);
using Held = decltype(Piece::what);
static_assert(std::variant_size_v<Held> == 4 && is_number<1, EntriesPiece, Held> &&
              is_number<2, OutlinePiece, Held> && is_number<3, NodesPiece, Held> &&
              is_number<4, FetchRefusal, Held>);

View get_view(ByteReader& in) {
    const View view = in.view();
    if (view.number > max_view_number || view.era.count > max_view_number) in.fail();
    return view;
}

void put(ByteWriter& out, const Hello& hello) {
    out.id(hello.cluster);
    out.id(hello.disk);
    out.u8(hello.lowest_version);
    out.u8(hello.highest_version);
    out.string(hello.node_name);
    out.id(hello.boot);
    out.u64(hello.round);
    out.u32(hello.highest_level);
    out.id(hello.last_view);
    out.id(hello.last_index);
    out.raw(as_bytes(hello.chain));
    out.id(hello.committed);
    out.u8(static_cast<std::uint8_t>((hello.steady ? 1U : 0U) | (hello.forces_quorum ? 2U : 0U) |
                                     (hello.damaged ? 4U : 0U) | (hello.knows_level ? 8U : 0U)));
    out.string(hello.voters);
    out.u32(static_cast<std::uint32_t>(hello.seen.size()));
    for (const Hello::Seen& seen : hello.seen) {
        out.id(seen.node);
        out.id(seen.disk);
        out.id(seen.boot);
        out.id(seen.promise);
        out.id(seen.last_view);
        out.id(seen.last_index);
    }
}

bool get_flag(ByteReader& in) {
    const std::uint8_t flag = in.u8();
    if (flag > 1) in.fail();
    return flag == 1;
}

Introduction get_introduction(ByteReader& in) {
    Introduction introduction;
    introduction.cluster = in.cluster_id();
    introduction.disk = in.disk_id();
    introduction.lowest_version = in.u8();
    introduction.highest_version = in.u8();
    introduction.node_name = in.string(max_node_name_bytes);
    return introduction;
}

Hello get_hello(ByteReader& in) {
    Introduction introduction = get_introduction(in);
    Hello hello;
    hello.cluster = introduction.cluster;
    hello.disk = introduction.disk;
    hello.lowest_version = introduction.lowest_version;
    hello.highest_version = introduction.highest_version;
    hello.node_name = std::move(introduction.node_name);
    hello.boot = in.boot();
    hello.round = in.u64();
    hello.highest_level = in.u32();
    hello.last_view = get_view(in);
    hello.last_index = in.log_index();
    hello.chain = in.hash();
    hello.committed = in.log_index();
    const std::uint8_t flags = in.u8();
    if (flags > 15) in.fail();
    hello.steady = (flags & 1U) != 0;
    hello.forces_quorum = (flags & 2U) != 0;
    hello.damaged = (flags & 4U) != 0;
    hello.knows_level = (flags & 8U) != 0;
    hello.voters = in.string(max_voters_bytes);
    const std::uint32_t count = in.u32();
    if (hello.round > max_view_number || count > max_seen) in.fail();
    for (std::uint32_t i = 0; i < count && !in.failed(); ++i) {
        Hello::Seen seen;
        seen.node = in.node_id();
        seen.disk = in.disk_id();
        seen.boot = in.boot();
        seen.promise = get_view(in);
        seen.last_view = get_view(in);
        seen.last_index = in.log_index();
        hello.seen.push_back(seen);
    }
    return hello;
}

void put(ByteWriter& out, const ViewProposal& view) {
    out.id(view.cluster);
    out.id(view.last_view);
    out.id(view.last_index);
    out.raw(as_bytes(view.chain));
    out.id(view.committed);
    out.u8(view.founds_era ? 1 : 0);
    out.string(view.voters);
}

ViewProposal get_view_proposal(ByteReader& in) {
    ViewProposal view;
    view.cluster = in.cluster_id();
    view.last_view = get_view(in);
    view.last_index = in.log_index();
    view.chain = in.hash();
    view.committed = in.log_index();
    view.founds_era = get_flag(in);
    view.voters = in.string(max_voters_bytes);
    return view;
}

void put(ByteWriter& out, const Accept& accept) {
    out.id(accept.disk);
}

void put(ByteWriter& out, const Body& body) {
    out.id(body.request);
    out.u32(body.part);
    out.u32(body.parts);
    out.raw(as_bytes(body.hash));
    out.string(body.piece);
}

Body get_body(ByteReader& in) {
    Body body;
    body.request = in.request_id();
    body.part = in.u32();
    body.parts = in.u32();
    body.hash = in.hash();
    body.piece = in.string(max_piece_bytes);
    if (body.parts == 0 || body.parts > max_body_parts || body.part >= body.parts) in.fail();
    return body;
}

void put(ByteWriter& out, const Append& append) {
    out.id(append.first);
    out.u32(static_cast<std::uint32_t>(append.items.size()));
    for (const Append::Item& item : append.items) {
        out.id(item.request);
        out.u8(item.body ? 1 : 0);
        if (item.body) out.string(*item.body);
    }
}

Append get_append(ByteReader& in) {
    Append append;
    append.first = in.log_index();
    const std::uint32_t count = in.u32();
    if (count == 0 || count > max_append_items) in.fail();
    for (std::uint32_t i = 0; i < count && !in.failed(); ++i) {
        Append::Item item;
        item.request = in.request_id();
        const std::uint8_t inside = in.u8();
        if (inside > 1) in.fail();
        if (inside == 1) item.body = in.string(max_inside_bytes);
        append.items.push_back(std::move(item));
    }
    return append;
}

void put(ByteWriter& out, const Durable& durable) {
    out.id(durable.disk);
    out.id(durable.up_to);
    out.raw(as_bytes(durable.chain));
}

Durable get_durable(ByteReader& in) {
    Durable durable;
    durable.disk = in.disk_id();
    durable.up_to = in.log_index();
    durable.chain = in.hash();
    return durable;
}

// Catching up -------------------------------------------------------------------------------------

void put_what(ByteWriter& out, const FetchEntries& entries) {
    out.id(entries.after);
    out.raw(as_bytes(entries.chain));
    out.u32(entries.offset);
}

void put_what(ByteWriter& out, const FetchOutline& outline) {
    out.id(outline.snapshot);
    out.u32(outline.offset);
}

void put_what(ByteWriter& out, const FetchNodes& nodes) {
    out.id(nodes.snapshot);
    out.u32(nodes.offset);
    out.u32(static_cast<std::uint32_t>(nodes.inodes.size()));
    for (const Inode inode : nodes.inodes)
        out.id(inode);
}

void put_what(ByteWriter& out, const EntriesPiece& entries) {
    out.id(entries.first);
    out.u32(entries.offset);
    out.id(entries.last);
    out.id(entries.committed);
    out.string(entries.bytes);
}

void put_what(ByteWriter& out, const OutlinePiece& outline) {
    out.id(outline.snapshot);
    out.u32(outline.offset);
    out.u32(outline.total);
    out.string(outline.bytes);
}

void put_what(ByteWriter& out, const NodesPiece& nodes) {
    out.id(nodes.snapshot);
    out.u32(nodes.offset);
    out.string(nodes.bytes);
}

void put_what(ByteWriter& out, FetchRefusal refusal) {
    out.u8(static_cast<std::uint8_t>(refusal));
}

// One past the index in the variant, as for messages.
template <typename What>
void put_kind(ByteWriter& out, const What& what) {
    out.u8(static_cast<std::uint8_t>(what.index() + 1));
    std::visit([&out](const auto& alternative) { put_what(out, alternative); }, what);
}

void put(ByteWriter& out, const Fetch& fetch) {
    out.id(fetch.from);
    out.u64(fetch.number);
    put_kind(out, fetch.what);
}

void put(ByteWriter& out, const Piece& piece) {
    out.id(piece.to);
    out.u64(piece.number);
    put_kind(out, piece.what);
}

FetchNodes get_fetched_nodes(ByteReader& in) {
    FetchNodes nodes;
    nodes.snapshot = in.log_index();
    nodes.offset = in.u32();
    const std::uint32_t count = in.u32();
    if (count == 0 || count > max_fetched_inodes) in.fail();
    for (std::uint32_t i = 0; i < count && !in.failed(); ++i)
        nodes.inodes.push_back(in.inode());
    return nodes;
}

Fetch get_fetch(ByteReader& in) {
    Fetch fetch;
    fetch.from = in.node_id();
    fetch.number = in.u64();
    const std::uint8_t kind = in.u8();
    if (kind == 1) {
        FetchEntries entries;
        entries.after = in.log_index();
        entries.chain = in.hash();
        entries.offset = in.u32();
        fetch.what = entries;
    } else if (kind == 2) {
        FetchOutline outline;
        outline.snapshot = in.log_index();
        outline.offset = in.u32();
        fetch.what = outline;
    } else if (kind == 3) {
        fetch.what = get_fetched_nodes(in);
    } else {
        in.fail();
    }
    return fetch;
}

FetchRefusal get_refusal(ByteReader& in) {
    const std::uint8_t refusal = in.u8();
    if (refusal < 1 || refusal > static_cast<std::uint8_t>(FetchRefusal::busy)) in.fail();
    return static_cast<FetchRefusal>(refusal);
}

Piece get_piece(ByteReader& in) {
    Piece piece;
    piece.to = in.node_id();
    piece.number = in.u64();
    const std::uint8_t kind = in.u8();
    if (kind == 1) {
        EntriesPiece entries;
        entries.first = in.log_index();
        entries.offset = in.u32();
        entries.last = in.log_index();
        entries.committed = in.log_index();
        entries.bytes = in.string(max_fetched_bytes);
        piece.what = std::move(entries);
    } else if (kind == 2) {
        OutlinePiece outline;
        outline.snapshot = in.log_index();
        outline.offset = in.u32();
        outline.total = in.u32();
        outline.bytes = in.string(max_fetched_bytes);
        piece.what = std::move(outline);
    } else if (kind == 3) {
        NodesPiece nodes;
        nodes.snapshot = in.log_index();
        nodes.offset = in.u32();
        nodes.bytes = in.string(max_fetched_bytes);
        piece.what = std::move(nodes);
    } else if (kind == 4) {
        piece.what = get_refusal(in);
    } else {
        in.fail();
    }
    return piece;
}

void put(ByteWriter& out, const Digest& digest) {
    out.id(digest.disk);
    out.id(digest.index);
    out.raw(as_bytes(digest.digest));
}

Digest get_digest(ByteReader& in) {
    Digest digest;
    digest.disk = in.disk_id();
    digest.index = in.log_index();
    digest.digest = in.hash();
    return digest;
}

Payload get_payload(ByteReader& in, Type type) {
    switch (type) {
        case Type::hello:
            return get_hello(in);
        case Type::view:
            return get_view_proposal(in);
        case Type::accept:
            return Accept{in.disk_id()};
        case Type::body:
            return get_body(in);
        case Type::append:
            return get_append(in);
        case Type::durable:
            return get_durable(in);
        case Type::fetch:
            return get_fetch(in);
        case Type::piece:
            return get_piece(in);
        case Type::digest:
            return get_digest(in);
    }
    in.fail();
    return {};
}

}  // namespace

std::string encode(const Message& message) {
    ByteWriter out;
    out.u8(highest_version);
    out.u8(static_cast<std::uint8_t>(message.payload.index() + 1));
    out.id(message.view);
    std::visit([&out](const auto& payload) { put(out, payload); }, message.payload);
    PMX_CHECK(out.bytes().size() <= max_message_bytes, "a message over the group's limit");
    return out.take();
}

Result<Message> decode_message(std::string_view bytes) {
    ByteReader in(bytes);
    const std::uint8_t version = in.u8();
    if (bytes.size() > max_message_bytes || version < lowest_version || version > highest_version) {
        return fail(Code::protocol_error, "a message of another version of the protocol");
    }
    const auto type = static_cast<Type>(in.u8());
    Message message;
    message.view = get_view(in);
    message.payload = get_payload(in, type);
    if (!in.complete()) return fail(Code::protocol_error, "these bytes are no message");
    return message;
}

std::optional<Introduction> introduction(std::string_view bytes) {
    ByteReader in(bytes);
    in.u8();
    if (static_cast<Type>(in.u8()) != Type::hello) return std::nullopt;
    (void)in.view();
    Introduction introduction = get_introduction(in);
    if (in.failed()) return std::nullopt;
    return introduction;
}

}  // namespace pmx::wire
