// From sections that were checked against the table to values.
#pragma once

#include "schema/notifications.h"

namespace pmx::schema {

inline constexpr std::string_view group_type = "group";
inline constexpr std::string_view filter_type = "filter";
inline constexpr std::string_view matcher_type = "matcher";
inline constexpr std::string_view expect_type = "expect";

Target make_target(const Section& section, const Properties& shared, const Properties& secret);
Filter make_filter(const Section& section, const Properties& properties);
Matcher make_matcher(const Section& section, const Properties& properties);
Expectation make_expectation(const Section& section, const Properties& properties);

}  // namespace pmx::schema
