// Grammar: time (i64), count (u32), then each message oldest first:
//   index (u64), node (u32), time (i64), severity (u8), pid (u32), ident, user, text (strings).
#include "tree/cluster_log.h"

#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "tree/text.h"

namespace pmx::tree {

namespace {

std::size_t encoded_bytes(const ClusterLogMessage& message) {
    constexpr std::size_t fixed = 8 + 4 + 8 + 1 + 4 + 3 * 4;
    return fixed + message.ident.size() + message.user.size() + message.text.size();
}

void encode_message(ByteWriter& writer, const ClusterLogMessage& message) {
    writer.id(message.index);
    writer.id(message.node);
    writer.i64(to_ns(message.time));
    writer.u8(message.severity);
    writer.u32(message.pid);
    writer.string(message.ident);
    writer.string(message.user);
    writer.string(message.text);
}

ClusterLogMessage decode_message(ByteReader& reader) {
    ClusterLogMessage message;
    message.index = reader.log_index();
    message.node = reader.node_id();
    message.time = wall_from_ns(reader.i64());
    message.severity = reader.u8();
    message.pid = reader.u32();
    message.ident = reader.string(max_log_name_bytes);
    message.user = reader.string(max_log_name_bytes);
    message.text = reader.string(max_log_text_bytes);
    return message;
}

}  // namespace

bool is_valid(const ClusterLogMessage& message) {
    return message.severity <= 7 && message.ident.size() <= max_log_name_bytes &&
           message.user.size() <= max_log_name_bytes && message.text.size() <= max_log_text_bytes &&
           is_one_line(message.ident) && is_one_line(message.user) && is_one_line(message.text);
}

void ClusterLog::append(ClusterLogMessage message) {
    PMX_CHECK(is_valid(message), "cluster log message out of bounds");
    bytes_ += encoded_bytes(message);
    messages_.push_back(std::move(message));
    while (bytes_ > max_bytes) {
        bytes_ -= encoded_bytes(messages_.front());
        messages_.pop_front();
    }
}

std::string ClusterLog::encode() const {
    ByteWriter writer;
    writer.i64(to_ns(time_));
    writer.u32(static_cast<std::uint32_t>(messages_.size()));
    for (const ClusterLogMessage& message : messages_)
        encode_message(writer, message);
    return writer.take();
}

Result<ClusterLog> ClusterLog::decode(std::string_view bytes) {
    if (bytes.size() > max_bytes) return fail(Code::corrupt, "cluster log too long");
    ByteReader reader(bytes);
    ClusterLog log;
    log.time_ = wall_from_ns(reader.i64());
    const std::uint32_t count = reader.u32();
    for (std::uint32_t i = 0; i < count && !reader.failed(); ++i) {
        ClusterLogMessage message = decode_message(reader);
        if (!is_valid(message)) reader.fail();
        if (!reader.failed()) log.append(std::move(message));
    }
    if (!reader.complete()) return fail(Code::corrupt, "cluster log malformed");
    return log;
}

}  // namespace pmx::tree
