// A damaged database, between its diagnosis and the administrator's word.
#pragma once

#include <functional>
#include <mutex>
#include <optional>

#include "base/result.h"
#include "control/recovery.h"
#include "sqlite/damage.h"

namespace pmx::daemon {

class RecoveryDesk final : public control::Recovery {
  public:
    // `make_writable` confirms on the disk and lets the store write from then on.
    RecoveryDesk(sqlite::Damage damage, std::function<Result<void>()> make_writable);

    [[nodiscard]] std::optional<control::Diagnosis> describe() const override;
    Result<void> confirm() override;

  private:
    mutable std::mutex mutex_;
    std::optional<sqlite::Damage> damage_;  // gone once confirmed
    const std::function<Result<void>()> make_writable_;
};

}  // namespace pmx::daemon
