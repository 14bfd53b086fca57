// change := request entry_index u32 ordinal, view, i64 time, u32 uid, u32 login_uid, u32 pid,
//           string program, u8 committed, u8 kind, u8 node, string path, string old_path,
//           content before, content after [, u16 withheld, u8 closed]
// content := u8 0 | u8 1 string
#include "sqlite/rejected_rows.h"

#include "base/bytes.h"
#include "sqlite/records.h"
#include "tree/limits.h"

namespace pmx::sqlite {
namespace {

void put_content(ByteWriter& writer, const std::optional<std::string>& content) {
    writer.u8(content ? 1 : 0);
    if (content) writer.string(*content);
}

std::optional<std::string> get_content(ByteReader& reader) {
    if (reader.u8() == 0) return std::nullopt;
    return std::string(reader.string(tree::max_file_bytes));
}

Result<ports::RejectedChange> decode_rejected_change(std::string_view bytes) {
    ByteReader reader(bytes);
    ports::RejectedChange change;
    change.request = reader.request_id();
    change.index = reader.log_index();
    change.ordinal = reader.u32();
    change.view = reader.view();
    wire::get_origin(reader, change.time, change.actor);
    change.committed = reader.u8() != 0;
    change.kind = static_cast<tree::ChangeKind>(reader.u8());
    change.node = static_cast<tree::NodeKind>(reader.u8());
    change.path = reader.string(tree::max_path_bytes);
    change.old_path = reader.string(tree::max_path_bytes);
    change.before = get_content(reader);
    change.after = get_content(reader);
    if (reader.remaining() > 0) {  // not written by earlier programs
        change.withheld = tree::withheld_of_bits(reader.u16());
        change.closed = reader.u8() != 0;
    }
    if (reader.complete()) return change;
    return fail(Code::corrupt, "a change that lost out does not decode");
}

}  // namespace

std::string encode(const ports::RejectedChange& change) {
    ByteWriter writer;
    writer.id(change.request);
    writer.id(change.index);
    writer.u32(change.ordinal);
    writer.id(change.view);
    wire::put_origin(writer, change.time, change.actor);
    writer.u8(change.committed ? 1 : 0);
    writer.u8(static_cast<std::uint8_t>(change.kind));
    writer.u8(static_cast<std::uint8_t>(change.node));
    writer.string(change.path);
    writer.string(change.old_path);
    put_content(writer, change.before);
    put_content(writer, change.after);
    writer.u16(to_bits(change.withheld));
    writer.u8(change.closed ? 1 : 0);
    return writer.take();
}

Result<ports::RejectedChange> read_rejected_row(const Statement& row) {
    const RequestId request{NodeId(static_cast<std::uint32_t>(row.integer(1))),
                            Boot(row.unsigned_integer(2)), row.unsigned_integer(3)};
    const std::string_view bytes = row.bytes(5);
    if (row.bytes(4) != as_bytes(rejected_checksum(row.integer(0), bytes))) {
        return fail(Code::corrupt, "a change that lost out has a wrong checksum");
    }
    auto change = decode_rejected_change(bytes);
    if (change && change->request != request) {
        return fail(Code::corrupt, "a change that lost out stands under another's name");
    }
    return change;
}

}  // namespace pmx::sqlite
