// notifications.cfg(5) against the table of what the file may hold: the page names every property
// of every type, and nothing else; and its examples are right.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "schema/notifications.h"

namespace pmx::schema {
namespace {

// What a tag of the page says about one property: its line and the text below.
using Tags = std::map<std::string, std::string>;

struct Page {
    std::map<std::string, std::string> sections;  // by heading, as troff
    std::map<std::string, Tags> tags;             // by heading
    std::string shared_examples;
    std::string private_examples;
};

// "from-address" of `.BI from-address " ADDRESS\fR, required\fP"`.
std::string tagged_word(const std::string& line) {
    std::istringstream words(line);
    std::string macro;
    std::string word;
    words >> macro >> word;
    return word;
}

Page read_page() {
    std::ifstream file(std::string(PMX_MAN_PAGES) + "/notifications.cfg.5");
    EXPECT_TRUE(file.is_open());
    Page page;
    std::string heading;
    std::string tag;
    std::string line;
    std::string before;  // the last line of text
    std::string* example = nullptr;
    bool begins_tag = false;
    while (std::getline(file, line)) {
        if (line.starts_with(".SS ") || line.starts_with(".SH ")) {
            heading = line.substr(4);
            tag.clear();
        } else if (line == ".EX") {
            const bool is_secret = before == "and in the private file";
            example = is_secret ? &page.private_examples : &page.shared_examples;
        } else if (line == ".EE") {
            *example += "\n";
            example = nullptr;
        } else if (example != nullptr) {
            *example += line + "\n";
        } else if (std::exchange(begins_tag, false)) {
            tag = tagged_word(line);
            page.tags[heading][tag] = line + "\n";
        } else if (line == ".TP") {
            begins_tag = true;
        } else if (line == ".PP") {
            tag.clear();
        } else {
            if (!tag.empty()) page.tags[heading][tag] += line + "\n";
            before = line;
        }
        page.sections[heading] += line + "\n";
    }
    return page;
}

// Of the type's own heading, and of those that it refers to.
Tags tags_of(Page& page, const std::string& type) {
    Tags tags = page.tags[type];
    for (const std::string common : {"any section", "any sender"})
        if (page.sections[type].find(common) != std::string::npos) {
            tags.insert(page.tags[common].begin(), page.tags[common].end());
        }
    return tags;
}

TEST(NotificationsPage, NamesEveryPropertyAndNothingElse) {
    Page page = read_page();
    for (const TypeRule& type : notification_types()) {
        const std::string name(type.type);
        EXPECT_TRUE(page.sections.contains(name)) << "the page has no heading for " << name;
        Tags tags = tags_of(page, name);
        std::set<std::string> named;
        std::set<std::string> known;
        for (const auto& [tag, text] : tags)
            named.insert(tag);
        for (const PropertyRule& property : type.properties)
            known.insert(std::string(property.key));
        EXPECT_EQ(named, known) << "of " << name;
    }
}

TEST(NotificationsPage, SaysWhatIsRequiredAListSecretAndWhichWordsThereAre) {
    Page page = read_page();
    for (const TypeRule& type : notification_types()) {
        Tags tags = tags_of(page, std::string(type.type));
        for (const PropertyRule& property : type.properties) {
            const std::string key(property.key);
            const std::string tag = tags[key].substr(0, tags[key].find('\n'));
            const std::string what = std::string(type.type) + ": " + key;
            EXPECT_EQ(tag.find("required") != std::string::npos, property.required) << what;
            EXPECT_EQ(tag.find("a list") != std::string::npos, property.list) << what;
            if (property.secret) {
                EXPECT_THAT(tag, testing::HasSubstr("private file")) << what;
            }
            for (const std::string_view word : property.words)
                EXPECT_THAT(tags[key], testing::HasSubstr(std::string(word))) << what;
        }
        for (const std::string_view key : type.at_least_one_of)
            EXPECT_THAT(page.sections[std::string(type.type)],
                        testing::HasSubstr("\n.B " + std::string(key) + "\n"));
    }
}

TEST(NotificationsPage, EveryTypeHasAnExampleAndAllAreRight) {
    const Page page = read_page();
    const auto parsed = parse_notifications(page.shared_examples, page.private_examples);
    std::string problems;
    for (const Problem& problem : parsed.problems)
        problems += to_string(problem) + "\n";
    EXPECT_EQ(problems, "");
    for (const TypeRule& type : notification_types())
        EXPECT_THAT(page.shared_examples, testing::HasSubstr(std::string(type.type) + ": "));
    EXPECT_THAT(page.shared_examples, testing::HasSubstr("sendmail: mail-to-root\n"));
}

}  // namespace
}  // namespace pmx::schema
