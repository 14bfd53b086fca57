#include "wire/message.h"

#include <utility>

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
};

Sha256 get_hash(ByteReader& in) {
    Sha256 hash{};
    const std::string_view bytes = in.raw(hash.size());
    for (std::size_t i = 0; i < bytes.size(); ++i)
        hash[i] = static_cast<std::uint8_t>(bytes[i]);
    return hash;
}

View get_view(ByteReader& in) {
    const View view = in.view();
    if (view.number > max_view_number) in.fail();
    return view;
}

void put(ByteWriter& out, const Hello& hello) {
    out.id(hello.cluster);
    out.id(hello.disk);
    out.u64(hello.round);
    out.u32(hello.highest_level);
    out.id(hello.last_view);
    out.id(hello.last_index);
    out.raw(as_bytes(hello.chain));
    out.id(hello.committed);
}

Hello get_hello(ByteReader& in) {
    Hello hello;
    hello.cluster = in.cluster_id();
    hello.disk = in.disk_id();
    hello.round = in.u64();
    hello.highest_level = in.u32();
    hello.last_view = get_view(in);
    hello.last_index = in.log_index();
    hello.chain = get_hash(in);
    hello.committed = in.log_index();
    if (hello.round > max_view_number) in.fail();
    return hello;
}

void put(ByteWriter& out, const ViewProposal& view) {
    out.id(view.last_view);
    out.id(view.last_index);
    out.raw(as_bytes(view.chain));
    out.id(view.committed);
    out.string(view.voters);
}

ViewProposal get_view_proposal(ByteReader& in) {
    ViewProposal view;
    view.last_view = get_view(in);
    view.last_index = in.log_index();
    view.chain = get_hash(in);
    view.committed = in.log_index();
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
    body.hash = get_hash(in);
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
    durable.chain = get_hash(in);
    return durable;
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
    }
    in.fail();
    return {};
}

}  // namespace

std::string encode(const Message& message) {
    ByteWriter out;
    out.u8(version);
    out.u8(static_cast<std::uint8_t>(message.payload.index() + 1));
    out.id(message.view);
    std::visit([&out](const auto& payload) { put(out, payload); }, message.payload);
    PMX_CHECK(out.bytes().size() <= max_message_bytes, "a message over the group's limit");
    return out.take();
}

Result<Message> decode_message(std::string_view bytes) {
    ByteReader in(bytes);
    if (bytes.size() > max_message_bytes || in.u8() != version) {
        return fail(Code::protocol_error, "a message of another version of the protocol");
    }
    const auto type = static_cast<Type>(in.u8());
    Message message;
    message.view = get_view(in);
    message.payload = get_payload(in, type);
    if (!in.complete()) return fail(Code::protocol_error, "these bytes are no message");
    return message;
}

}  // namespace pmx::wire
