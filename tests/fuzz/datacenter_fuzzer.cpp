// Any bytes as datacenter.cfg: values are clean, and what is set reads back.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "schema/datacenter.h"
#include "schema/mail_address.h"

namespace schema = pmx::schema;

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto parsed = schema::parse_datacenter(text);
    const auto& values = parsed.values;
    if (values.email_from) {
        PMX_CHECK(schema::is_mail_address(*values.email_from), "not an address");
    }
    if (values.http_proxy) {
        PMX_CHECK(!schema::has_control_characters(values.http_proxy->url), "not a clean URL");
        PMX_CHECK(values.http_proxy->shown.find('@') == std::string::npos, "a login is shown");
    }
    schema::DatacenterDocument document(text);
    PMX_CHECK(document.text() == text, "the text was not kept");
    PMX_CHECK(document.set("email_from", "a@b").has_value(), "an address cannot be set");
    const auto after = schema::parse_datacenter(document.text());
    PMX_CHECK(after.values.email_from == "a@b", "what was set is not there");
    PMX_CHECK(after.problems.size() <= parsed.problems.size(), "setting made a problem");
    return 0;
}
