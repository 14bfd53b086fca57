// Grammar of an operation. Numbers and strings are laid out as in base/bytes.h.
//
//   op             = tag (u8), fields
//   1 create       = ref
//   2 write        = ref, create (bool), mtime (optional i64), count (u32), edits
//   3 mkdir        = ref
//   4 remove       = ref
//   5 rmdir        = ref
//   6 rename       = ref, ref, no_replace (bool)
//   7 times        = ref, mtime (i64)
//   8 expire       = lock (u64), renewed_at (u64)
//   9 log          = ident, user (strings), severity (u8), pid (u32), text (string)
//   10 txn         = count (u32), expectations, count (u32), ops (1 to 7, 9 and 11)
//   11 permissions = ref, mode (optional u16, at most 0777), root_group (optional bool)
//   ref            = base (u64), path (string)
//   edit           = kind (u8), offset (u64, 0 in an append), bytes (string, empty in a truncate)
//   expectation    = ref, version (u64)
//   bool           = 0 or 1 (u8)
//   optional X     = bool, X when 1
//
// Tags are on disk and on the wire: never renumber. Every operation has one encoding.
#include <algorithm>
#include <type_traits>
#include <utility>

#include "base/bytes.h"
#include "tree/cluster_log.h"
#include "tree/limits.h"
#include "tree/op.h"
#include "tree/permissions.h"

namespace pmx::tree {

namespace {

enum class Tag : std::uint8_t {
    create = 1,
    write = 2,
    mkdir = 3,
    remove = 4,
    rmdir = 5,
    rename = 6,
    times = 7,
    expire = 8,
    log = 9,
    transaction = 10,
    permissions = 11,
};

class OpEncoder {
  public:
    std::string take() { return writer_.take(); }
    void op(const Op& op) { std::visit(*this, op); }

    void operator()(const CreateFile& op) {
        tag(Tag::create);
        ref(op.at);
    }
    void operator()(const WriteFile& op) {
        tag(Tag::write);
        ref(op.at);
        boolean(op.create);
        boolean(op.mtime.has_value());
        if (op.mtime) writer_.i64(to_ns(*op.mtime));
        writer_.u32(static_cast<std::uint32_t>(op.edits.size()));
        for (const Edit& edit : op.edits) {
            writer_.u8(static_cast<std::uint8_t>(edit.kind));
            writer_.u64(edit.offset);
            writer_.string(edit.bytes);
        }
    }
    void operator()(const MakeDirectory& op) {
        tag(Tag::mkdir);
        ref(op.at);
    }
    void operator()(const RemoveFile& op) {
        tag(Tag::remove);
        ref(op.at);
    }
    void operator()(const RemoveDirectory& op) {
        tag(Tag::rmdir);
        ref(op.at);
    }
    void operator()(const Rename& op) {
        tag(Tag::rename);
        ref(op.from);
        ref(op.to);
        boolean(op.no_replace);
    }
    void operator()(const SetTimes& op) {
        tag(Tag::times);
        ref(op.at);
        writer_.i64(to_ns(op.mtime));
    }
    void operator()(const ExpireLock& op) {
        tag(Tag::expire);
        writer_.id(op.lock);
        writer_.id(op.renewed_at);
    }
    void operator()(const AppendClusterLog& op) {
        tag(Tag::log);
        writer_.string(op.ident);
        writer_.string(op.user);
        writer_.u8(op.severity);
        writer_.u32(op.pid);
        writer_.string(op.text);
    }
    void operator()(const SetPermissions& op) {
        tag(Tag::permissions);
        ref(op.at);
        boolean(op.mode.has_value());
        if (op.mode) writer_.u16(*op.mode);
        boolean(op.root_group.has_value());
        if (op.root_group) boolean(*op.root_group);
    }
    void operator()(const Transaction& transaction) {
        tag(Tag::transaction);
        writer_.u32(static_cast<std::uint32_t>(transaction.expectations.size()));
        for (const Expectation& expectation : transaction.expectations) {
            ref(expectation.at);
            writer_.id(expectation.version);
        }
        writer_.u32(static_cast<std::uint32_t>(transaction.steps.size()));
        for (const Op& step : transaction.steps)
            op(step);
    }

  private:
    void tag(Tag value) { writer_.u8(static_cast<std::uint8_t>(value)); }
    void boolean(bool value) { writer_.u8(value ? 1 : 0); }
    void ref(const Ref& ref) {
        writer_.id(ref.base);
        writer_.string(ref.path);
    }

    ByteWriter writer_;
};

class OpDecoder {
  public:
    explicit OpDecoder(std::string_view bytes) : reader_(bytes) {}
    [[nodiscard]] bool complete() const { return reader_.complete(); }

    Op op() {
        const auto tag = static_cast<Tag>(reader_.u8());
        if (tag == Tag::expire) return expire();
        if (tag == Tag::transaction) return transaction();
        return step(tag);
    }

