#include "daemon/corosync_conf_installer.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "base/file.h"
#include "base/log.h"
#include "schema/corosync_conf.h"

namespace pmx::daemon {
namespace {

constexpr std::string_view name_in_mount = schema::corosync_conf_file;
constexpr unsigned readable = 0644;

// Nodes that reload at the same time are refused by corosync, all but one.
constexpr int attempts = 5;
constexpr std::chrono::milliseconds time_between_attempts{500};
// A name that does not resolve may do so later, and a service that starts may fail later.
constexpr std::chrono::seconds time_until_next_look{60};
// A corosync that shuts down takes a moment; one that hangs is not waited for.
constexpr std::chrono::milliseconds longest_wait_for_leave{15'000};
constexpr std::chrono::milliseconds time_between_looks{50};

std::optional<std::string> text_of(const std::string& path) {
    auto text = read_file(path, schema::max_corosync_conf_bytes);
    return text ? std::optional<std::string>(std::move(*text)) : std::nullopt;
}

std::size_t node_count(const std::optional<std::string>& text) {
    return text ? schema::parse_corosync_conf(*text).values.nodes().size() : 0;
}

}  // namespace

CorosyncConfInstaller::CorosyncConfInstaller(const ports::Store& store,
                                             const std::string& directory, CorosyncControl corosync)
    : store_(store),
      path_(directory + "/" + std::string(name_in_mount)),
      previous_(path_ + ".previous"),
      refused_(path_ + ".refused"),
      corosync_(std::move(corosync)),
      thread_([this] { run(); }) {}

CorosyncConfInstaller::~CorosyncConfInstaller() {
    stop();
}

void CorosyncConfInstaller::committed(const ports::Committed& committed) {
    const bool concerned = std::any_of(
        committed.changes.begin(), committed.changes.end(), [](const tree::Change& change) {
            return change.path == name_in_mount || change.old_path == name_in_mount;
        });
    if (concerned) check();
}

void CorosyncConfInstaller::check() {
    const std::lock_guard lock(mutex_);
    wanted_ = true;
    changed_.notify_all();
}

void CorosyncConfInstaller::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
}

void CorosyncConfInstaller::run() {
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            const auto has_work = [this] { return wanted_ || stopping_; };
            if (look_again_) {
                changed_.wait_for(lock, time_until_next_look, has_work);
            } else {
                changed_.wait(lock, has_work);
            }
            if (stopping_) return;
            wanted_ = false;
        }
        look_again_ = false;
        install();
    }
}

void CorosyncConfInstaller::install() {
    tree::Content content;
    {
        const ports::TreeView tree = store_.read();
        const auto node = tree->resolve({tree::root_inode, std::string(name_in_mount)});
        if (node) content = (*node)->content;
    }
    if (!content) return report({});
    const auto plan = plan_conf(*content, {.name = store_.node_name(),
                                           .id = store_.node(),
                                           .conf_path = path_,
                                           .conf_text = text_of(path_)});
    if (!plan) return refuse(plan.error().message());
    carry_out(*plan, *content);
}

void CorosyncConfInstaller::carry_out(const ConfPlan& plan, const std::string& mounted) {
    if (plan.step == ConfStep::nothing_new) {
        report(plan.left_out);
        if (::access(previous_.c_str(), F_OK) == 0) watch_start(mounted);
        return;
    }
    if (text_of(refused_) == mounted) {
        return refuse("corosync did not load it before, and " + refused_ +
                      " keeps it from being tried again; change it in the mount, with a higher "
                      "config_version");
    }
    // One that removes this node is asked about too: those who are left may refuse it.
    const bool is_member = plan.step == ConfStep::install;
    auto done = is_member ? corosync_.accepts(mounted) : corosync_.accepts_elsewhere(mounted);
    if (!done) {
        look_again_ = true;
        return refuse("corosync does not accept it: " + done.error().message());
    }
    report(plan.left_out);
    if (plan.step == ConfStep::removed) return shut_down();
    replace(plan, mounted);
}

void CorosyncConfInstaller::replace(const ConfPlan& plan, const std::string& mounted) {
    const std::optional<std::string> before = text_of(path_);
    nodes_before_ = node_count(before);
    if (nodes_before_ == 2 && node_count(plan.text) == 1) wait_until_alone();
    // One that was not loaded yet is nothing to go back to.
    if (before && ::access(previous_.c_str(), F_OK) != 0) {
        if (auto kept = replace_file(previous_, *before, readable); !kept) {
            return refuse(kept.error().message());
        }
    }
    if (auto put = replace_file(path_, plan.text, readable); !put) {
        return refuse(put.error().message());
    }
    log::notice("corosync.conf of the mount was put into " + path_);
    load(mounted);
}

