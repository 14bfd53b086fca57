// problems: no arguments -> {"problems": [{"file", "line" (0: the whole file), "reason"}]}
//
// Every file of a known format that does not parse, and what this node could not put into effect;
// what the group may not read to administrators only.
#include <map>
#include <nlohmann/json.hpp>

#include "control/request.h"
#include "schema/known_files.h"

namespace pmx::control {

using nlohmann::json;

namespace {

// The known files are in these two directories; a walk of the whole tree would hold up commits.
constexpr std::string_view directories[] = {"", "priv"};

std::map<std::string, tree::Content> known_files(const ports::Store& store) {
    std::map<std::string, tree::Content> files;
    const ports::TreeView view = store.read();
    for (const std::string_view directory : directories) {
        const auto place = view->resolve({.path = std::string(directory)});
        if (!place) continue;
        for (const auto& [name, inode] : (*place)->children) {
            const tree::Node* node = view->find(inode);
            std::string path = view->path_of(inode);
            if (node->kind == tree::NodeKind::file && schema::is_known_file(path)) {
                files.emplace(std::move(path), node->content);
            }
        }
    }
    return files;
}

}  // namespace

Result<json> handle_problems(const Context& context, Arguments& arguments) {
    if (auto ok = arguments.check(); !ok) return fail(ok.error());
    std::map<std::string, std::string> texts;
    for (const auto& [path, content] : known_files(context.store))
        texts.emplace(path, *content);
    std::vector<schema::Problem> found = schema::check_files(texts);
    for (const auto& [file, line, reason] : context.store.local_problems().list())
        found.push_back({file, line, reason});
    json problems = json::array();
    for (const schema::Problem& problem : found) {
        if (!may_see(context, problem.file)) continue;
        problems.push_back(
            {{"file", problem.file}, {"line", problem.line}, {"reason", problem.reason}});
    }
    return json{{"problems", std::move(problems)}};
}

}  // namespace pmx::control
