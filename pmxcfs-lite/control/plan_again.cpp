// Doing a lost change again: not its steps, which met files as they were, but what it left behind.
#include <algorithm>
#include <map>

#include "control/conflicts.h"
#include "tree/layout.h"
#include "tree/permissions.h"

namespace pmx::control {
namespace {

// What a path is to be in the end.
struct Target {
    enum class Kind { absent, file, directory, moved_here, as_it_is };
    std::string path;
    Kind kind = Kind::absent;
    std::optional<std::string> content;  // file; none: not known any more
    std::string from;                    // moved_here
    tree::Withheld withheld;             // of what is made anew, and of as_it_is
};

class Targets {
  public:
    void set(Target target) {
        const auto [at, is_new] = place_.emplace(target.path, all_.size());
        if (is_new) {
            all_.push_back(std::move(target));
        } else {
            all_[at->second] = std::move(target);
        }
    }
    // Of what is at the path in the end, whatever that is.
    void set_withheld(const std::string& path, const tree::Withheld& withheld) {
        const auto at = place_.find(path);
        if (at == place_.end()) {
            set({.path = path,
                 .kind = Target::Kind::as_it_is,
                 .content = {},
                 .from = {},
                 .withheld = withheld});
        } else {
            all_[at->second].withheld = withheld;
        }
    }
    [[nodiscard]] const std::vector<Target>& all() const { return all_; }

  private:
    std::vector<Target> all_;
    std::map<std::string, std::size_t> place_;
};

void add_targets(const ports::RejectedChange& change, Targets& targets) {
    using Kind = tree::ChangeKind;
    const bool directory = change.node == tree::NodeKind::directory;
    switch (change.kind) {
        case Kind::created:
        case Kind::modified:
            targets.set({.path = change.path,
                         .kind = directory ? Target::Kind::directory : Target::Kind::file,
                         .content = change.after,
                         .from = {},
                         .withheld = change.withheld});
            return;
        case Kind::removed:
            targets.set({.path = change.path, .content = {}, .from = {}, .withheld = {}});
            return;
        case Kind::permissions:
            targets.set_withheld(change.path, change.withheld);
            return;
        case Kind::renamed:
            if (change.after) {
                targets.set({.path = change.old_path, .content = {}, .from = {}, .withheld = {}});
                targets.set({.path = change.path,
                             .kind = Target::Kind::file,
                             .content = change.after,
                             .from = {},
                             .withheld = change.withheld});
            } else {
                targets.set({.path = change.path,
                             .kind = Target::Kind::moved_here,
                             .content = {},
                             .from = change.old_path,
                             .withheld = {}});
            }
            return;
        case Kind::times:
        case Kind::expired:
            return;
    }
}

tree::Op whole_file(const std::string& path, const std::string& bytes) {
    using Kind = tree::Edit::Kind;
    tree::WriteFile write{.at = {.path = path}, .create = true, .edits = {}, .mtime = {}};
    write.edits.push_back({.kind = Kind::truncate, .offset = 0, .bytes = {}});
    if (!bytes.empty()) write.edits.push_back({.kind = Kind::write, .offset = 0, .bytes = bytes});
    return write;
}

class Planner {
  public:
    explicit Planner(const tree::Tree& tree) : tree_(tree) {}

    // What goes comes first: a guest's configuration may not be in two places, even in between.
    Result<tree::Transaction> plan(const std::vector<Target>& targets) {
        for (const bool goes : {true, false}) {
            for (const Target& target : targets) {
                if ((target.kind == Target::Kind::absent) != goes) continue;
                if (auto ok = reach(target); !ok) return fail(ok.error());
            }
        }
        if (plan_.steps.size() > tree::max_transaction_steps ||
            plan_.expectations.size() > tree::max_transaction_steps) {
            return fail(Code::not_supported, "the change is too large to be made again at once");
        }
        return std::move(plan_);
    }

  private:
    // The node at a path whose version must not change until the plan is carried out.
    const tree::Node* pinned(const std::string& path) {
        const auto node = tree_.resolve({.path = path});
        plan_.expectations.push_back(
            {.at = {.path = path}, .version = node ? (*node)->version : LogIndex(0)});
        return node ? *node : nullptr;
    }

    Result<void> reach(const Target& target) {
        if (target.path.starts_with(std::string(tree::lock_directory) + "/")) {
            return fail(Code::not_supported,
                        target.path + " was a lock: whoever needs it takes it again");
        }
        const tree::Node* now = pinned(target.path);
        switch (target.kind) {
            case Target::Kind::absent:
                remove(target.path, now);
                return {};
            case Target::Kind::directory:
                if (now == nullptr) {
                    plan_.steps.push_back(tree::MakeDirectory{{.path = target.path}});
                    withhold(target, tree::NodeKind::directory, {});
                }
                return {};
            case Target::Kind::as_it_is:
                if (now == nullptr) {
                    return fail(Code::not_found, target.path + " is not there any more");
                }
                withhold(target, now->kind, now->withheld);
                return {};
            case Target::Kind::moved_here:
                return move(target);
            case Target::Kind::file:
                return write(target, now);
        }
        return {};
    }

    void withhold(const Target& target, tree::NodeKind kind, const tree::Withheld& now) {
        if (target.withheld == now) return;
        plan_.steps.push_back(tree::to_withhold({.path = target.path}, kind, target.withheld));
    }

    void remove(const std::string& path, const tree::Node* now) {
        if (now == nullptr) return;
        if (now->content) {
            plan_.steps.push_back(tree::RemoveFile{{.path = path}});
        } else {
            plan_.steps.push_back(tree::RemoveDirectory{{.path = path}});
        }
    }

    Result<void> move(const Target& target) {
        if (pinned(target.from) == nullptr) {
            return fail(Code::not_found, target.from + ", which was renamed to " + target.path +
                                             ", is not there any more");
        }
        plan_.steps.push_back(tree::Rename{
            .from = {.path = target.from}, .to = {.path = target.path}, .no_replace = false});
        return {};
    }

    Result<void> write(const Target& target, const tree::Node* now) {
        if (!target.content) {
            return fail(Code::not_supported, "what " + target.path +
                                                 " held after the change is not known any more: a "
                                                 "later change has it, or nobody");
        }
        const bool same = now != nullptr && now->content && *now->content == *target.content;
        if (!same) plan_.steps.push_back(whole_file(target.path, *target.content));
        // With what was in it, nobody may see more than then.
        if (now == nullptr) withhold(target, tree::NodeKind::file, {});
        return {};
    }

    const tree::Tree& tree_;
    tree::Transaction plan_;
};

}  // namespace

Result<tree::Transaction> plan_again(const tree::Tree& tree, const Conflict& conflict) {
    Targets targets;
    for (const ports::RejectedChange& change : conflict.changes)
        add_targets(change, targets);
    return Planner(tree).plan(targets.all());
}

}  // namespace pmx::control
