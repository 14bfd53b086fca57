#include "tests/sim/workload.h"

#include <utility>

#include "tree/op.h"

namespace pmx::sim {
namespace {

constexpr std::size_t keys = 4;
// More than one BODY carries.
constexpr std::size_t large = 300'000;

tree::Ref at(std::string path) {
    return {tree::root_inode, std::move(path)};
}

tree::Op save(const Call& call) {
    tree::WriteFile write;
    write.at = at(call.key);
    write.create = true;
    write.edits.push_back({tree::Edit::Kind::truncate, 0, {}});
    write.edits.push_back(
        {tree::Edit::Kind::append, 0, call.value + "\n" + std::string(1 + call.padding, '.')});
    return write;
}

tree::Op something_else(Random& random) {
    const std::string name = "d" + std::to_string(random.below(3));
    switch (random.below(9)) {
        case 0:
            return tree::MakeDirectory{at("priv")};
        case 1:
            return tree::MakeDirectory{at("priv/lock")};
        case 2:
            return tree::MakeDirectory{at("priv/lock/" + name)};
        case 3:
            return tree::SetTimes{at("priv/lock/" + name), wall_from_ns(0)};
        case 4:
            return tree::MakeDirectory{at(name)};
        case 5:
            return tree::Rename{at(name), at("d" + std::to_string(random.below(3))), false};
        case 6:
            return tree::RemoveDirectory{at(name)};
        case 7:
            return tree::SetPermissions{at(name), random.one_in(2) ? 0700 : 0755, {}};
        default:
            return tree::AppendClusterLog{"sim", "root", 6, 1, name};
    }
}

}  // namespace

std::string encode_op(const Call& call, Random& random) {
    switch (call.kind) {
        case Call::Kind::write:
            return tree::encode(save(call));
        case Call::Kind::remove:
            return tree::encode(tree::RemoveFile{at(call.key)});
        case Call::Kind::read:
            return {};
        case Call::Kind::make_directory:
            return tree::encode(tree::MakeDirectory{at(call.key)});
        default:
            return tree::encode(something_else(random));
    }
}

std::string value_in(const tree::Tree& tree, const std::string& key) {
    const tree::Node* file = tree.child(tree::root_inode, key);
    if (file == nullptr || file->content == nullptr) return std::string(support::absent_value);
    return file->content->substr(0, file->content->find('\n'));
}

Call Workload::next() {
    std::string key = "f" + std::to_string(random_.below(keys));
    const std::size_t kind = random_.below(20);
    if (kind < 5) return read(std::move(key));
    Call call = write(std::move(key), "v" + std::to_string(++values_));
    if (kind == 5) call.kind = Call::Kind::other;
    if (kind == 6) call.kind = Call::Kind::remove;
    if (kind > 6 && random_.one_in(400)) call.padding = large;
    return call;
}

Call Workload::write(std::string key, std::string value) {
    return {Call::Kind::write, std::move(key), std::move(value), 0, ++instant_};
}

Call Workload::read(std::string key) {
    return {Call::Kind::read, std::move(key), {}, 0, ++instant_};
}

Call Workload::make_directory(std::string path) {
    return {Call::Kind::make_directory, std::move(path), {}, 0, ++instant_};
}

Call Workload::again(Call call) {
    call.called = ++instant_;
    return call;
}

// Who removes a file that is not there learns just that.
void Workload::answered(NodeId node, const Call& call, const tree::Outcome& outcome,
                        const tree::Tree& tree) {
    const std::string absent(support::absent_value);
    switch (call.kind) {
        case Call::Kind::write:
            if (outcome.result != Code::ok) return;
            return record(node, call, support::Operation::Kind::write, call.value, true);
        case Call::Kind::remove: {
            const bool was_there = outcome.result == Code::ok;
            return record(
                node, call,
                was_there ? support::Operation::Kind::write : support::Operation::Kind::read,
                absent, true);
        }
        case Call::Kind::read:
            return record(node, call, support::Operation::Kind::read, value_in(tree, call.key),
                          true);
        default:
            return;
    }
}

void Workload::unknown(NodeId node, const Call& call) {
    const std::string absent(support::absent_value);
    if (call.kind == Call::Kind::write) {
        record(node, call, support::Operation::Kind::write, call.value, false);
    } else if (call.kind == Call::Kind::remove) {
        record(node, call, support::Operation::Kind::write, absent, false);
    }
}

void Workload::record(NodeId node, const Call& call, support::Operation::Kind kind,
                      std::string value, bool returned) {
    support::Operation operation{node.value, kind, call.key, std::move(value), call.called, {}};
    if (returned) operation.returned = ++instant_;
    history_.push_back(std::move(operation));
}

}  // namespace pmx::sim
