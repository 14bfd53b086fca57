// What this node finds wrong with files of the mount when it puts them into effect. Other nodes may
// find nothing wrong, so it is in no log: .problems shows it beside what everybody can tell.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace pmx::ports {

// Any thread.
class LocalProblems {
  public:
    struct Problem {
        std::string file;
        int line = 0;  // 0: the whole file
        std::string reason;
        friend bool operator==(const Problem&, const Problem&) = default;
    };

    // In the place of all that was said of that file. False: it is what was said before.
    bool set(const std::string& file, std::vector<Problem> problems) {
        const std::lock_guard lock(mutex_);
        std::vector<Problem>& known = problems_[file];
        if (known == problems) return false;
        known = std::move(problems);
        return true;
    }
    [[nodiscard]] std::vector<Problem> list() const {
        const std::lock_guard lock(mutex_);
        std::vector<Problem> all;
        for (const auto& [file, problems] : problems_)
            all.insert(all.end(), problems.begin(), problems.end());
        return all;
    }

  private:
    mutable std::mutex mutex_;
    std::map<std::string, std::vector<Problem>> problems_;
};

}  // namespace pmx::ports
