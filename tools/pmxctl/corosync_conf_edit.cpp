#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <iostream>

#include "base/file.h"
#include "base/printable.h"
#include "base/run_program.h"
#include "base/unique_fd.h"
#include "tools/pmxctl/ask.h"
#include "tools/pmxctl/cluster_files.h"
#include "tools/pmxctl/human.h"

namespace po = boost::program_options;

namespace pmx::pmxctl {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds longest_reload{10};

void corosync_conf_edit_options(po::options_description& options) {
    add_corosync_directory_option(options);
}

// What is edited; gone at the end.
class Draft {
  public:
    static Result<Draft> create(const std::string& text) {
        Draft draft;
        std::string path = "/tmp/corosync.conf.XXXXXX";
        const UniqueFd fd(::mkostemp(path.data(), O_CLOEXEC));
        if (!fd) return fail_errno(errno, "cannot make a copy in /tmp");
        draft.path_ = path;
        if (auto done = write_all(fd.get(), text, path); !done) return fail(done.error());
        return draft;
    }
    Draft(Draft&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    Draft& operator=(Draft&&) = delete;
    ~Draft() {
        if (!path_.empty()) ::unlink(path_.c_str());
    }

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] Result<std::string> text() const {
        return read_file(path_, schema::max_corosync_conf_bytes);
    }

  private:
    Draft() = default;
    std::string path_;
};

Result<void> run_editor(const std::string& path) {
    std::string editor = "editor";
    for (const char* variable : {"EDITOR", "VISUAL"}) {
        const char* value = ::getenv(variable);
        if (value != nullptr && *value != '\0') editor = value;
    }
    // It may have arguments: "code --wait".
    const auto exit_code = run_interactively({"sh", "-c", editor + " \"$1\"", "sh", path});
    if (!exit_code) return fail(exit_code.error());
    if (*exit_code == 0) return {};
    return fail(Code::interrupted,
                "the editor ended with " + std::to_string(*exit_code) + ": nothing was changed");
}

bool wants_another_try() {
    if (::isatty(STDIN_FILENO) != 1) return false;
    std::cerr << "Edit again? [Y/n] " << std::flush;
    std::string line;
    return std::getline(std::cin, line) && !line.starts_with('n') && !line.starts_with('N');
}

// What the person made of it, once it is right.
Result<schema::CorosyncConf> edited(const Draft& draft) {
    for (;;) {
        if (auto done = run_editor(draft.path()); !done) return fail(done.error());
        const auto text = draft.text();
        if (!text) return fail(text.error());
        auto conf = checked_conf(*text, "corosync.conf");
        if (conf) return conf;
        std::cerr << visible(conf.error().message(), Newlines::kept) << "\n";
        if (!wants_another_try()) {
            return fail(Code::invalid_argument, "corosync.conf was not right: nothing was changed");
        }
    }
}

std::string reload() {
    const auto end = run_program({"corosync-cfgtool", "-R"}, longest_reload);
    if (end && end->exit_code == 0) return "corosync has read it";
    return "corosync does not run here: it reads it when it starts";
}

Result<ExitCode> run_corosync_conf_edit(const Invocation& invocation) {
    const CorosyncDirectory directory(invocation);
    if (auto ok = directory.check(); !ok) return fail(ok.error());
    const auto before = directory.read_conf();
    if (!before) return fail(before.error());
    if (!*before) return fail(Code::not_found, "there is no " + directory.conf_path());
    const auto draft = Draft::create(**before);
    if (!draft) return fail(draft.error());
    auto conf = edited(*draft);
    if (!conf) return fail(conf.error());
    const auto old = schema::parse_corosync_conf(**before);
    const bool changed = conf->text() != old.values.text() || !old.problems.empty();
    std::string outcome = "nothing was changed";
    if (changed) {
        if (conf->config_version() <= old.values.config_version()) {
            conf->set_config_version(old.values.config_version() + 1);
        }
        auto done = directory.install_conf(conf->text());
        if (!done) return fail(done.error());
        outcome = directory.conf_path() + " has config_version " +
                  std::to_string(conf->config_version()) + "; " + reload();
    }
    if (invocation.json) {
        print_json({{"changed", changed}, {"config_version", conf->config_version()}});
    } else {
        std::cout << outcome << "\n";
        if (changed) {
            std::cout << "once the mount can be written, copy it there: its corosync.conf is the "
                         "one that every node takes over\n";
        }
    }
    return ExitCode::ok;
}

}  // namespace

const Command corosync_conf_edit_command{
    .name = "corosync-conf edit",
    .arguments = "",
    .summary = "mend this node's own corosync.conf, where the mount cannot be written",
    .details =
        "Opens a copy in $VISUAL, $EDITOR or editor(1), checks it, gives it the next\n"
        "config_version, puts it in place and lets corosync read it. Where the mount can be\n"
        "written, change corosync.conf there: that one is put into effect on every node.\n",
    .positional = nullptr,
    .add_options = corosync_conf_edit_options,
    .run = run_corosync_conf_edit,
};

}  // namespace pmx::pmxctl
