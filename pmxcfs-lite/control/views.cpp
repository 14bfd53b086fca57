#include "control/views.h"

#include <nlohmann/json.hpp>

#include "tree/layout.h"
#include "tree/permissions.h"

namespace pmx::control {

using nlohmann::json;

namespace {

std::vector<const tree::Node*> held_locks(const tree::Tree& tree) {
    std::vector<const tree::Node*> locks;
    const auto place = tree.resolve({.path = std::string(tree::lock_directory)});
    if (!place) return locks;
    for (const auto& [name, inode] : (*place)->children) {
        const tree::Node* node = tree.find(inode);
        if (node != nullptr && tree::is_lock(tree, *node)) locks.push_back(node);
    }
    return locks;
}

}  // namespace

NodeNames::NodeNames(const ports::Store& store) {
    for (const ports::NodeList::Node& node : store.membership().list.nodes) {
        if (!node.name.empty()) names_[node.id] = node.name;
    }
    names_[store.node()] = store.node_name();
}

json NodeNames::of(NodeId node) const {
    const auto found = names_.find(node);
    return found == names_.end() ? json(nullptr) : json(found->second);
}

std::string mode_text(tree::NodeKind kind, bool is_private, const tree::Withheld& withheld) {
    std::string text = "0";
    const unsigned mode = tree::mode_of(kind, is_private, withheld);
    for (const unsigned shift : {6U, 3U, 0U})
        text += static_cast<char>('0' + (mode >> shift & 7U));
    return text;
}

const char* change_name(tree::ChangeKind kind) {
    switch (kind) {
        case tree::ChangeKind::created:
            return "created";
        case tree::ChangeKind::modified:
            return "modified";
        case tree::ChangeKind::removed:
            return "removed";
        case tree::ChangeKind::renamed:
            return "renamed";
        case tree::ChangeKind::times:
            return "times";
        case tree::ChangeKind::expired:
            return "expired";
        case tree::ChangeKind::permissions:
            return "permissions";
    }
    return "unknown";
}

json actor_json(const wire::Actor& actor) {
    constexpr std::uint32_t no_login_uid = 0xffffffff;
    json object = {
        {"uid", actor.uid}, {"login_uid", nullptr}, {"pid", actor.pid}, {"program", actor.program}};
    if (actor.login_uid != no_login_uid) object["login_uid"] = actor.login_uid;
    return object;
}

json locks_json(const tree::Tree& tree, const NodeNames& names, WallTime now) {
    json locks = json::array();
    for (const tree::Node* lock : held_locks(tree)) {
        const auto age = std::chrono::floor<std::chrono::seconds>(now - lock->mtime);
        locks.push_back({{"name", lock->name},
                         {"node", lock->writer.value},
                         {"node_name", names.of(lock->writer)},
                         {"version", lock->version.value},
                         {"renewed_ns", to_ns(lock->mtime)},
                         {"age_s", std::max<std::int64_t>(age.count(), 0)}});
    }
    return locks;
}

std::size_t count_locks(const tree::Tree& tree) {
    return held_locks(tree).size();
}

json diagnosis_json(const Diagnosis& diagnosis) {
    return {{"summary", diagnosis.summary},     {"problems", diagnosis.problems},
            {"set_aside", diagnosis.set_aside}, {"whole_files", diagnosis.whole_files},
            {"lost", diagnosis.lost},           {"confirmable", diagnosis.confirmable}};
}

}  // namespace pmx::control
