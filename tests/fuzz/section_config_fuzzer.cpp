// Any bytes: the text is kept, every edit that is taken reads back as it was meant.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "schema/section_config.h"

using pmx::schema::Document;
using pmx::schema::Section;

namespace {

void check_edit(const Document& original, const Section& section, std::string_view value) {
    Document edited = original;
    const std::size_t sections = original.sections().size();
    const std::size_t problems = original.problems().size();
    if (!edited.set(section.id, "key", {std::string(value)})) {
        PMX_CHECK(edited.text() == original.text(), "a refused edit changed the text");
        return;
    }
    PMX_CHECK(edited.sections().size() == sections, "an edit changed other sections");
    PMX_CHECK(edited.problems().size() <= problems, "an edit made a problem");
    bool found = false;
    for (const auto& property : edited.find(section.id)->properties) {
        if (property.key == "key") found = property.value == pmx::schema::trim(value);
    }
    PMX_CHECK(found, "what was set is not there");
    PMX_CHECK(edited.remove_section(section.id).has_value(), "a section cannot be removed");
    PMX_CHECK(edited.sections().size() == sections - 1, "another section went too");
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const Document document = Document::parse("f.cfg", text);
    PMX_CHECK(document.text() == text, "the text was not kept");
    std::size_t checked = 0;
    for (const Section& section : document.sections()) {
        const Document alone = Document::parse("f.cfg", document.section_text(section));
        PMX_CHECK(alone.sections().size() == 1, "a section's text is not one section");
        if (++checked <= 4) check_edit(document, section, text.substr(0, 24));
    }
    return 0;
}
