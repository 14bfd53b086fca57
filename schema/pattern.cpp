#include "schema/pattern.h"

#include <re2/re2.h>

namespace pmx::schema {

namespace {

// Of a compiled pattern and of the states it is run with. It bounds the time too: what does not
// fit is given up after some 10 ms.
constexpr std::int64_t max_memory_bytes = std::int64_t{64} << 10;

}  // namespace

Result<Pattern> Pattern::parse(std::string_view text) {
    if (text.size() > max_pattern_bytes) {
        return fail(Code::invalid_argument, "longer than 1024 bytes");
    }
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(max_memory_bytes);
    auto compiled =
        std::make_shared<const RE2>(re2::StringPiece(text.data(), text.size()), options);
    if (!compiled->ok()) return fail(Code::invalid_argument, compiled->error());
    return Pattern(std::move(compiled));
}

const std::string& Pattern::text() const {
    return compiled_->pattern();
}

bool Pattern::is_in(std::string_view text) const {
    return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *compiled_);
}

}  // namespace pmx::schema
