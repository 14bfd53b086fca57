#include "tools/pmxctl/addresses.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>

#include <array>
#include <cstring>
#include <memory>
#include <optional>

namespace po = boost::program_options;

namespace pmx::pmxctl {
namespace {

struct Address {
    int family = 0;
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    friend bool operator==(const Address&, const Address&) = default;
};

std::optional<Address> parse(const std::string& text) {
    for (const int family : {AF_INET, AF_INET6}) {
        Address address;
        address.family = family;
        if (::inet_pton(family, text.c_str(), address.bytes.data()) == 1) return address;
    }
    return std::nullopt;
}

bool is_reachable_from_elsewhere(const Address& address) {
    if (address.family == AF_INET) {
        const unsigned first = address.bytes[0];
        return first != 0 && first != 127 && first < 224;
    }
    in6_addr six{};
    std::memcpy(&six, address.bytes.data(), sizeof six);
    return !IN6_IS_ADDR_UNSPECIFIED(&six) && !IN6_IS_ADDR_LOOPBACK(&six) &&
           !IN6_IS_ADDR_MULTICAST(&six) && !IN6_IS_ADDR_LINKLOCAL(&six);
}

Result<std::string> canonical(const std::string& text) {
    const auto address = parse(text);
    if (!address || !is_reachable_from_elsewhere(*address)) {
        return fail(Code::invalid_argument,
                    "'" + text + "' is no IP address that other nodes can reach");
    }
    char written[INET6_ADDRSTRLEN];
    ::inet_ntop(address->family, address->bytes.data(), written, sizeof written);
    return std::string(written);
}

std::optional<Address> address_of(const sockaddr* socket_address) {
    if (socket_address == nullptr) return std::nullopt;
    Address address;
    address.family = socket_address->sa_family;
    if (address.family == AF_INET) {
        sockaddr_in four{};
        std::memcpy(&four, socket_address, sizeof four);
        std::memcpy(address.bytes.data(), &four.sin_addr, sizeof four.sin_addr);
        return address;
    }
    if (address.family == AF_INET6) {
        sockaddr_in6 six{};
        std::memcpy(&six, socket_address, sizeof six);
        std::memcpy(address.bytes.data(), &six.sin6_addr, sizeof six.sin6_addr);
        return address;
    }
    return std::nullopt;
}

}  // namespace

void add_address_options(po::options_description& options) {
    auto add = options.add_options();
    add("address", po::value<std::string>()->value_name("A"),
        "the node's IP address in the cluster's network");
    add("link1", po::value<std::string>()->value_name("B"),
        "its address in a second network, for when the first fails");
}

Result<std::vector<std::string>> given_addresses(const Invocation& invocation) {
    if (!invocation.has("address")) return fail(Code::invalid_argument, "--address is missing");
    std::vector<std::string> addresses;
    for (const char* option : {"address", "link1"}) {
        if (!invocation.has(option)) continue;
        auto address = canonical(invocation.get<std::string>(option));
        if (!address) return fail(address.error().while_doing("--" + std::string(option)));
        addresses.push_back(std::move(*address));
    }
    if (addresses.size() == 2 && addresses[0] == addresses[1]) {
        return fail(Code::invalid_argument, "--link1 is the same address as --address");
    }
    return addresses;
}

Result<bool> is_local_address(const std::string& address) {
    const auto wanted = parse(address);
    if (!wanted) return false;
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) return fail_errno(errno, "cannot list this node's addresses");
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, ::freeifaddrs);
    for (const ifaddrs* interface = list; interface != nullptr; interface = interface->ifa_next) {
        if (address_of(interface->ifa_addr) == wanted) return true;
    }
    return false;
}

}  // namespace pmx::pmxctl
