#include "base/ids.h"

#include <span>

#include "base/bytes.h"

namespace pmx {

std::string to_hex(const DiskId& id) {
    return to_hex(std::span(id.bytes));
}

std::string to_hex(const ClusterId& id) {
    return to_hex(std::span(id.bytes));
}

std::string to_string(const View& view) {
    std::string text = std::to_string(view.number) + "@" + std::to_string(view.leader.value);
    return view.era.count == 0 ? text : std::to_string(view.era.count) + ":" + text;
}

}  // namespace pmx
