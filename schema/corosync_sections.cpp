#include "schema/corosync_sections.h"

#include <algorithm>

#include "schema/corosync_conf.h"
#include "schema/text_lines.h"

namespace pmx::schema {
namespace {

class Parser {
  public:
    Parsed<CorosyncSection> parse(std::string_view text) {
        const TextLines lines(text);
        for (std::size_t i = 0; i < lines.size(); ++i) {
            line_ = static_cast<int>(i) + 1;
            if (lines.line(i).size() > max_corosync_line_bytes) {
                problem("the line is longer than " + std::to_string(max_corosync_line_bytes) +
                        " bytes, which corosync does not read");
                continue;
            }
            read(trim(lines.line(i)));
        }
        if (open_.size() > 1) {
            line_ = open_.back()->line;
            problem("section '" + open_.back()->name + "' is not closed");
        }
        return {std::move(file_), std::move(problems_)};
    }

  private:
    void problem(std::string reason) {
        problems_.push_back({std::string(corosync_conf_file), line_, std::move(reason)});
    }

    void read(std::string_view line) {
        if (line.empty() || line.starts_with('#')) return;
        if (has_control_characters(line)) {
            const bool tab_only = std::all_of(line.begin(), line.end(), [](char c) {
                return c == '\t' || !has_control_characters({&c, 1});
            });
            if (!tab_only) return problem("control characters");
        }
        if (line.find('{') != std::string_view::npos) return open(line);
        if (line.find(':') != std::string_view::npos) return setting(line);
        if (line == "}") return close();
        problem("neither 'key: value' nor the beginning or end of a section");
    }

    void open(std::string_view line) {
        const std::string_view name = trim(line.substr(0, line.find('{')));
        const bool is_word = !name.empty() && name.find_first_of(": \t}#") == name.npos;
        if (line.find('{') + 1 != line.size() || !is_word) {
            return problem("a section begins with its name and '{', alone on their line");
        }
        if (open_.size() > max_corosync_nesting) {
            problem("sections nest deeper than corosync knows");
            ++ignored_;
            return;
        }
        CorosyncSection section;
        section.name = name;
        section.line = line_;
        auto& siblings = open_.back()->sections;
        siblings.push_back(std::move(section));
        open_.push_back(&siblings.back());
    }

    void close() {
        if (ignored_ > 0) {
            --ignored_;
        } else if (open_.size() == 1) {
            problem("'}' closes nothing");
        } else {
            open_.pop_back();
        }
    }

    void setting(std::string_view line) {
        const std::size_t colon = line.find(':');
        const std::string_view key = trim(line.substr(0, colon));
        if (key.empty() || key.find_first_of(" \t}#") != key.npos) {
            return problem("a setting is 'key: value'");
        }
        if (open_.size() == 1) return problem("'" + std::string(key) + "' is in no section");
        if (ignored_ > 0) return;
        open_.back()->settings.push_back(
            {std::string(key), std::string(trim(line.substr(colon + 1))), line_});
    }

    CorosyncSection file_;
    // Each one's parent before it. A section gets no sibling while it is open, so none moves.
    std::vector<CorosyncSection*> open_{&file_};
    int ignored_ = 0;  // open sections that nest too deep
    int line_ = 0;
    std::vector<Problem> problems_;
};

void write(const CorosyncSection& section, const std::string& indent, std::string& text) {
    for (const CorosyncSetting& setting : section.settings) {
        text += indent + setting.key + ": " + setting.value + "\n";
    }
    // NOLINTNEXTLINE(misc-no-recursion): as deep as the parser lets sections nest
    for (const CorosyncSection& below : section.sections) {
        if (section.name.empty() && !text.empty()) text += "\n";
        text += indent + below.name + " {\n";
        write(below, indent + "  ", text);
        text += indent + "}\n";
    }
}

}  // namespace

const CorosyncSetting* CorosyncSection::find(std::string_view key) const {
    const auto found =
        std::find_if(settings.rbegin(), settings.rend(),
                     [key](const CorosyncSetting& setting) { return setting.key == key; });
    return found == settings.rend() ? nullptr : &*found;
}

std::string_view CorosyncSection::value(std::string_view key) const {
    const CorosyncSetting* setting = find(key);
    return setting == nullptr ? std::string_view{} : setting->value;
}

void CorosyncSection::set(std::string_view key, std::string value) {
    const auto found =
        std::find_if(settings.rbegin(), settings.rend(),
                     [key](const CorosyncSetting& setting) { return setting.key == key; });
    if (found != settings.rend()) {
        found->value = std::move(value);
    } else {
        settings.push_back({std::string(key), std::move(value), 0});
    }
}

void CorosyncSection::remove(std::string_view key) {
    std::erase_if(settings, [key](const CorosyncSetting& setting) { return setting.key == key; });
}

const CorosyncSection* CorosyncSection::section(std::string_view section_name) const {
    const auto found = std::find_if(
        sections.begin(), sections.end(),
        [section_name](const CorosyncSection& section) { return section.name == section_name; });
    return found == sections.end() ? nullptr : &*found;
}

CorosyncSection* CorosyncSection::section(std::string_view section_name) {
    const auto found = std::find_if(
        sections.begin(), sections.end(),
        [section_name](const CorosyncSection& section) { return section.name == section_name; });
    return found == sections.end() ? nullptr : &*found;
}

Parsed<CorosyncSection> parse_corosync_sections(std::string_view text) {
    return Parser().parse(text);
}

std::string corosync_sections_text(const CorosyncSection& file) {
    std::string text;
    write(file, "", text);
    return text;
}

}  // namespace pmx::schema
