// Base64 (RFC 4648, with padding): how bytes travel in JSON, and in values of notifications.cfg.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pmx {

std::string encode_base64(std::string_view bytes);
// Strict: no line breaks, padding as it must be, no stray bits.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace pmx
