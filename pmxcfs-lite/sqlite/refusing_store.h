// The store of a daemon that serves what it has in memory, because the disk can take nothing.
#pragma once

#include <string>
#include <utility>

#include "base/unique_fd.h"
#include "ports/log_store.h"

namespace pmx::sqlite {

class RefusingStore final : public ports::LogStore {
  public:
    RefusingStore(UniqueFd lock, std::string reason)
        : lock_(std::move(lock)), reason_(std::move(reason)) {}

    Result<void> write(const ports::WriteBatch& /*batch*/) override {
        return fail(Code::read_only, reason_);
    }
    Result<std::vector<ports::HistoryRecord>> history(
        const ports::HistoryQuery& /*query*/) override {
        return std::vector<ports::HistoryRecord>{};
    }
    Result<wire::Entry> entry(LogIndex /*index*/) override { return fail(Code::not_found); }
    Result<LogIndex> beyond(std::uint64_t /*max_bytes*/, WallTime /*oldest*/) override {
        return LogIndex(0);
    }
    Result<std::vector<ports::RejectedChange>> rejected() override {
        return std::vector<ports::RejectedChange>{};
    }

  private:
    UniqueFd lock_;
    std::string reason_;
};

}  // namespace pmx::sqlite
