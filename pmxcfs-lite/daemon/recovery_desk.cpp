#include "daemon/recovery_desk.h"

#include <utility>

namespace pmx::daemon {

RecoveryDesk::RecoveryDesk(sqlite::Damage damage, std::function<Result<void>()> make_writable)
    : damage_(std::move(damage)), make_writable_(std::move(make_writable)) {}

std::optional<control::Diagnosis> RecoveryDesk::describe() const {
    const std::lock_guard lock(mutex_);
    if (!damage_) return std::nullopt;
    control::Diagnosis diagnosis;
    diagnosis.summary = sqlite::summary(*damage_);
    diagnosis.problems = damage_->problems;
    diagnosis.set_aside = damage_->set_aside;
    diagnosis.whole_files = damage_->whole_files;
    diagnosis.lost = damage_->lost;
    diagnosis.confirmable = damage_->confirmable;
    return diagnosis;
}

Result<void> RecoveryDesk::confirm() {
    const std::lock_guard lock(mutex_);
    if (!damage_) return fail(Code::invalid_argument, "there is nothing to recover");
    if (!damage_->confirmable) {
        return fail(Code::not_supported,
                    "what is served cannot be made writable: " + sqlite::summary(*damage_));
    }
    if (auto made = make_writable_(); !made) return made;
    damage_.reset();
    return {};
}

}  // namespace pmx::daemon
