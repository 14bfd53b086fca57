#include "notifier/targets/secrets.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "notifier/mail/encode.h"
#include "notifier/render/template_helpers.h"

namespace pmx::notifier {

void Secrets::insert(std::string form) {
    if (form.empty()) return;
    const auto longer = [&](const std::string& other) { return other.size() >= form.size(); };
    forms_.insert(std::partition_point(forms_.begin(), forms_.end(), longer), std::move(form));
}

void Secrets::add(std::string_view secret) {
    if (secret.empty()) return;
    insert(std::string(secret));
    insert(encode_base64(secret));
    insert(url_encoded(secret));
    insert(json_escaped(secret));
}

void Secrets::add_user_of(std::string_view url) {
    const std::size_t begin = url.find("://");
    const std::size_t start = begin == std::string_view::npos ? 0 : begin + 3;
    const std::string_view authority = url.substr(start, url.find_first_of("/?#", start) - start);
    const std::size_t at = authority.rfind('@');
    if (at == std::string_view::npos) return;
    add(authority.substr(0, at));
    const std::size_t colon = authority.find(':');
    if (colon < at) add(authority.substr(colon + 1, at - colon - 1));
}

std::string Secrets::hidden_in(std::string_view text) const {
    std::string shown(text);
    for (const std::string& form : forms_) {
        for (std::size_t at = 0; (at = shown.find(form, at)) != std::string::npos; at += 3)
            shown.replace(at, form.size(), "***");
    }
    return clean_line(shown);
}

}  // namespace pmx::notifier
