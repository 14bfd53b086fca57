#include "notifier/daemon/expectation_watch.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/log.h"

namespace pmx::notifier {
namespace {

using nlohmann::json;

std::string to_json(const Watch& watch) {
    json object = {{"since", watch.watched_since_s}, {"seen", json()}};
    if (watch.seen_s) object["seen"] = *watch.seen_s;
    return object.dump();
}

std::optional<Watch> parse_watch(std::string_view text) {
    const json object = json::parse(text, nullptr, false);
    if (!object.is_object()) return std::nullopt;
    const auto since = number_member(object, "since");
    if (!since) return std::nullopt;
    Watch watch;
    watch.watched_since_s = *since;
    watch.seen_s = number_member(object, "seen");
    return watch;
}

}  // namespace

Watch together(const Watch& a, const Watch& b) {
    Watch both = a;
    both.watched_since_s = std::min(a.watched_since_s, b.watched_since_s);
    if (b.seen_s) both.seen_s = std::max(a.seen_s.value_or(*b.seen_s), *b.seen_s);
    return both;
}

ExpectationWatch::ExpectationWatch(ConfigSource& config, SharedDirectory& shared, Outbox& outbox,
                                   const Clock& clock, std::string node, Ports ports)
    : config_(config),
      shared_(shared),
      outbox_(outbox),
      clock_(clock),
      node_(std::move(node)),
      ports_(std::move(ports)) {}

std::int64_t ExpectationWatch::now_s() const {
    return to_s(clock_.wall());
}

Result<void> ExpectationWatch::load() {
    if (loaded_) return {};
    auto stored = outbox_.watches();
    if (!stored) return fail(stored.error());
    for (const auto& [name, watch] : *stored)
        watches_[name] = {watch.watched_since_s, watch.seen_s, watch.told_s};
    kept_ = watches_;
    loaded_ = true;
    return {};
}

void ExpectationWatch::unreadable(const Error& error) {
    log::error("what is expected cannot be read: " + error.message());
    if (is_broken(error)) ports_.on_broken(error);
}

void ExpectationWatch::keep() {
    if (watches_ == kept_) return;
    std::map<std::string, StoredWatch> stored;
    for (const auto& [name, watch] : watches_)
        stored[name] = {watch.watched_since_s, watch.seen_s, watch.told_s};
    auto done = outbox_.keep_watches(stored);
    if (done) {
        kept_ = watches_;
        return;
    }
    log::error("what was expected cannot be kept: " + done.error().message());
    if (is_broken(done.error())) ports_.on_broken(done.error());
}

void ExpectationWatch::start_and_drop(const std::vector<schema::Expectation>& expectations) {
    for (const schema::Expectation& expectation : expectations)
        if (!expectation.disable) watches_.try_emplace(expectation.name, Watch{now_s(), {}, {}});
    std::erase_if(watches_, [&](const auto& watch) {
        return std::none_of(expectations.begin(), expectations.end(), [&](const auto& each) {
            return each.name == watch.first && !each.disable;
        });
    });
}

// What is no longer expected is not to be remembered when it is again.
void ExpectationWatch::forget_shared() {
    auto files = shared_.list();
    if (!files) return;
    for (const SharedFile& file : *files) {
        if (!file.name.ends_with(expectation_suffix)) continue;
        const std::string name = file.name.substr(0, file.name.size() - expectation_suffix.size());
        if (watches_.contains(name)) continue;
        if (auto removed = shared_.remove(file.name); !removed) return;
    }
}

// Takes over what the others know, and lets them know.
void ExpectationWatch::share(const std::string& name, Watch& watch) {
    const std::string file = name + std::string(expectation_suffix);
    auto text = shared_.read(file);
    if (!text && text.error().code() != Code::not_found) return;
    const auto known = text ? parse_watch(*text) : std::nullopt;
    if (known) watch = together(watch, *known);
    const std::string own = to_json(watch);
    if (text && *text == own) return;
    if (auto written = shared_.write(file, own); !written) {
        log::warning("expectation '" + name + "': " + written.error().message());
    }
}

void ExpectationWatch::configured() {
    const auto loaded = config_.current();
    const std::lock_guard lock(mutex_);
    if (auto read = load(); !read) return unreadable(read.error());
    start_and_drop(loaded->configuration.notifications.expectations);
    keep();
}

void ExpectationWatch::came(const Event& event) {
    const auto loaded = config_.current();
    const auto& expectations = loaded->configuration.notifications.expectations;
    if (expectations.empty()) return;
    const std::lock_guard lock(mutex_);
    if (!load()) return;
    start_and_drop(expectations);
    std::vector<std::string> fulfilled;
    for (const schema::Expectation& expectation : expectations) {
        if (expectation.disable || !fulfils(expectation, event)) continue;
        watches_[expectation.name].seen_s = now_s();
        fulfilled.push_back(expectation.name);
    }
    keep();
    if (fulfilled.empty() || shared_.members().quorum != Quorum::there) return;
    for (const std::string& name : fulfilled)
        share(name, watches_[name]);
}

void ExpectationWatch::look(Quorum quorum) {
    const auto loaded = config_.current();
    const auto& expectations = loaded->configuration.notifications.expectations;
    std::vector<Event> missed;
    {
        const std::lock_guard lock(mutex_);
        if (auto read = load(); !read) return unreadable(read.error());
        start_and_drop(expectations);
        if (quorum == Quorum::there) {
            for (auto& [name, watch] : watches_)
                share(name, watch);
            forget_shared();
        }
        if (quorum != Quorum::missing) {
            for (const Overdue& miss : overdue(expectations, watches_, now_s())) {
                missed.push_back(missed_event(miss, node_, now_s()));
                missed.back().cluster = true;
                watches_[miss.expectation.name].told_s = now_s();
            }
        }
    }
    // Told before that is remembered: its id makes a second time none.
    for (const Event& event : missed)
        ports_.tell(event);
    const std::lock_guard lock(mutex_);
    keep();
}

}  // namespace pmx::notifier
