#include <algorithm>
#include <array>
#include <cctype>

#include "notifier/forward/received_mail.h"

namespace pmx::notifier {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> entities = {
    {{"&lt;", "<"},
     {"&gt;", ">"},
     {"&quot;", "\""},
     {"&#39;", "'"},
     {"&nbsp;", " "},
     {"&amp;", "&"}}};

std::string lower(std::string_view text) {
    std::string word(text);
    std::transform(word.begin(), word.end(), word.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return word;
}

// "p" of "<p class=x>", "/p" of "</p>".
std::string tag_name(std::string_view tag) {
    return lower(tag.substr(0, tag.find_first_of(" \t\r\n")));
}

bool ends_line(const std::string& name) {
    constexpr std::array names = {"br", "br/", "/p", "/div", "/tr", "/li", "/h1", "/h2", "/h3"};
    return std::find(names.begin(), names.end(), name) != names.end();
}

// Where the element that began at `from` ends: behind "</name>", or at the end.
std::size_t end_of_element(const std::string& lowered, const std::string& name, std::size_t from) {
    const std::size_t closing = lowered.find("</" + name, from);
    if (closing == std::string::npos) return lowered.size();
    return std::min(lowered.find('>', closing), lowered.size() - 1) + 1;
}

void append_entity(std::string& text, std::string_view html, std::size_t& at) {
    for (const auto& [entity, character] : entities) {
        if (!html.substr(at).starts_with(entity)) continue;
        text += character;
        at += entity.size();
        return;
    }
    text += html[at++];
}

}  // namespace

std::string text_of_html(std::string_view html) {
    const std::string lowered = lower(html);
    std::string text;
    std::size_t at = 0;
    while (at < html.size()) {
        if (html[at] == '&') {
            append_entity(text, html, at);
        } else if (html[at] != '<') {
            text += html[at++];
        } else {
            const std::size_t end = std::min(html.find('>', at), html.size());
            const std::string name = tag_name(html.substr(at + 1, end - at - 1));
            at = std::min(end + 1, html.size());
            if (name == "script" || name == "style" || name == "head") {
                at = end_of_element(lowered, name, at);
            }
            if (ends_line(name)) text += '\n';
        }
    }
    return text;
}

}  // namespace pmx::notifier
