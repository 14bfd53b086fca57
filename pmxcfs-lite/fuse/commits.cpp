#include "fuse/commits.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/log.h"
#include "tree/edits.h"
#include "tree/layout.h"

namespace pmx::fuse {
namespace {

void start_first(Filesystem& fs, OpenFiles::Lock lock, const std::shared_ptr<OpenFile>& file);

tree::Op operation(const OpenFile& file, const Commit& commit) {
    tree::WriteFile op;
    if (file.state == OpenFile::State::pending) {
        op.at = {.base = file.parent, .path = file.name};
        op.create = true;
    } else {
        op.at = {.base = file.inode, .path = {}};
    }
    op.edits = commit.edits;
    op.mtime = commit.mtime;
    return op;
}

// A file without a name takes its edits here and nowhere else.
void apply_here(OpenFile& file, const Commit& commit) {
    if (auto edited = tree::apply_edits(file.latest, commit.edits)) file.latest = *edited;
    if (commit.mtime) file.mtime = *commit.mtime;
}

// The newest content out of the tree; false when the file is not there any more.
bool refresh(Filesystem& fs, OpenFile& file) {
    const ports::TreeView tree = fs.store.read();
    const tree::Node* node = tree->find(file.inode);
    if (node == nullptr) return false;
    file.latest = node->content;
    file.mtime = node->mtime;
    fs.files.seen(file.node_id, *node, tree::is_private(*tree, file.inode));
    file.withheld = node->withheld;
    return true;
}

Code take_in(Filesystem& fs, const std::shared_ptr<OpenFile>& file, const Commit& commit,
             const ports::SubmitResult& result) {
    const bool was_pending = file->state == OpenFile::State::pending;
    if (was_pending && result.result != Code::ok) {
        file->creation_failed = true;
        return result.result;
    }
    if (was_pending) fs.files.became_committed(file, result.inode);
    const bool gone = result.result == Code::not_found && !was_pending;
    if (result.result != Code::ok && !gone) return result.result;
    if (file->state == OpenFile::State::committed && !gone && refresh(fs, *file)) return Code::ok;
    // Written to a file that lost its name meanwhile: fine, and gone with the last handle.
    apply_here(*file, commit);
    if (file->state != OpenFile::State::removed) fs.files.became_removed(*file);
    return Code::ok;
}

std::string describe(const OpenFile& file, const Commit& commit) {
    return name_for_log(file) + ", program " + commit.actor.program + ", pid " +
           std::to_string(commit.actor.pid);
}

void report(const OpenFile& file, const Commit& commit, Code code) {
    log::error("nobody waited for a change that failed: " + describe(file, commit) + ": " +
               std::string(code_name(code)));
}

// Shells do not look at what close says.
void report_late(const OpenFile& file, const Commit& commit) {
    log::error("a save was not committed in time and ended with EIO: " + describe(file, commit) +
               "; it may still come to be");
}

bool is_waited_for(const Commit& commit) {
    return std::any_of(commit.waiters.begin(), commit.waiters.end(),
                       [](const Waiter& waiter) { return waiter.kind == Waiter::Kind::saver; });
}

void finish_first(Filesystem& fs, OpenFiles::Lock lock, const std::shared_ptr<OpenFile>& file,
                  const ports::SubmitResult& result) {
    if (file->commits.empty()) return;  // the mount was stopped
    const std::shared_ptr<Commit> commit = file->commits.front();
    const Code code = take_in(fs, file, *commit, result);
    file->commits.pop_front();
    if (commit->handle && code == Code::ok && commit->handle->snapshot) {
        commit->handle->snapshot = file->latest;
    }
    const bool told = is_waited_for(*commit);
    if (code != Code::ok && !told) {
        if (commit->handle) commit->handle->failed = code;
        report(*file, *commit, code);
    }
    if (code == Code::timed_out && told) report_late(*file, *commit);
    const bool more = !file->commits.empty();
    if (!more && file->state == OpenFile::State::pending && file->handles.empty()) {
        fs.files.became_removed(*file);
    }
    const bool has_news = std::exchange(file->has_news, false);
    if (has_news && file->state == OpenFile::State::committed) fs.events.raise(file->inode);
    const auto waiters = std::exchange(commit->waiters, {});
    fs.files.drop_if_unused(file);
    lock.unlock();
    for (const auto& waiter : waiters)
        waiter.call(code);
    if (more) start_first(fs, fs.files.lock(), file);
}

void start_first(Filesystem& fs, OpenFiles::Lock lock, const std::shared_ptr<OpenFile>& file) {
    if (file->commits.empty()) return;
    const std::shared_ptr<Commit> commit = file->commits.front();
    if (file->state == OpenFile::State::removed) {
        return finish_first(fs, std::move(lock), file,
                            {.result = Code::not_found, .index = {}, .inode = {}});
    }
    tree::Op op = operation(*file, *commit);
    wire::Actor actor = commit->actor;
    lock.unlock();
    if (fs.stopped) return;
    fs.store.submit(std::move(op), std::move(actor), ports::Store::Patience::patient,
                    [weak = fs.weak_from_this(), file](const ports::SubmitResult& result) {
                        const auto self = weak.lock();
                        if (self && !self->stopped) {
                            finish_first(*self, self->files.lock(), file, result);
                        }
                    });
}

void enqueue(Filesystem& fs, OpenFiles::Lock lock, const std::shared_ptr<OpenFile>& file,
             std::shared_ptr<Commit> commit) {
    file->commits.push_back(std::move(commit));
    if (file->commits.size() == 1) start_first(fs, std::move(lock), file);
}

// Whoever has the node open, or looked its name up, goes on with it.
void take_in_removal(Filesystem& fs, Inode inode, bool is_private) {
    const NodeIdValue id = fs.files.node_id_of(inode);
    const auto file = fs.files.find_committed(inode);
    fs.files.goes_from(id, is_private);
    const GoneNode* gone = fs.files.find_gone(id);
    fs.files.left_the_tree(inode);
    if (!file) return;
    if (gone != nullptr) file->mtime = gone->mtime;
    file->is_private = is_private;
    fs.files.became_removed(*file);
}

// For watchers. What has a commit on its way here is told of after that: it is unsaved until then,
// and what is pending would be read empty.
void raise_event(Filesystem& fs, const tree::Change& change) {
    const bool has_content = change.kind == tree::ChangeKind::modified ||
                             (change.kind == tree::ChangeKind::created && change.size > 0);
    if (!has_content) return;
    auto file = fs.files.find_pending(change.parent, change.name);
    if (!file) file = fs.files.find_committed(change.inode);
    if (file && (file->state == OpenFile::State::pending || !file->commits.empty())) {
        file->has_news = true;
    } else {
        fs.events.raise(change.inode);
    }
}

void take_in_change(Filesystem& fs, const tree::Change& change) {
    const NodeIdValue id = fs.files.node_id_of(change.inode);
    if (fs.files.is_known(id)) {
        const ports::TreeView tree = fs.store.read();
        const tree::Node* node = tree->find(change.inode);
        if (node != nullptr) fs.files.seen(id, *node, tree::is_private(change.path));
    }
    if (const auto file = fs.files.find_committed(change.inode)) refresh(fs, *file);
    raise_event(fs, change);
    // Only what the kernel has is invalidated: a size that it asks for at the same time is lost on
    // it.
    if (change.kind != tree::ChangeKind::modified || !fs.files.take_keeps_pages(id)) return;
    fs.kernel_cache.post(
        [session = fs.session, id] { fuse_lowlevel_notify_inval_inode(session, id, 0, 0); });
}

}  // namespace

std::string name_for_log(const OpenFile& file) {
    return file.name.empty() ? "inode " + std::to_string(file.inode.value)
                             : "creating '" + file.name + "'";
}

void commit_handle(Filesystem& fs, OpenFiles::Lock lock, Handle& handle,
                   std::optional<Waiter> waiter) {
    auto commit = std::make_shared<Commit>();
    commit->handle = handle.shared_from_this();
    commit->edits = handle.edits.list();
    // The time that fstat showed stays.
    commit->mtime = std::exchange(handle.mtime, {});
    if (!commit->mtime && !commit->edits.empty()) commit->mtime = handle.edited;
    commit->actor = handle.actor;
    if (waiter) commit->waiters.push_back(std::move(*waiter));
    handle.edits.clear();
    handle.explicit_edits = false;
    handle.of_several = false;
    fs.files.set_growth(handle, 0);
    enqueue(fs, std::move(lock), handle.file, std::move(commit));
}

void commit_file(Filesystem& fs, OpenFiles::Lock lock, const std::shared_ptr<OpenFile>& file,
                 Commit commit) {
    enqueue(fs, std::move(lock), file, std::make_shared<Commit>(std::move(commit)));
}

void take_in_changes(Filesystem& fs, const ports::Committed& committed) {
    const auto lock = fs.files.lock();
    for (const tree::Change& change : committed.changes) {
        const bool removes =
            change.kind == tree::ChangeKind::removed || change.kind == tree::ChangeKind::expired;
        const Inode gone = removes ? change.inode : change.replaced;
        if (gone != Inode()) take_in_removal(fs, gone, tree::is_private(change.path));
        if (!removes) take_in_change(fs, change);
    }
}

Waiter answer_with_code(Filesystem& fs, fuse_req_t request) {
    return {Waiter::Kind::saver,
            [weak = fs.weak_from_this(), ticket = fs.waits.hold(request)](Code code) {
                const auto self = weak.lock();
                if (!self) return;
                self->waits.answer(ticket, [code](fuse_req_t held) { reply_code(held, code); });
            }};
}

Waiter answer_then(Filesystem& fs, fuse_req_t request, std::function<void(fuse_req_t)> then) {
    return {Waiter::Kind::saver, [weak = fs.weak_from_this(), ticket = fs.waits.hold(request),
                                  then = std::move(then)](Code code) {
                const auto self = weak.lock();
                if (!self) return;
                self->waits.answer(ticket, [&](fuse_req_t held) {
                    if (code != Code::ok) return reply_code(held, code);
                    then(held);
                });
            }};
}

Waiter whatever_comes_of_it(Filesystem& fs, fuse_req_t request,
                            std::function<void(fuse_req_t)> then) {
    return {Waiter::Kind::bystander, [weak = fs.weak_from_this(), ticket = fs.waits.hold(request),
                                      then = std::move(then)](Code) {
                if (const auto self = weak.lock()) self->waits.answer(ticket, then);
            }};
}

}  // namespace pmx::fuse
