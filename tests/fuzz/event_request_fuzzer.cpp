// Events as hostile local users send them: parsed, rendered and written again without falling over.
#include <cstdint>
#include <string>

#include "base/check.h"
#include "notifier/render/event_request.h"
#include "notifier/render/render.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pmx::notifier;
    const std::string input(reinterpret_cast<const char*>(data), size);
    for (const char* type : {"vzdump", "package-updates", "replication", "fencing"}) {
        EventRequest request;
        request.id = "id";
        request.type = type;
        request.data = input;
        auto event = make_event(request, "node1");
        if (!event) continue;
        PMX_CHECK(event->title.find('\n') == std::string::npos, "a title of two lines");
        PMX_CHECK(event->title.size() <= max_title_bytes, "a title that is too long");
    }
    auto request = parse_event_request(input);
    if (!request) return 0;
    auto again = parse_event_request(to_json(*request));
    PMX_CHECK(again && to_json(*again) == to_json(*request), "a request changes on its way");
    static_cast<void>(make_event(*request, "node1"));
    return 0;
}
