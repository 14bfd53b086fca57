// Whatever is added and removed in whatever order, the file stays right and says what was done.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "schema/corosync_conf.h"

namespace pmx::schema {
namespace {

struct Step {
    bool add = false;
    unsigned which = 0;
};

std::string name_of(unsigned which) {
    return "node" + std::to_string(which);
}

CorosyncNode node_of(unsigned which, std::uint32_t id) {
    return {id, name_of(which), {"10.0.0." + std::to_string(which)}};
}

RC_GTEST_PROP(CorosyncConfProperty, FollowsAnySequenceOfChanges, ()) {
    CorosyncConf conf = CorosyncConf::create("lab", node_of(0, 1));
    std::map<unsigned, std::uint32_t> model{{0, 1}};
    std::uint64_t version = 1;
    const auto steps = *rc::gen::container<std::vector<std::pair<bool, unsigned>>>(
        rc::gen::pair(rc::gen::arbitrary<bool>(), rc::gen::inRange(0U, 6U)));
    for (const auto& [add, which] : steps) {
        if (add) {
            const std::uint32_t id = conf.next_free_id();
            const bool possible = !model.contains(which);
            RC_ASSERT(conf.add(node_of(which, id)).has_value() == possible);
            if (possible) model[which] = id;
            version += possible ? 1 : 0;
        } else {
            const bool possible = model.contains(which) && model.size() > 1;
            RC_ASSERT(conf.remove(name_of(which)).has_value() == possible);
            if (possible) model.erase(which);
            version += possible ? 1 : 0;
        }
        const auto again = parse_corosync_conf(conf.text());
        RC_ASSERT(again.problems.empty());
        RC_ASSERT(again.values.nodes() == conf.nodes());
        RC_ASSERT(again.values.text() == conf.text());
        RC_ASSERT(again.values.config_version() == version);
        RC_ASSERT(conf.has_two_node() == (model.size() == 2));
        RC_ASSERT(conf.nodes().size() == model.size());
        for (const auto& [known, id] : model)
            RC_ASSERT(conf.find(name_of(known))->id == id);
    }
}

// Sections of any shape, written and read again.
rc::Gen<CorosyncSection> any_section(int depth) {
    const auto word = rc::gen::nonEmpty(rc::gen::container<std::string>(
        rc::gen::elementOf(std::string("abcdefghijklmnopqrstuvwxyz0123456789_-."))));
    const auto value =
        rc::gen::container<std::string>(rc::gen::elementOf(std::string("abc01 :#}./")));
    return rc::gen::exec([=] {
        CorosyncSection section;
        section.name = *word;
        for (const auto& key : *rc::gen::container<std::vector<std::string>>(word)) {
            const std::string text = *value;
            const std::size_t first = text.find_first_not_of(' ');
            section.settings.push_back(
                {key,
                 first == std::string::npos
                     ? ""
                     : text.substr(first, text.find_last_not_of(' ') - first + 1),
                 0});
        }
        const int below = depth == 0 ? 0 : *rc::gen::inRange(0, 3);
        for (int i = 0; i < below; ++i)
            section.sections.push_back(*any_section(depth - 1));
        return section;
    });
}

RC_GTEST_PROP(CorosyncConfProperty, WhatIsWrittenReadsBack, ()) {
    CorosyncSection file;
    file.sections.push_back(*any_section(2));
    file.sections.push_back(*any_section(1));
    const auto again = parse_corosync_sections(corosync_sections_text(file));
    RC_ASSERT(again.problems.empty());
    RC_ASSERT(again.values == file);
}

}  // namespace
}  // namespace pmx::schema
