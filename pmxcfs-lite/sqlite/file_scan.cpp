#include "sqlite/file_scan.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace pmx::sqlite {
namespace {

constexpr std::size_t header_bytes = 32;
constexpr std::size_t frame_header_bytes = 24;
constexpr std::uint32_t magic = 0x377f0682;  // and with the lowest bit set: big-endian checksums

std::uint32_t big_endian(std::string_view bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = at; i < at + 4; ++i)
        value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
    return value;
}

struct WalChecksum {
    std::uint32_t first = 0;
    std::uint32_t second = 0;
    friend bool operator==(const WalChecksum&, const WalChecksum&) = default;

    void add(std::string_view bytes, bool is_big_endian) {
        for (std::size_t i = 0; i + 8 <= bytes.size(); i += 8) {
            std::uint32_t one = big_endian(bytes, i);
            std::uint32_t two = big_endian(bytes, i + 4);
            if (!is_big_endian) {
                one = __builtin_bswap32(one);
                two = __builtin_bswap32(two);
            }
            first += one + second;
            second += two + first;
        }
    }
    static WalChecksum stored(std::string_view bytes, std::size_t at) {
        return {big_endian(bytes, at), big_endian(bytes, at + 4)};
    }
};

// What the frames add up to, one after the other.
class FrameWalk {
  public:
    FrameWalk(std::string_view header, bool header_is_right)
        : is_big_endian_((big_endian(header, 0) & 1) != 0),
          salts_(header.substr(16, 8)),
          before_(WalChecksum::stored(header, 24)),
          broken_(!header_is_right) {}

    void frame(std::string_view bytes) {
        // With a damaged header the first frame tells which salts are this generation's.
        if (broken_ && frames_ == 0) salts_ = bytes.substr(8, 8);
        ++frames_;
        const WalChecksum stored = WalChecksum::stored(bytes, 16);
        WalChecksum computed = before_;
        computed.add(bytes.substr(0, 8), is_big_endian_);
        computed.add(bytes.substr(frame_header_bytes), is_big_endian_);
        const bool ours = bytes.substr(8, 8) == salts_;
        const bool right = ours && computed == stored;
        if (!right && !broken_) {
            broken_ = true;
            first_bad_ = frames_;
        }
        const bool ends_transaction = big_endian(bytes, 4) != 0;
        if (broken_ && ours && ends_transaction) ++transactions_behind_;
        before_ = stored;
    }

    void report(bool header_is_right, FileFindings& findings) const {
        if (transactions_behind_ == 0) return;
        const std::string behind = std::to_string(transactions_behind_);
        const std::string where =
            "frame " + std::to_string(first_bad_) + " of the WAL is not right";
        if (!header_is_right) {
            findings.problems.push_back("the header of the WAL is damaged, and the " + behind +
                                        " transactions behind it are lost");
        } else if (transactions_behind_ > 1) {
            findings.problems.push_back(where + ", and " + behind +
                                        " transactions from there on are lost");
        } else {
            // It may belong to the very transaction that ends behind it, cut off by a crash.
            findings.warnings.push_back(
                where + "; if no crash came before this start, a transaction was lost to damage");
        }
    }

  private:
    bool is_big_endian_;
    std::string salts_;
    WalChecksum before_;
    bool broken_;
    std::uint64_t frames_ = 0;
    std::uint64_t first_bad_ = 0;
    std::uint64_t transactions_behind_ = 0;
};

Result<bool> read_block(int fd, std::string& block, off_t at, const std::string& path) {
    std::size_t have = 0;
    while (have < block.size()) {
        const ssize_t got =
            ::pread(fd, block.data() + have, block.size() - have, at + static_cast<off_t>(have));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno(errno, "cannot read " + path);
        if (got == 0) return false;
        have += static_cast<std::size_t>(got);
    }
    return true;
}

Result<void> scan_wal(const std::string& path, FileFindings& findings) {
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file && errno == ENOENT) return {};
    if (!file) return fail_errno(errno, "cannot open " + path);
    std::string header(header_bytes, '\0');
    auto there = read_block(file.get(), header, 0, path);
    if (!there) return fail(there.error());
    if (!*there) return {};

    WalChecksum checksum;
    checksum.add(std::string_view(header).substr(0, 24), (big_endian(header, 0) & 1) != 0);
    const bool header_is_right =
        (big_endian(header, 0) & ~1U) == magic && checksum == WalChecksum::stored(header, 24);
    const std::uint32_t page = big_endian(header, 8);
    // Without the page size nobody can tell where frames begin.
    if (page < 512 || page > 65536 || (page & (page - 1)) != 0) {
        return fail(Code::corrupt, "the header of the WAL is damaged");
    }
    FrameWalk walk(header, header_is_right);
    std::string frame(frame_header_bytes + page, '\0');
    for (off_t at = header_bytes;; at += static_cast<off_t>(frame.size())) {
        there = read_block(file.get(), frame, at, path);
        if (!there) return fail(there.error());
        if (!*there) break;
        walk.frame(frame);
    }
    walk.report(header_is_right, findings);
    return {};
}

// Two bytes that say how the file is written. Changed ones would turn the WAL off, or make a file
// that can be read and not written.
Result<void> scan_header(const std::string& path, FileFindings& findings) {
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file) return fail_errno(errno, "cannot open " + path);
    std::string header(100, '\0');
    auto there = read_block(file.get(), header, 0, path);
    if (!there) return fail(there.error());
    if (!*there || header[18] != 2 || header[19] != 2) {
        findings.problems.push_back("the header of " + path + " is damaged");
    }
    return {};
}

}  // namespace

FileFindings scan_files(const std::string& path) {
    FileFindings findings;
    for (const auto& done : {scan_header(path, findings), scan_wal(path + "-wal", findings)})
        if (!done) findings.problems.push_back(done.error().message());
    if (::access((path + "-journal").c_str(), F_OK) == 0) {
        findings.problems.push_back(
            path + " has a rollback journal, which only another program can have made");
    }
    return findings;
}

}  // namespace pmx::sqlite
