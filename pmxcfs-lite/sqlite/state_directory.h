// The files of a state directory: their names, who holds them, moving them aside.
#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "sqlite/records.h"

namespace pmx::sqlite {

class StateDirectory {
  public:
    explicit StateDirectory(std::string path) : path_(std::move(path)) {}

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::string database() const { return path_ + "/store.db"; }
    [[nodiscard]] std::string wal() const { return database() + "-wal"; }
    // A new database is made under this name, and renamed when it is complete.
    [[nodiscard]] std::string unfinished() const { return path_ + "/store.db.new"; }
    // What was saved of a damaged one, complete, until the damaged one is out of its place.
    [[nodiscard]] std::string saved() const { return path_ + "/store.db.saved"; }

    // After an error of the disk, for instance. What is there can be served all the same.
    [[nodiscard]] bool is_on_read_only_filesystem() const;

    // Held for as long as the descriptor lives. Code::busy names the process that holds it.
    Result<UniqueFd> lock() const;
    // Takes nothing, so it is in no daemon's way.
    Result<void> check_not_in_use() const;

    // Moves whatever is left of a damaged database into a directory of its own. After a crash on
    // the way, calling it again with the same directory goes on: the database goes first, so that
    // it is never found without its WAL.
    Result<void> set_aside(const std::string& directory) const;
    // A name for that directory that does not exist yet.
    [[nodiscard]] std::string name_for_damaged() const { return unused_name("damaged"); }
    [[nodiscard]] std::string name_for_replaced() const { return unused_name("replaced"); }

    // Durably gives a complete and closed database the name it is opened by.
    Result<void> put_in_place(const std::string& complete) const;
    Result<void> sync() const;

  private:
    [[nodiscard]] std::string unused_name(const std::string& what) const;

    std::string path_;
};

bool exists(const std::string& path);
// The database of that name with its WAL and journal, where they are.
Result<void> remove_database(const std::string& path);
Result<Place> place_of(const std::string& path);

}  // namespace pmx::sqlite
