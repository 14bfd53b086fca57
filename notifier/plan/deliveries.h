// From the name of a target to deliveries: groups and their members, filters, what is disabled,
// recipients, and the last resort.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "notifier/plan/plan.h"
#include "notifier/plan/recipients.h"

namespace pmx::notifier {

class Deliveries {
  public:
    // A test goes round filters and reaches disabled targets too.
    Deliveries(const Configuration& configuration, Severity severity, std::int64_t now_s,
               bool is_test)
        : configuration_(configuration), severity_(severity), now_s_(now_s), is_test_(is_test) {}

    // What is added from now on comes through this matcher.
    void set_matcher(std::optional<std::string> name) { matcher_ = std::move(name); }

    void add_target(const std::string& name, const std::string& reason);
    // The mailto list of a job.
    void add_mail(const std::string& name, std::string reason, Resolved resolved);
    void add_decision_against(const std::string& name, std::string reason);
    // mail-to-root, whatever the files say of it.
    void add_last_resort(std::string reason);

    [[nodiscard]] bool any_delivered() const;
    // With the last resort where something that should be told reached nobody.
    void move_to(Plan& plan);

  private:
    const schema::Target* find(std::string_view name) const {
        return configuration_.notifications.find_target(name);
    }
    void add_group(const schema::Target& target, const schema::TargetGroup& group,
                   const std::string& reason);
    bool add_member(const std::string& group, const std::string& endpoint,
                    const std::string& reason, const std::string& stopped);
    void add_one(const schema::Target& target, const std::optional<std::string>& via,
                 std::string reason);
    void add_root(const std::optional<std::string>& via, std::string reason);
    bool is_stopped(const schema::Target& target, std::string& reason);
    bool passes_filter(const schema::Target& target, std::string& reason);
    template <typename MailMeans>
    void add_resolved(const std::string& name, const std::optional<std::string>& via,
                      std::string reason, Resolved resolved);
    void warn(std::string warning);
    void add(Delivery delivery);

    const Configuration& configuration_;
    Severity severity_;
    std::int64_t now_s_;
    bool is_test_;
    std::optional<std::string> matcher_;
    std::vector<Delivery> deliveries_;
    std::map<std::string, std::size_t> index_of_target_;
    std::vector<std::string> warnings_;
    std::set<std::string> warned_;
    std::string fallback_reason_;  // set: something that should be told reaches nobody
};

}  // namespace pmx::notifier
