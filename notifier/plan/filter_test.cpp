#include "notifier/plan/filter.h"

#include <gtest/gtest.h>

namespace pmx::notifier {
namespace {

using schema::Filter;
using schema::FilterMode;
using schema::MinSeverity;

constexpr Severity severities[] = {Severity::info, Severity::notice, Severity::warning,
                                   Severity::error};

TEST(Filter, MinSeverityWithEitherMode) {
    for (int minimum = 0; minimum < 4; ++minimum) {
        for (const FilterMode mode : {FilterMode::all, FilterMode::any}) {
            Filter filter{.name = "ff",
                          .line = 1,
                          .min_severity = static_cast<MinSeverity>(minimum),
                          .mode = mode,
                          .invert_match = false,
                          .comment = ""};
            for (int severity = 0; severity < 4; ++severity) {
                filter.invert_match = false;
                EXPECT_EQ(passes(filter, severities[severity]), severity >= minimum);
                filter.invert_match = true;
                EXPECT_EQ(passes(filter, severities[severity]), severity < minimum);
            }
        }
    }
}

TEST(Filter, WithoutAMatcherTheModeDecides) {
    for (const Severity severity : severities) {
        Filter filter;
        EXPECT_TRUE(passes(filter, severity));
        filter.invert_match = true;
        EXPECT_FALSE(passes(filter, severity));
        filter.mode = FilterMode::any;
        EXPECT_TRUE(passes(filter, severity));
        filter.invert_match = false;
        EXPECT_FALSE(passes(filter, severity));
    }
}

TEST(Filter, Explains) {
    Filter filter;
    filter.name = "urgent";
    EXPECT_EQ(explain(filter, Severity::info),
              "filter 'urgent' passes: it has no matcher, mode and");
    filter.min_severity = MinSeverity::warning;
    EXPECT_EQ(explain(filter, Severity::error), "filter 'urgent' passes: error >= warning");
    EXPECT_EQ(explain(filter, Severity::info), "filter 'urgent' does not pass: info < warning");
    filter.invert_match = true;
    EXPECT_EQ(explain(filter, Severity::info), "filter 'urgent' passes: info < warning, inverted");
}

}  // namespace
}  // namespace pmx::notifier
