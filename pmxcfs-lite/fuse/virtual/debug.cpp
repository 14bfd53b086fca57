// .debug: 1 when debug messages go to the journal; write 1 or 0.
#include "base/log.h"
#include "fuse/virtual/sources.h"

namespace pmx::fuse {

std::string debug_text() {
    return log::debug_enabled() ? "1\n" : "0\n";
}

Code write_debug(std::string_view bytes) {
    if (bytes.ends_with('\n')) bytes.remove_suffix(1);
    if (bytes != "0" && bytes != "1") return Code::invalid_argument;
    log::set_debug(bytes == "1");
    return Code::ok;
}

}  // namespace pmx::fuse
