#include "notifier/daemon/template_files.h"

#include <filesystem>
#include <set>

#include "notifier/mail/encode.h"

namespace pmx::notifier {
namespace {

constexpr std::size_t max_files = 256;

bool is_template(const std::string& name) {
    return name.ends_with(".hbs") && !name.starts_with('.');
}

}  // namespace

TemplateFiles::TemplateFiles(const std::string& root)
    : directory_(root + "/" + std::string(templates_folder)),
      overrides_(std::make_shared<const TemplateOverrides>()) {}

bool TemplateFiles::refresh(WallTime now) {
    bool changed = find_files();
    for (auto& [name, entry] : files_) {
        if (!entry.file.refresh(now)) continue;
        entry.failure.clear();
        changed = true;
    }
    if (changed) read_templates();
    return changed;
}

// True when files came or went.
bool TemplateFiles::find_files() {
    std::set<std::string> found;
    std::string problem;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(directory_, error), end; entry != end && !error;
         entry.increment(error)) {
        std::string name = entry->path().filename().string();
        if (!is_template(name)) continue;
        if (found.size() == max_files) {
            problem = std::string(templates_folder) + ": more than 256 templates";
            break;
        }
        found.insert(std::move(name));
    }
    bool changed = problem != problem_;
    problem_ = std::move(problem);
    changed =
        std::erase_if(files_, [&](const auto& file) { return !found.contains(file.first); }) > 0 ||
        changed;
    for (const std::string& name : found)
        changed = files_.try_emplace(name, directory_ + "/" + name).second || changed;
    return changed;
}

void TemplateFiles::read_templates() {
    auto overrides = std::make_shared<TemplateOverrides>();
    for (auto& [name, entry] : files_) {
        entry.problem.clear();
        std::optional<Template>* place = template_place(*overrides, name);
        auto parsed = Template::parse(entry.file.text());
        if (entry.file.state() == ConfigFile::State::unreadable) {
            entry.problem = entry.file.reason();
        } else if (place == nullptr) {
            entry.problem =
                "is not named TYPE-subject.txt.hbs, TYPE-body.txt.hbs or TYPE-body.html.hbs";
        } else if (!parsed) {
            entry.problem = parsed.error().message();
        } else if (entry.file.state() == ConfigFile::State::present) {
            *place = std::move(*parsed);
        }
    }
    overrides_ = std::move(overrides);
}

std::vector<std::string> TemplateFiles::problems() const {
    std::vector<std::string> problems;
    if (!problem_.empty()) problems.push_back(problem_);
    for (const auto& [name, entry] : files_) {
        const std::string& problem = entry.problem.empty() ? entry.failure : entry.problem;
        if (problem.empty()) continue;
        problems.push_back(clean_line(std::string(templates_folder) + "/" + name + ": " + problem +
                                      " (the text is ours)"));
    }
    return problems;
}

bool TemplateFiles::failed(const TemplateFailure& failure) {
    const auto found = files_.find(failure.file);
    if (found == files_.end() || found->second.failure == failure.reason) return false;
    found->second.failure = failure.reason;
    return true;
}

}  // namespace pmx::notifier
