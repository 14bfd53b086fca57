#include "schema/last_good.h"

namespace pmx::schema {

GoodSections merge_last_good(const SectionStates& now, const GoodSections& last_good) {
    GoodSections merged = now.good;
    for (const auto& [id, section] : last_good) {
        if (now.any_may_be_missing || now.broken.contains(id)) merged.try_emplace(id, section);
    }
    return merged;
}

}  // namespace pmx::schema
