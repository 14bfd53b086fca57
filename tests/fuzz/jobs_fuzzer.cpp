// Any bytes as jobs.cfg: a job that is right has clean values and can be restored from its text.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "schema/jobs.h"
#include "schema/mail_address.h"
#include "schema/users.h"

namespace schema = pmx::schema;

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto parsed =
        schema::parse_jobs(std::string_view(reinterpret_cast<const char*>(data), size));
    PMX_CHECK(parsed.values.backups.size() == parsed.states.good.size(), "a job without its text");
    for (const schema::BackupJob& job : parsed.values.backups) {
        for (const std::string& entry : job.mailto) {
            PMX_CHECK(schema::is_mail_address(entry) || schema::is_user_id(entry), "not clean");
        }
    }
    const auto kept = schema::in_force(schema::unreadable_jobs("x"), parsed.states.good);
    PMX_CHECK(kept.values.backups.size() == parsed.values.backups.size(), "a job was lost");
    return 0;
}
