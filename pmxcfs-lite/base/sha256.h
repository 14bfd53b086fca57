// SHA-256 (OpenSSL), for chains, digests and checksums.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace pmx {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::string_view bytes);
// Of the parts one after the other.
Sha256 sha256(std::initializer_list<std::string_view> parts);

std::string_view as_bytes(const Sha256& digest);

}  // namespace pmx
