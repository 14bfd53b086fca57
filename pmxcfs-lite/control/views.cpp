#include "control/views.h"

#include <nlohmann/json.hpp>

#include "tree/layout.h"

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

json locks_json(const tree::Tree& tree, WallTime now) {
    json locks = json::array();
    for (const tree::Node* lock : held_locks(tree)) {
        const auto age = std::chrono::floor<std::chrono::seconds>(now - lock->mtime);
        locks.push_back({{"name", lock->name},
                         {"node", lock->writer.value},
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