// Until the other one of two has left, and decisions are taken without it.
void CorosyncConfInstaller::wait_until_alone() {
    const auto alone = [this] {
        const replica::Status status = store_.status().replica;
        return status.voters.size() == 1 && status.committed == status.last;
    };
    for (auto left = longest_wait_for_leave; left.count() > 0 && !alone();
         left -= time_between_looks) {
        std::unique_lock lock(mutex_);
        if (changed_.wait_for(lock, time_between_looks, [this] { return stopping_; })) return;
    }
    if (!alone()) {
        log::warning(
            "the node that is removed has not left: where saves are refused from here on, see "
            "pmxctl status");
    }
}

// Where corosync does not run there is nothing to reload: it reads the file when it starts.
void CorosyncConfInstaller::load(const std::string& mounted) {
    const auto done = attempt(corosync_.reload);
    if (done) {
        ::unlink(previous_.c_str());
        ::unlink(refused_.c_str());
        return tell_votes();
    }
    if (is_stopping()) return;  // the next start looks again
    if (corosync_.runs()) return roll_back(mounted, done.error().message());
    look_again_ = true;
    log::warning("corosync did not read its new configuration: " + done.error().message() +
                 ". It is in effect when corosync starts");
}

// The file is in place, and corosync has not been seen to load it.
void CorosyncConfInstaller::watch_start(const std::string& mounted) {
    if (corosync_.runs()) return load(mounted);
    look_again_ = true;
    if (!corosync_.failed_to_start()) return;
    roll_back(mounted, "corosync did not start with it");
    if (auto done = corosync_.start(); !done) {
        log::warning("corosync is not started: " + done.error().message());
    }
}

void CorosyncConfInstaller::roll_back(const std::string& mounted, const std::string& why) {
    const std::optional<std::string> before = text_of(previous_);
    if (!before) return refuse("corosync did not load it, and there is none to go back to: " + why);
    if (auto kept = replace_file(refused_, mounted, readable); !kept) {
        return refuse(kept.error().message());
    }
    if (auto put = replace_file(path_, *before, readable); !put) {
        return refuse(put.error().message());
    }
    ::unlink(previous_.c_str());
    refuse("corosync did not load it (" + why + "): " + path_ + " is the one before again");
    if (!corosync_.runs()) return;
    if (auto done = attempt(corosync_.reload); !done) {
        log::error("corosync does not load the corosync.conf that worked before either: " +
                   done.error().message());
    }
}

void CorosyncConfInstaller::shut_down() {
    log::error("this node, " + store_.node_name() +
               ", was removed from the cluster: shutting corosync down here. Disable it and "
               "pmxcfs-lite: systemctl disable --now corosync pmxcfs-lite");
    if (auto done = attempt(corosync_.shut_down); !done) {
        log::warning("corosync does not shut down: " + done.error().message());
    }
}

// A node that leaves while the others reload can make votequorum keep its vote among those it
// expects, and nobody is quorate any more: it is told again.
void CorosyncConfInstaller::tell_votes() {
    const auto now = schema::parse_corosync_conf(text_of(path_).value_or("")).values;
    const std::size_t votes = now.nodes().size();
    if (now.has_quorum_device() || votes == 0 || votes >= nodes_before_) return;
    if (auto done = attempt([&] { return corosync_.expect(votes); }); !done) {
        log::info("corosync expects what it expected: " + done.error().message());
    }
}

void CorosyncConfInstaller::refuse(const std::string& reason) {
    report({{std::string(name_in_mount), 0, "not put into effect on this node: " + reason}});
}

void CorosyncConfInstaller::report(const std::vector<schema::Problem>& problems) {
    std::vector<ports::LocalProblems::Problem> found;
    found.reserve(problems.size());
    for (const schema::Problem& problem : problems)
        found.push_back({problem.file, problem.line, problem.reason});
    if (!store_.local_problems().set(std::string(name_in_mount), std::move(found))) return;
    for (const schema::Problem& problem : problems)
        log::warning(to_string(problem));
}

bool CorosyncConfInstaller::is_stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
}

Result<void> CorosyncConfInstaller::attempt(const std::function<Result<void>()>& action) {
    Result<void> done;
    for (int left = attempts; left > 0; --left) {
        done = action();
        if (done) return done;
        std::unique_lock lock(mutex_);
        if (changed_.wait_for(lock, time_between_attempts, [this] { return stopping_; })) break;
    }
    return done;
}

}  // namespace pmx::daemon
