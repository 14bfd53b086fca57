// PMX_CHECK(condition, "what is broken"): stays on in release.
//
// For what must never be, whatever a file, a peer or a user does. A node whose invariant is broken
// must stop: its peers go on. Bad input is no broken invariant: that is a Result.
#pragma once

namespace pmx {

[[noreturn]] void check_failed(const char* condition, const char* what, const char* file,
                               int line) noexcept;

}  // namespace pmx

#define PMX_CHECK(condition, what) \
    ((condition) ? void(0) : ::pmx::check_failed(#condition, what, __FILE__, __LINE__))
