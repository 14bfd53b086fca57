// What can be wrong with the files of a database that SQLite passes over in silence.
//
// Of a WAL it reads the frames up to the first that is not right and takes that for the end. After
// a crash it is, when it was the last transaction's and not synced. But each transaction is synced
// before the next is written: where a later one is whole, an earlier one was once on the disk, and
// is lost.
#pragma once

#include <string>
#include <vector>

namespace pmx::sqlite {

struct FileFindings {
    std::vector<std::string> problems;
    std::vector<std::string> warnings;  // of a crash or of damage, which cannot be told apart
};

// Reads `path` and what lies beside it. The format: https://sqlite.org/fileformat2.html
FileFindings scan_files(const std::string& path);

}  // namespace pmx::sqlite
