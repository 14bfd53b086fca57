#include "notifier/daemon/local_users.h"

#include <pwd.h>

#include <vector>

namespace pmx::notifier {

Result<std::string> local_user_name(std::uint32_t uid) {
    if (uid == 0) return std::string("root");
    std::vector<char> buffer(1024);
    for (;;) {
        passwd entry{};
        passwd* found = nullptr;
        const int error = ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
        if (error == ERANGE && buffer.size() < (1U << 20)) {
            buffer.resize(buffer.size() * 2);
            continue;
        }
        if (found != nullptr) return std::string(entry.pw_name);
        return fail(Code::not_found, "there is no local user with number " + std::to_string(uid));
    }
}

}  // namespace pmx::notifier