  private:
    Op step(Tag tag) {
        switch (tag) {
            case Tag::create:
                return CreateFile{ref()};
            case Tag::write:
                return write();
            case Tag::mkdir:
                return MakeDirectory{ref()};
            case Tag::remove:
                return RemoveFile{ref()};
            case Tag::rmdir:
                return RemoveDirectory{ref()};
            case Tag::rename:
                return rename();
            case Tag::times:
                return times();
            case Tag::log:
                return log();
            case Tag::permissions:
                return permissions();
            default:
                break;
        }
        reader_.fail();
        return CreateFile{};
    }

    WriteFile write() {
        WriteFile op;
        op.at = ref();
        op.create = boolean();
        if (boolean()) op.mtime = wall_from_ns(reader_.i64());
        const std::uint32_t count = reader_.u32();
        constexpr std::size_t smallest_edit = 1 + 8 + 4;
        op.edits.reserve(std::min<std::size_t>(count, reader_.remaining() / smallest_edit));
        for (std::uint32_t i = 0; i < count && !reader_.failed(); ++i)
            op.edits.push_back(edit());
        return op;
    }

    Edit edit() {
        Edit edit;
        edit.kind = static_cast<Edit::Kind>(reader_.u8());
        edit.offset = reader_.u64();
        edit.bytes = reader_.string(max_file_bytes);
        switch (edit.kind) {
            case Edit::Kind::write:
                return edit;
            case Edit::Kind::append:
                if (edit.offset != 0) reader_.fail();
                return edit;
            case Edit::Kind::truncate:
                if (!edit.bytes.empty()) reader_.fail();
                return edit;
        }
        reader_.fail();
        return edit;
    }

    Rename rename() {
        Rename op;
        op.from = ref();
        op.to = ref();
        op.no_replace = boolean();
        return op;
    }

    SetTimes times() {
        SetTimes op;
        op.at = ref();
        op.mtime = wall_from_ns(reader_.i64());
        return op;
    }

    ExpireLock expire() {
        ExpireLock op;
        op.lock = reader_.inode();
        op.renewed_at = reader_.log_index();
        return op;
    }

    AppendClusterLog log() {
        AppendClusterLog op;
        op.ident = reader_.string(max_log_name_bytes);
        op.user = reader_.string(max_log_name_bytes);
        op.severity = reader_.u8();
        op.pid = reader_.u32();
        op.text = reader_.string(max_log_text_bytes);
        return op;
    }

    SetPermissions permissions() {
        SetPermissions op;
        op.at = ref();
        if (boolean()) op.mode = reader_.u16();
        if (op.mode.value_or(0) > mode_bits) reader_.fail();
        if (boolean()) op.root_group = boolean();
        return op;
    }

    Transaction transaction() {
        Transaction transaction;
        const std::uint32_t expectations = count(max_transaction_steps);
        for (std::uint32_t i = 0; i < expectations && !reader_.failed(); ++i) {
            Expectation expectation;
            expectation.at = ref();
            expectation.version = reader_.log_index();
            transaction.expectations.push_back(std::move(expectation));
        }
        const std::uint32_t steps = count(max_transaction_steps);
        for (std::uint32_t i = 0; i < steps && !reader_.failed(); ++i) {
            transaction.steps.push_back(step(static_cast<Tag>(reader_.u8())));
        }
        return transaction;
    }

    Ref ref() {
        Ref ref;
        ref.base = reader_.inode();
        ref.path = reader_.string(max_path_bytes);
        return ref;
    }

    bool boolean() {
        const std::uint8_t value = reader_.u8();
        if (value > 1) reader_.fail();
        return value == 1;
    }

    std::uint32_t count(std::size_t limit) {
        const std::uint32_t value = reader_.u32();
        if (value > limit) reader_.fail();
        return value;
    }

    ByteReader reader_;
};

}  // namespace

bool operator==(const Transaction& a, const Transaction& b) {
    return a.expectations == b.expectations && a.steps == b.steps;
}

std::uint32_t level_of(const Op& op) {
    constexpr std::uint32_t level_of_permissions = 2;
    if (std::holds_alternative<SetPermissions>(op)) return level_of_permissions;
    std::uint32_t level = 1;
    if (const auto* transaction = std::get_if<Transaction>(&op)) {
        for (const Op& step : transaction->steps)
            level = std::max(level, level_of(step));
    }
    return level;
}

std::string encode(const Op& op) {
    OpEncoder encoder;
    encoder.op(op);
    return encoder.take();
}

Result<Op> decode_op(std::string_view bytes) {
    OpDecoder decoder(bytes);
    Op op = decoder.op();
    if (!decoder.complete()) return fail(Code::corrupt, "no operation");
    return op;
}

}  // namespace pmx::tree
