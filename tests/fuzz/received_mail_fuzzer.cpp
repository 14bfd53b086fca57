// Whatever a mail holds, it becomes an event that the daemon takes, or is known as one of our own.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "notifier/forward/received_mail.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pmx::notifier;
    const ReceivedMail mail = read_mail({reinterpret_cast<const char*>(data), size});
    PMX_CHECK(!(mail.is_own && mail.returns_own), "a mail is one or the other");
    PMX_CHECK(make_event(event_of(mail), "node").has_value(), "a mail becomes no event");
    return 0;
}
