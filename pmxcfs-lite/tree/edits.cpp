#include "tree/edits.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "tree/limits.h"

namespace pmx::tree {

namespace {

// What a file will hold, as pieces of the old content and of the edits: nothing is copied before
// the last edit is known, so what is overwritten or cut off again costs nothing.
class Patchwork {
  public:
    explicit Patchwork(const std::string& before)
        : before_(before), kept_(before.size()), size_(before.size()) {}

    Code apply(const Edit& edit) {
        if (edit.kind == Edit::Kind::truncate) return truncate(edit.offset);
        return write(edit.kind == Edit::Kind::append ? size_ : edit.offset, edit.bytes);
    }

    [[nodiscard]] std::string join() const {
        if (is_one_piece()) return std::string(pieces_.begin()->second);
        std::string result;
        result.reserve(size_);
        result.append(before_.substr(0, kept_));
        result.resize(size_);
        for (const auto& [offset, bytes] : pieces_)
            result.replace(offset, bytes.size(), bytes);
        return result;
    }

  private:
    Code write(std::uint64_t offset, std::string_view bytes) {
        if (bytes.empty()) return Code::ok;
        if (offset > max_file_bytes || bytes.size() > max_file_bytes - offset) {
            return Code::file_too_large;
        }
        cut(offset, offset + bytes.size());
        pieces_.emplace(offset, bytes);
        size_ = std::max(size_, offset + bytes.size());
        return Code::ok;
    }

    Code truncate(std::uint64_t size) {
        if (size > max_file_bytes) return Code::file_too_large;
        cut(size, max_file_bytes);
        kept_ = std::min(kept_, size);
        size_ = size;
        return Code::ok;
    }

    // Takes [begin, end) away from the pieces.
    void cut(std::uint64_t begin, std::uint64_t end) {
        auto piece = pieces_.lower_bound(begin);
        if (piece != pieces_.begin()) {
            auto& [offset, bytes] = *std::prev(piece);
            const std::string_view whole = bytes;
            if (offset + whole.size() > begin) bytes = whole.substr(0, begin - offset);
            if (offset + whole.size() > end) pieces_.emplace(end, whole.substr(end - offset));
        }
        while (piece != pieces_.end() && piece->first < end) {
            const auto [offset, bytes] = *piece;
            piece = pieces_.erase(piece);
            if (offset + bytes.size() > end) pieces_.emplace(end, bytes.substr(end - offset));
        }
    }

    [[nodiscard]] bool is_one_piece() const {
        return pieces_.size() == 1 && pieces_.begin()->second.size() == size_;
    }

    std::string_view before_;
    std::uint64_t kept_;  // how much of `before` is still there, under the pieces
    std::uint64_t size_;
    std::map<std::uint64_t, std::string_view> pieces_;  // by offset; none overlap, none is empty
};

}  // namespace

bool has_effect(std::span<const Edit> edits) {
    return std::any_of(edits.begin(), edits.end(), [](const Edit& edit) {
        return edit.kind == Edit::Kind::truncate || !edit.bytes.empty();
    });
}

Result<Content> apply_edits(const Content& before, std::span<const Edit> edits) {
    Patchwork patchwork(*before);
    for (const Edit& edit : edits) {
        const Code code = patchwork.apply(edit);
        if (code != Code::ok) return fail(code);
    }
    return std::make_shared<const std::string>(patchwork.join());
}

}  // namespace pmx::tree
