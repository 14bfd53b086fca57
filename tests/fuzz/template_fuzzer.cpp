// A template, and the data it is rendered with: the first line, where that is JSON.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/check.h"
#include "base/json_nesting.h"
#include "notifier/render/human.h"
#include "notifier/render/template_helpers.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace pmx::notifier;
    const std::string_view input(reinterpret_cast<const char*>(bytes), size);
    const std::string_view first = input.substr(0, input.find('\n'));
    static const auto usual = nlohmann::json::parse(
        R"({"title": "t<", "n": 5, "o": {"a-b": [1, "x", null]}, "list": [{"k": 1}, {"k": 2}],
            "table": {"schema": {"columns": [{"id": "k", "label": "K", "renderer": "duration"}]},
                      "data": [{"k": 1}]}})");
    auto data = pmx::json_nests_deeper_than(first, 32)
                    ? nlohmann::json()
                    : nlohmann::json::parse(first, nullptr, false);
    const bool has_data = data.is_object();
    const auto parsed = Template::parse(has_data ? input.substr(first.size()) : input);
    if (!parsed) return 0;
    constexpr std::size_t max_output = 4096;
    for (const bool html : {false, true}) {
        const TemplateSettings settings{html ? html_helpers() : text_helpers(),
                                        html ? html_escape : nullptr, max_output};
        const auto out = parsed->render(has_data ? data : usual, settings);
        PMX_CHECK(!out || out->size() <= max_output, "a template makes more than it may");
    }
    return 0;
}
