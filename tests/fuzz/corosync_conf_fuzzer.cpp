// Any bytes as corosync.conf: what is accepted is clean, and can be changed and read again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "schema/corosync_conf.h"
#include "schema/corosync_local_keys.h"

namespace schema = pmx::schema;

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto sections = schema::parse_corosync_sections(text);
    if (sections.problems.empty()) {
        const auto again =
            schema::parse_corosync_sections(schema::corosync_sections_text(sections.values));
        PMX_CHECK(again.problems.empty(), "what was written does not parse");
        PMX_CHECK(again.values == sections.values, "what was written reads otherwise");
        const auto shared = schema::without_local_keys(sections.values);
        PMX_CHECK(schema::local_key_problems(shared).empty(), "a node's own key was taken over");
        const auto merged = schema::with_local_keys_of(sections.values, sections.values);
        PMX_CHECK(schema::without_local_keys(merged) == shared, "own keys changed what is shared");
        const auto trial =
            schema::parse_corosync_sections(schema::corosync_trial_text(text, "/run/key"));
        PMX_CHECK(trial.problems.empty(), "the text for the trial does not parse");
    }
    auto parsed = schema::parse_corosync_conf(text);
    if (!parsed.problems.empty()) return 0;
    schema::CorosyncConf& conf = parsed.values;
    PMX_CHECK(!conf.nodes().empty() && conf.config_version() > 0, "not what a cluster has");
    const std::uint64_t version = conf.config_version();
    schema::CorosyncNode node{conf.next_free_id(), "added", conf.nodes().front().addresses};
    for (std::string& address : node.addresses)
        address += "-added";
    if (!conf.add(node)) return 0;
    const auto again = schema::parse_corosync_conf(conf.text());
    PMX_CHECK(again.problems.empty(), "adding a node made a problem");
    PMX_CHECK(again.values.nodes() == conf.nodes(), "the nodes read otherwise");
    PMX_CHECK(conf.config_version() == version + 1, "the version did not grow");
    PMX_CHECK(conf.remove("added").has_value(), "what was added cannot be removed");
    return 0;
}
