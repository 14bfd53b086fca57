#include "base/start_thread.h"

#include <system_error>
#include <thread>
#include <utility>

namespace pmx {

Result<void> start_detached(std::function<void()> work) {
    try {
        std::thread(std::move(work)).detach();
    } catch (const std::system_error& error) {
        return fail(Code::busy, std::string("no thread can be started: ") + error.what());
    }
    return {};
}

}  // namespace pmx
