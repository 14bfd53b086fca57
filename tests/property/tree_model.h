// The tree as naively as can be: every path with its content, every rule by looking at all paths.
//
// It shares no code with the tree but the operations themselves and the limits.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "tree/limits.h"
#include "tree/op.h"

namespace pmx::tree {

struct ModelNode {
    bool is_directory = false;
    std::string content;
    NodeId writer;         // kept for locks alone
    unsigned mode = 0777;  // as asked for
    bool root_group = false;
};

class TreeModel {
  public:
    std::map<std::string, ModelNode> nodes{{"", {true, "", {}}}};

    Code apply(const Op& op, NodeId writer) {
        if (const auto* transaction = std::get_if<Transaction>(&op)) {
            TreeModel draft = *this;
            for (const Op& step : transaction->steps) {
                const Code code = draft.apply(step, writer);
                if (code != Code::ok) return code;
            }
            nodes = std::move(draft.nodes);
            return Code::ok;
        }
        writer_ = writer;
        return std::visit([this](const auto& plain) { return act(plain); }, op);
    }

  private:
    static std::string parent_of(const std::string& path) {
        const std::size_t slash = path.rfind('/');
        return slash == std::string::npos ? "" : path.substr(0, slash);
    }
    static std::string name_of(const std::string& path) {
        const std::size_t slash = path.rfind('/');
        return slash == std::string::npos ? path : path.substr(slash + 1);
    }
    static bool is_below(const std::string& path, const std::string& directory) {
        return directory.empty() ? !path.empty() : path.starts_with(directory + "/");
    }
    static bool is_pillar(const std::string& path) {
        return path.empty() || path == "nodes" || path == "priv" || path == "priv/lock";
    }

    [[nodiscard]] bool has(const std::string& path) const { return nodes.contains(path); }
    [[nodiscard]] bool is_directory(const std::string& path) const {
        return has(path) && nodes.at(path).is_directory;
    }
    [[nodiscard]] bool is_lock(const std::string& path) const {
        return !path.empty() && parent_of(path) == "priv/lock" && is_directory(path);
    }
    [[nodiscard]] bool is_empty(const std::string& directory) const {
        for (const auto& [path, node] : nodes) {
            if (is_below(path, directory)) return false;
        }
        return true;
    }

    // ok: the path is there, or could be.
    [[nodiscard]] Code look(const std::string& path) const {
        if (path.empty()) return Code::ok;
        if (path.front() == '/') return Code::not_found;
        const std::string parent = parent_of(path);
        const Code above = look(parent);
        if (above != Code::ok) return above;
        if (!has(parent)) return Code::not_found;
        return is_directory(parent) ? Code::ok : Code::not_a_directory;
    }
    [[nodiscard]] Code look_existing(const std::string& path) const {
        const Code code = look(path);
        return code == Code::ok && !has(path) ? Code::not_found : code;
    }
    [[nodiscard]] Code may_appear(const std::string& path) const {
        const Code code = check_name(name_of(path));
        if (code != Code::ok) return code;
        return is_lock(parent_of(path)) ? Code::permission_denied : Code::ok;
    }

    // The file name of a guest's configuration, or nothing.
    static std::optional<std::string> guest(const std::string& path) {
        const std::string folder = parent_of(path);
        const std::string kind = name_of(folder);
        const std::string host = parent_of(folder);
        const bool is_place = (kind == "qemu-server" || kind == "lxc") && !parent_of(host).empty();
        if (!is_place || parent_of(host) != "nodes") return std::nullopt;
        const std::string name = name_of(path);
        return name == "100.conf" || name == "101.conf" ? std::optional(name) : std::nullopt;
    }
    [[nodiscard]] bool has_guest_twice() const {
        std::map<std::string, int> count;
        for (const auto& [path, node] : nodes) {
            const auto name = guest(path);
            if (name && !node.is_directory && ++count[*name] > 1) return true;
        }
        return false;
    }

    Code create(const std::string& path, ModelNode node) {
        const Code code = may_appear(path);
        if (code != Code::ok) return code;
        node.writer = writer_;
        nodes[path] = std::move(node);
        if (!has_guest_twice()) return Code::ok;
        nodes.erase(path);
        return Code::already_exists;
    }

    Code make(const std::string& path, bool directory) {
        const Code code = look(path);
        if (code != Code::ok) return code;
        return has(path) ? Code::already_exists : create(path, {directory, "", {}});
    }

    Code act(const CreateFile& op) { return make(op.at.path, false); }
    Code act(const MakeDirectory& op) { return make(op.at.path, true); }

