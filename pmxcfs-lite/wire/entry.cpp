// entry  := index view u8 kind, request, draft_head op
// draft  := u8 kind, draft_head op
// draft_head := i64 time in ns, u32 uid, u32 login_uid, u32 pid, string program
// op     := string
#include "wire/entry.h"

#include "base/bytes.h"
#include "base/check.h"
#include "wire/draft.h"

namespace pmx::wire {
namespace {

void put_kind(ByteWriter& out, EntryKind kind) {
    out.u8(static_cast<std::uint8_t>(kind));
}

EntryKind get_kind(ByteReader& in) {
    const std::uint8_t kind = in.u8();
    if (kind < static_cast<std::uint8_t>(EntryKind::change) ||
        kind > static_cast<std::uint8_t>(EntryKind::level)) {
        in.fail();
    }
    return static_cast<EntryKind>(kind);
}

void put_op_size(ByteWriter& out, const std::string& op) {
    PMX_CHECK(op.size() <= max_op_bytes, "an operation over the limit");
    out.u32(static_cast<std::uint32_t>(op.size()));
}

// All of the entry's encoding but the operation's bytes.
ByteWriter entry_head(const Entry& entry) {
    ByteWriter out;
    out.id(entry.index);
    out.id(entry.view);
    put_kind(out, entry.kind);
    out.id(entry.request);
    put_origin(out, entry.time, entry.actor);
    put_op_size(out, entry.op);
    return out;
}

}  // namespace

void put_origin(ByteWriter& out, WallTime time, const Actor& actor) {
    out.i64(to_ns(time));
    out.u32(actor.uid);
    out.u32(actor.login_uid);
    out.u32(static_cast<std::uint32_t>(actor.pid));
    out.string(actor.program);
}

void get_origin(ByteReader& in, WallTime& time, Actor& actor) {
    time = wall_from_ns(in.i64());
    actor.uid = in.u32();
    actor.login_uid = in.u32();
    actor.pid = static_cast<std::int32_t>(in.u32());
    actor.program = in.string(max_program_bytes);
}

Chain chain_after(const Chain& before, const Entry& entry) {
    const ByteWriter head = entry_head(entry);
    return sha256({as_bytes(before), head.bytes(), entry.op});
}

std::string encode(const Entry& entry) {
    ByteWriter out = entry_head(entry);
    out.raw(entry.op);
    return out.take();
}

Result<Entry> decode_entry(std::string_view bytes) {
    ByteReader in(bytes);
    Entry entry;
    entry.index = in.log_index();
    entry.view = in.view();
    entry.kind = get_kind(in);
    entry.request = in.request_id();
    get_origin(in, entry.time, entry.actor);
    entry.op = in.string(max_op_bytes);
    if (!in.complete() || entry.index == LogIndex()) {
        return fail(Code::corrupt, "these bytes are no log entry");
    }
    return entry;
}

std::string encode(const Draft& draft) {
    ByteWriter out;
    put_kind(out, draft.kind);
    put_origin(out, draft.time, draft.actor);
    put_op_size(out, draft.op);
    out.raw(draft.op);
    return out.take();
}

Result<Draft> decode_draft(std::string_view bytes) {
    ByteReader in(bytes);
    Draft draft;
    draft.kind = get_kind(in);
    get_origin(in, draft.time, draft.actor);
    draft.op = in.string(max_op_bytes);
    if (!in.complete()) return fail(Code::corrupt, "these bytes are no draft of an entry");
    return draft;
}

}  // namespace pmx::wire
