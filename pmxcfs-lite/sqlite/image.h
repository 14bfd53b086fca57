// A database as one value, to be written whole: a new one, or what was saved of a damaged one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ports/log_store.h"
#include "sqlite/contents.h"
#include "sqlite/database.h"
#include "sqlite/records.h"

namespace pmx::sqlite {

struct Image {
    ports::StoredState state;
    Floor floor;
    std::vector<wire::EntryPtr> older_entries;  // after floor, up to the base
    std::vector<ports::HistoryChange> history;  // of older_entries
    std::vector<ports::RejectedChange> rejected;
    std::optional<Damage> recovery;
};

// Makes the file and closes it complete, without a WAL beside it. Not yet durable by name.
Result<void> write_image(const std::string& path, const Image& image, const Tuning& tuning);

// From contents without a problem.
Image image_of(Contents contents);

}  // namespace pmx::sqlite
