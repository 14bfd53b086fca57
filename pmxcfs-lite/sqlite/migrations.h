// The shape of the database, and the steps from each older shape to it.
//
// Forward only: PRAGMA user_version counts the steps taken. A step that was released never changes.
#pragma once

#include "base/result.h"
#include "sqlite/database.h"

namespace pmx::sqlite {

inline constexpr int application_id = 0x504d5853;  // "PMXS", for file(1) and for us

// Of this program. A database with a larger one is left alone.
int newest_schema_version();

// From whatever version the database has (0: empty) to the newest, in one transaction.
Result<void> migrate(Database& database);

// Whether tables and indexes are exactly those of `version`; a byte changed in their definition
// could turn what it says around.
Result<bool> schema_is(Database& database, int version);

}  // namespace pmx::sqlite
