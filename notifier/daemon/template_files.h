// The templates that an administrator put beside the configuration, and what is wrong with them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "notifier/daemon/config_file.h"
#include "notifier/render/override.h"

namespace pmx::notifier {

class TemplateFiles {
  public:
    // `root` is the configuration's directory.
    explicit TemplateFiles(const std::string& root);

    // Looks at the folder; true when templates or problems may be others than before. Few files
    // are there, or none: all are looked at each time.
    bool refresh(WallTime now);

    // Of those that can be read.
    [[nodiscard]] std::shared_ptr<const TemplateOverrides> overrides() const { return overrides_; }
    [[nodiscard]] std::vector<std::string> problems() const;

    // A template that was read right does not render; until its file changes this is a problem.
    // False where that was known.
    bool failed(const TemplateFailure& failure);

  private:
    struct File {
        explicit File(std::string path) : file(std::move(path)) {}
        ConfigFile file;
        std::string problem;  // cannot be read as a template
        std::string failure;  // cannot be rendered
    };

    bool find_files();
    void read_templates();

    const std::string directory_;
    std::map<std::string, File> files_;  // by name
    std::string problem_;                // of the folder
    std::shared_ptr<const TemplateOverrides> overrides_;
};

}  // namespace pmx::notifier
