// The configuration in force: what the files say, and the last good version of what is broken.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "notifier/daemon/config_file.h"
#include "notifier/daemon/template_files.h"
#include "notifier/outbox/outbox.h"
#include "notifier/plan/plan.h"
#include "schema/last_good.h"

namespace pmx::notifier {

struct LoadedConfiguration {
    Configuration configuration;
    std::shared_ptr<const TemplateOverrides> templates;
    std::vector<std::string> problems;     // for people, with file and line
    std::vector<std::string> from_before;  // sections in force in their last good version
};

// Thread-safe.
class ConfigSource {
  public:
    // `root` may be missing, now or later: what was in force then stays so.
    ConfigSource(std::string root, std::string hostname, Outbox& outbox, const Clock& clock);

    // As the files are at this moment; parsed only when one changed. Problems are logged once.
    std::shared_ptr<const LoadedConfiguration> current();

    // A template could not be rendered: a problem until it changes.
    void template_failed(const TemplateFailure& failure);

  private:
    bool refresh_files();
    [[nodiscard]] bool nothing_is_there() const;
    std::shared_ptr<const LoadedConfiguration> load();
    void load_notifications(LoadedConfiguration& loaded);
    void load_users(LoadedConfiguration& loaded);
    void load_jobs(LoadedConfiguration& loaded);
    struct Kept {
        schema::GoodSections sections;
        bool is_on_disk = true;
    };
    void keep(std::string_view file, Kept& kept, schema::GoodSections good);

    const std::string root_;
    const std::string hostname_;
    Outbox& outbox_;
    const Clock& clock_;
    std::mutex mutex_;
    ConfigFile notifications_;
    ConfigFile private_notifications_;
    ConfigFile users_;
    ConfigFile proxmox_users_;
    ConfigFile datacenter_;
    ConfigFile jobs_;
    TemplateFiles templates_;
    Kept good_notifications_;
    Kept good_jobs_;
    bool template_failed_ = false;  // since the last load
    std::shared_ptr<const LoadedConfiguration> loaded_;
};

}  // namespace pmx::notifier
