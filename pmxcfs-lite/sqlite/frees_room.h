// What may use the room that is kept for removals.
#pragma once

#include <cstdint>

#include "ports/log_store.h"

namespace pmx::sqlite {

// It removes files or directories, and adds nothing.
bool removes(const wire::Entry& entry);

// Its room is to be found even on a full disk: removals, what opens a view, a promise, a
// checkpoint. `generous`: barriers too, which give nothing back.
bool may_use_reserve(const ports::WriteBatch& batch, bool generous);

// About what it takes in the WAL.
std::uint64_t bytes_of(const ports::Checkpoint& checkpoint);

}  // namespace pmx::sqlite