    Code act(const WriteFile& op) {
        const std::string& path = op.at.path;
        const Code code = look(path);
        if (code != Code::ok) return code;
        if (!has(path) && !op.create) return Code::not_found;
        if (is_directory(path)) return Code::is_a_directory;
        std::string content = has(path) ? nodes.at(path).content : "";
        for (const Edit& edit : op.edits) {
            const Code edited = change(content, edit);
            if (edited != Code::ok) return edited;
        }
        if (!has(path)) return create(path, {false, content, {}});
        nodes[path].content = content;
        return Code::ok;
    }

    static Code change(std::string& content, const Edit& edit) {
        if (edit.kind == Edit::Kind::truncate) {
            if (edit.offset > max_file_bytes) return Code::file_too_large;
            content.resize(edit.offset);
            return Code::ok;
        }
        const std::uint64_t offset = edit.kind == Edit::Kind::append ? content.size() : edit.offset;
        if (edit.bytes.empty()) return Code::ok;
        if (offset + edit.bytes.size() > max_file_bytes) return Code::file_too_large;
        if (content.size() < offset + edit.bytes.size()) content.resize(offset + edit.bytes.size());
        for (std::size_t i = 0; i < edit.bytes.size(); ++i)
            content[offset + i] = edit.bytes[i];
        return Code::ok;
    }

    Code act(const RemoveFile& op) {
        const Code code = look_existing(op.at.path);
        if (code != Code::ok) return code;
        if (is_directory(op.at.path)) return Code::is_a_directory;
        nodes.erase(op.at.path);
        return Code::ok;
    }

    Code act(const RemoveDirectory& op) {
        const Code code = look_existing(op.at.path);
        if (code != Code::ok) return code;
        if (!is_directory(op.at.path)) return Code::not_a_directory;
        if (is_pillar(op.at.path)) return Code::permission_denied;
        if (!is_empty(op.at.path)) return Code::not_empty;
        nodes.erase(op.at.path);
        return Code::ok;
    }

    Code act(const Rename& op) {
        const std::string& from = op.from.path;
        const std::string& to = op.to.path;
        Code code = look_existing(from);
        if (code == Code::ok) code = look(to);
        if (code != Code::ok) return code;
        if (has(to) && op.no_replace) return Code::already_exists;
        if (from == to) return Code::ok;
        code = may_rename(from, to);
        if (code != Code::ok) return code;

        const auto before = nodes;
        nodes.erase(to);
        for (const auto& [path, node] : before) {
            if (path != from && !is_below(path, from)) continue;
            nodes.erase(path);
            nodes[to + path.substr(from.size())] = node;
        }
        if (!has_guest_twice()) return Code::ok;
        nodes = before;
        return Code::already_exists;
    }

    [[nodiscard]] Code may_rename(const std::string& from, const std::string& to) const {
        if (is_directory(from)) {
            const bool moves_lock = is_lock(from) || parent_of(to) == "priv/lock";
            if (is_pillar(from) || moves_lock) return Code::permission_denied;
            if (is_below(to, from)) return Code::same_object;
        }
        if (!has(to)) return may_appear(to);
        if (is_directory(from) && !is_directory(to)) return Code::not_a_directory;
        if (!is_directory(from)) return is_directory(to) ? Code::is_a_directory : Code::ok;
        if (is_pillar(to)) return Code::permission_denied;
        return is_empty(to) ? Code::ok : Code::not_empty;
    }

    Code act(const SetTimes& op) {
        const Code code = look_existing(op.at.path);
        if (code != Code::ok || !is_lock(op.at.path)) return code;
        const bool asks = op.mtime == WallTime();
        return asks || nodes.at(op.at.path).writer == writer_ ? Code::ok : Code::access_denied;
    }

    Code act(const SetPermissions& op) {
        const Code code = look_existing(op.at.path);
        if (code != Code::ok) return code;
        ModelNode& node = nodes.at(op.at.path);
        const unsigned mode = op.mode.value_or(static_cast<std::uint16_t>(node.mode));
        if (is_lock(op.at.path)) {
            return (mode & 0700U) == 0700U ? Code::ok : Code::permission_denied;
        }
        node.mode = mode;
        node.root_group = op.root_group.value_or(node.root_group);
        return Code::ok;
    }

    Code act(const AppendClusterLog& op) {
        return op.text.find('\n') == std::string::npos ? Code::ok : Code::invalid_argument;
    }
    static Code act(const ExpireLock&) { return Code::invalid_argument; }
    static Code act(const Transaction&) { return Code::invalid_argument; }

    NodeId writer_;
};

}  // namespace pmx::tree
