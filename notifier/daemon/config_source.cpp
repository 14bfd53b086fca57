#include "notifier/daemon/config_source.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace pmx::notifier {
namespace {

using State = ConfigFile::State;

schema::GoodSections good_from(Outbox& outbox, std::string_view file) {
    schema::GoodSections good;
    auto stored = outbox.good_sections(std::string(file));
    if (!stored) {
        log::error("last good sections of " + std::string(file) +
                   " cannot be read: " + stored.error().message());
        return good;
    }
    for (const auto& [id, section] : *stored)
        good[id] = {section.text, section.private_text};
    return good;
}

void add_problems(LoadedConfiguration& loaded, const std::vector<schema::Problem>& problems) {
    for (const schema::Problem& problem : problems)
        loaded.problems.push_back(schema::to_string(problem));
}

}  // namespace

ConfigSource::ConfigSource(std::string root, std::string hostname, Outbox& outbox,
                           const Clock& clock)
    : root_(std::move(root)),
      hostname_(std::move(hostname)),
      outbox_(outbox),
      clock_(clock),
      notifications_(root_ + "/" + std::string(schema::notifications_file)),
      private_notifications_(root_ + "/" + std::string(schema::private_notifications_file)),
      users_(root_ + "/users.cfg"),
      proxmox_users_(root_ + "/user.cfg"),
      datacenter_(root_ + "/" + std::string(schema::datacenter_file)),
      jobs_(root_ + "/" + std::string(schema::jobs_file)),
      templates_(root_),
      good_notifications_{good_from(outbox, schema::notifications_file)},
      good_jobs_{good_from(outbox, schema::jobs_file)} {}

std::shared_ptr<const LoadedConfiguration> ConfigSource::current() {
    const std::lock_guard lock(mutex_);
    const bool is_kept = good_notifications_.is_on_disk && good_jobs_.is_on_disk;
    if (refresh_files() || loaded_ == nullptr || !is_kept) {
        auto loaded = load();
        const bool same_problems = loaded_ != nullptr && loaded_->problems == loaded->problems;
        for (const std::string& problem : loaded->problems)
            if (!same_problems) log::warning(problem);
        loaded_ = std::move(loaded);
    }
    return loaded_;
}

bool ConfigSource::refresh_files() {
    bool changed = false;
    for (ConfigFile* file :
         {&notifications_, &private_notifications_, &users_, &proxmox_users_, &datacenter_, &jobs_})
        changed = file->refresh(clock_.wall()) || changed;
    changed = templates_.refresh(clock_.wall()) || changed;
    return std::exchange(template_failed_, false) || changed;
}

void ConfigSource::template_failed(const TemplateFailure& failure) {
    const std::lock_guard lock(mutex_);
    template_failed_ = templates_.failed(failure) || template_failed_;
}

bool ConfigSource::nothing_is_there() const {
    const auto files = {
        &notifications_, &private_notifications_, &users_, &proxmox_users_, &datacenter_, &jobs_};
    return std::all_of(files.begin(), files.end(),
                       [](const ConfigFile* file) { return file->state() == State::absent; });
}

std::shared_ptr<const LoadedConfiguration> ConfigSource::load() {
    auto loaded = std::make_shared<LoadedConfiguration>();
    loaded->configuration.hostname = hostname_;
    load_notifications(*loaded);
    load_users(*loaded);
    load_jobs(*loaded);
    auto datacenter = schema::parse_datacenter(datacenter_.text());
    add_problems(*loaded, datacenter.problems);
    if (datacenter_.state() == State::unreadable) loaded->problems.push_back(datacenter_.reason());
    loaded->configuration.datacenter = std::move(datacenter.values);
    loaded->templates = templates_.overrides();
    for (std::string& problem : templates_.problems())
        loaded->problems.push_back(std::move(problem));
    return loaded;
}

void ConfigSource::load_notifications(LoadedConfiguration& loaded) {
    // An empty directory where a configuration was is a mount that is not there, not an
    // administrator who removed every target. Where none was, that is how one begins.
    const bool had_any = !good_notifications_.sections.empty() || !good_jobs_.sections.empty();
    if (nothing_is_there() && !had_any) {
        log::info(root_ + " holds no configuration: events go to mail-to-root");
    }
    schema::ParsedNotifications parsed =
        nothing_is_there() && had_any
            ? schema::unreadable_notifications(root_ +
                                               " holds no configuration any more: is it mounted?")
        : notifications_.state() == State::unreadable
            ? schema::unreadable_notifications(notifications_.reason())
            : schema::parse_notifications(notifications_.text(), private_notifications_.text());
    add_problems(loaded, parsed.problems);
    if (private_notifications_.state() == State::unreadable) {
        loaded.problems.push_back(private_notifications_.reason());
    }
    auto now = schema::in_force(parsed, good_notifications_.sections);
    for (const std::string& id : now.from_before) {
        loaded.problems.push_back("'" + id + "' is in force as it was when it was last right");
    }
    keep(schema::notifications_file, good_notifications_, std::move(now.good));
    loaded.from_before = std::move(now.from_before);
    loaded.configuration.notifications = std::move(now.values);
}

void ConfigSource::load_users(LoadedConfiguration& loaded) {
    const bool proxmox = users_.state() == State::absent;
    const ConfigFile& file = proxmox ? proxmox_users_ : users_;
    if (file.state() == State::unreadable) loaded.problems.push_back(file.reason());
    auto parsed = schema::parse_users(proxmox ? "user.cfg" : "users.cfg", file.text());
    add_problems(loaded, parsed.problems);
    loaded.configuration.users = std::move(parsed.values);
}

void ConfigSource::load_jobs(LoadedConfiguration& loaded) {
    auto parsed = schema::parse_jobs(jobs_.text());
    if (jobs_.state() == State::unreadable || nothing_is_there()) {
        if (jobs_.state() == State::unreadable) loaded.problems.push_back(jobs_.reason());
        parsed.states.any_may_be_missing = true;
    }
    add_problems(loaded, parsed.problems);
    auto now = schema::in_force(parsed, good_jobs_.sections);
    keep(schema::jobs_file, good_jobs_, std::move(now.good));
    loaded.configuration.jobs = std::move(now.values);
}

void ConfigSource::keep(std::string_view file, Kept& kept, schema::GoodSections good) {
    if (good == kept.sections && kept.is_on_disk) return;
    std::map<std::string, StoredSection> stored;
    for (const auto& [id, section] : good)
        stored[id] = {section.text, section.private_text};
    kept.sections = std::move(good);
    auto done = outbox_.keep_good_sections(std::string(file), stored);
    kept.is_on_disk = done.has_value();
    if (done) return;
    log::error("last good sections of " + std::string(file) +
               " cannot be kept: " + done.error().message());
}

}  // namespace pmx::notifier
