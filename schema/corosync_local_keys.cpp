#include "schema/corosync_local_keys.h"

#include <algorithm>
#include <array>
#include <set>

#include "schema/corosync_conf.h"
#include "schema/text_lines.h"

namespace pmx::schema {
namespace {

constexpr std::array<std::string_view, 4> shared_sections{"totem", "nodelist", "quorum", "logging"};
constexpr std::array<std::string_view, 2> key_settings{"totem.keyfile", "totem.key"};
constexpr std::array<std::string_view, 3> log_file_settings{"logfile", "to_logfile",
                                                            "logfile_priority"};
constexpr std::string_view device = "quorum.device";
constexpr std::string_view heuristics = "quorum.device.heuristics";

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

// As corosync joins them: "quorum.device.model".
std::string joined(const std::string& path, const std::string& name) {
    return path.empty() ? name : path + "." + name;
}

bool has_dot(std::string_view name) {
    return name.find('.') != name.npos;
}

bool is_logging(std::string_view path) {
    return path == "logging" || path.starts_with("logging.");
}

bool is_local_section(const std::string& path, const std::string& name) {
    if (path.empty()) return !is_one_of(shared_sections, name);
    return has_dot(name) || joined(path, name) == heuristics;
}

bool is_local_setting(const std::string& path, const std::string& name) {
    return has_dot(name) || is_one_of(key_settings, joined(path, name)) ||
           (is_logging(path) && is_one_of(log_file_settings, name));
}

// Says which logger the settings beside it are for.
bool names_the_logger(const std::string& path, const std::string& name) {
    return (path == "logging.logger_subsys" && name == "subsys") ||
           (path == "logging.logging_daemon" && (name == "subsys" || name == "name"));
}

CorosyncSection empty_copy(const CorosyncSection& section) {
    CorosyncSection copy;
    copy.name = section.name;
    copy.line = section.line;
    return copy;
}

bool says_something(const CorosyncSection& section, const std::string& path) {
    return !section.sections.empty() ||
           std::any_of(section.settings.begin(), section.settings.end(),
                       [&path](const auto& one) { return !names_the_logger(path, one.key); });
}

CorosyncSection shared_part(const CorosyncSection& section, const std::string& path) {
    CorosyncSection part = empty_copy(section);
    for (const CorosyncSetting& setting : section.settings) {
        if (!is_local_setting(path, setting.key)) part.settings.push_back(setting);
    }
    // NOLINTNEXTLINE(misc-no-recursion): as deep as the parser lets sections nest
    for (const CorosyncSection& below : section.sections) {
        if (is_local_section(path, below.name)) continue;
        CorosyncSection kept = shared_part(below, joined(path, below.name));
        if (says_something(kept, joined(path, below.name))) part.sections.push_back(kept);
    }
    return part;
}

// Empty sections where there is nothing of the node's own.
CorosyncSection local_part(const CorosyncSection& section, const std::string& path) {
    CorosyncSection part = empty_copy(section);
    for (const CorosyncSetting& setting : section.settings) {
        if (is_local_setting(path, setting.key)) part.settings.push_back(setting);
    }
    // NOLINTNEXTLINE(misc-no-recursion): as deep as the parser lets sections nest
    for (const CorosyncSection& below : section.sections) {
        if (is_local_section(path, below.name)) {
            part.sections.push_back(below);
            continue;
        }
        CorosyncSection found = local_part(below, joined(path, below.name));
        if (!found.settings.empty() || !found.sections.empty()) part.sections.push_back(found);
    }
    if (part.settings.empty()) return part;
    for (const CorosyncSetting& setting : section.settings) {
        if (names_the_logger(path, setting.key)) part.settings.push_back(setting);
    }
    return part;
}

void add(CorosyncSection& to, const CorosyncSection& own, const std::string& path) {
    to.settings.insert(to.settings.end(), own.settings.begin(), own.settings.end());
    // NOLINTNEXTLINE(misc-no-recursion): as deep as the parser lets sections nest
    for (const CorosyncSection& below : own.sections) {
        const std::string name = joined(path, below.name);
        CorosyncSection* place = to.section(below.name);
        const bool is_whole = is_local_section(path, below.name) || path == "logging";
        if (!is_whole && place != nullptr) {
            add(*place, below, name);
        } else if (is_whole || name != device) {
            to.sections.push_back(below);
        }
    }
}

// Those of empty sections too: one that is not closed is corosync's to refuse.
void note_shared_lines(const CorosyncSection& section, const std::string& path,
                       std::set<int>& lines) {
    lines.insert(section.line);
    for (const CorosyncSetting& setting : section.settings) {
        if (!is_local_setting(path, setting.key)) lines.insert(setting.line);
    }
    // NOLINTNEXTLINE(misc-no-recursion): as deep as the parser lets sections nest
    for (const CorosyncSection& below : section.sections) {
        if (!is_local_section(path, below.name)) {
            note_shared_lines(below, joined(path, below.name), lines);
        }
    }
}

void collect(const CorosyncSection& own, const std::string& path, std::vector<Problem>& problems) {
    const auto say = [&problems](int line, const std::string& name) {
        problems.push_back({std::string(corosync_conf_file), line,
                            in_quotes(name) + " is taken from each node's own file only"});
    };
    for (const CorosyncSetting& setting : own.settings) {
        if (is_local_setting(path, setting.key)) say(setting.line, joined(path, setting.key));
    }
    // NOLINTNEXTLINE(misc-no-recursion): as deep as the parser lets sections nest
    for (const CorosyncSection& below : own.sections) {
        const std::string name = joined(path, below.name);
        if (is_local_section(path, below.name)) {
            say(below.line, name);
        } else {
            collect(below, name, problems);
        }
    }
}

}  // namespace

CorosyncSection without_local_keys(const CorosyncSection& file) {
    return shared_part(file, "");
}

CorosyncSection with_local_keys_of(const CorosyncSection& file, const CorosyncSection& own) {
    CorosyncSection merged = without_local_keys(file);
    add(merged, local_part(own, ""), "");
    return merged;
}

std::vector<Problem> local_key_problems(const CorosyncSection& file) {
    std::vector<Problem> problems;
    collect(local_part(file, ""), "", problems);
    std::stable_sort(problems.begin(), problems.end(),
                     [](const Problem& a, const Problem& b) { return a.line < b.line; });
    return problems;
}

// The lines of what remains are kept, and the braces that close it; all others become empty.
std::string corosync_trial_text(std::string_view text, std::string_view key_file) {
    const CorosyncSection file = parse_corosync_sections(text).values;
    std::set<int> kept;
    note_shared_lines(file, "", kept);
    const TextLines lines(text);
    std::string trial;
    std::vector<bool> open;  // whether each open section is kept
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const std::string_view line = trim(lines.line(i));
        const bool is_end = line == "}";
        const bool is_begin = !line.starts_with('#') && line.ends_with('{');
        bool keeps = kept.contains(static_cast<int>(i) + 1);
        if (is_begin) open.push_back(keeps);
        if (is_end && !open.empty()) {
            keeps = open.back();
            open.pop_back();
        }
        if (keeps) trial += line;
        trial += '\n';
    }
    trial += "totem {\nkeyfile: " + std::string(key_file) + "\n}\n";
    trial +=
        "logging {\nto_stderr: yes\nto_syslog: no\nto_logfile: no\ntimestamp: off\ndebug: off\n}\n";
    return trial;
}

}  // namespace pmx::schema
