// A scripted life of a store: every kind of batch, small and large, in an order that was chosen to
// make the WAL grow, move into the database, and start anew.
#pragma once

#include <string>
#include <vector>

#include "ports/log_store.h"

namespace pmx::sqlite {

std::vector<ports::WriteBatch> scripted_workload(const ports::StoredState& state);

}  // namespace pmx::sqlite
