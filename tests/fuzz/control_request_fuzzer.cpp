// Whatever a caller of the control socket sends, it gets an answer, and one who may only read
// changes nothing and learns nothing of priv/.
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/check.h"
#include "control/dispatcher.h"
#include "control/lost_changes_for_tests.h"
#include "control/store_for_tests.h"

namespace {

constexpr const char* secret = "e3b0c44298fc1c14";

void check_answer(const std::string& answer) {
    const nlohmann::json parsed = nlohmann::json::parse(answer, nullptr, false);
    PMX_CHECK(parsed.is_object(), "an answer is a JSON object");
    PMX_CHECK(parsed.contains("result") != parsed.contains("error"), "a result or an error");
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view request(reinterpret_cast<const char*>(data), size);
    pmx::control::StoreForTests store;
    store.write_file("users.cfg", "user:root@pam:1:0\n");
    store.write_file(std::string("priv/") + secret, "content");
    store.make_directory(std::string("priv/lock/") + secret);
    using pmx::tree::ChangeKind;
    store.lost = {
        pmx::control::lost_change(1, ChangeKind::modified, "users.cfg", "a", "b"),
        pmx::control::lost_change(1, ChangeKind::created, std::string("priv/") + secret, {}, "c"),
        pmx::control::lost_rename(2, std::string("priv/") + secret, "open", secret)};
    pmx::control::Dispatcher dispatcher(store, nullptr, nullptr, "/etc/pve");

    const auto before = store.read()->digest();
    const std::string read =
        dispatcher.answer({.uid = ::geteuid() + 1, .gid = 1, .pid = 1}, request);
    check_answer(read);
    PMX_CHECK(store.read()->digest() == before, "a reader changes nothing");
    const bool asked_by_name = request.find(secret) != std::string_view::npos;
    PMX_CHECK(asked_by_name || read.find(secret) == std::string::npos, "a reader sees no secret");
    check_answer(dispatcher.answer({.uid = 0, .gid = 0, .pid = 1}, request));
    return 0;
}
