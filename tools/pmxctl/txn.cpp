#include <unistd.h>

#include <utility>

#include "base/base64.h"
#include "base/file.h"
#include "tools/pmxctl/ask.h"
#include "tree/limits.h"

namespace po = boost::program_options;

namespace pmx::pmxctl {
namespace {

using nlohmann::json;
using Words = std::vector<std::string>;

constexpr std::size_t max_document_bytes = 16 << 20;

void txn_options(po::options_description& options) {
    auto add = options.add_options();
    add("put", po::value<Words>()->value_name("PATH=FILE"),
        "PATH gets the content of FILE (- is standard input); made when it is not there");
    add("remove", po::value<Words>()->value_name("PATH"), "remove the file PATH");
    add("expect", po::value<Words>()->value_name("PATH=VERSION"),
        "only if PATH is at VERSION (pmxctl stat): a number, sha256:HEX, or absent");
}

Words words(const Invocation& invocation, const char* option) {
    return invocation.has(option) ? invocation.get<Words>(option) : Words();
}

Result<std::string> read_input(const std::string& file, std::size_t limit) {
    if (file == "-") return read_all(STDIN_FILENO, limit, "standard input");
    return read_file(file, limit);
}

Result<json> write_edit(const std::string& path, const std::string& file) {
    auto bytes = read_input(file, tree::max_file_bytes);
    if (!bytes) return fail(bytes.error());
    return json{{"write", path}, {"content_base64", encode_base64(*bytes)}};
}

// "PATH=VERSION"; a path may have a '=' itself, a version has none.
Result<json> expectation(const std::string& word) {
    constexpr std::string_view digest = "sha256:";
    const std::size_t at = word.rfind('=');
    const std::string version = at == std::string::npos ? "" : word.substr(at + 1);
    json object = {{"path", word.substr(0, at)}};
    if (version == "absent") {
        object["absent"] = true;
    } else if (version.starts_with(digest)) {
        object["sha256"] = version.substr(digest.size());
    } else if (!version.empty() && version.size() < 20 &&
               version.find_first_not_of("0123456789") == std::string::npos) {
        object["version"] = std::stoull(version);
    } else {
        return fail(Code::invalid_argument,
                    "--expect " + word + ": PATH=VERSION, PATH=sha256:HEX or PATH=absent");
    }
    return object;
}

Result<json> from_options(const Invocation& invocation) {
    json request = {{"expect", json::array()}, {"edits", json::array()}};
    for (const std::string& word : words(invocation, "expect")) {
        auto object = expectation(word);
        if (!object) return object;
        request["expect"].push_back(std::move(*object));
    }
    bool input_used = false;
    for (const std::string& word : words(invocation, "put")) {
        const std::size_t at = word.find('=');
        if (at == std::string::npos) {
            return fail(Code::invalid_argument, "--put " + word + ": PATH=FILE");
        }
        const std::string file = word.substr(at + 1);
        if (file == "-" && std::exchange(input_used, true)) {
            return fail(Code::invalid_argument, "standard input can be put only once");
        }
        auto edit = write_edit(word.substr(0, at), file);
        if (!edit) return edit;
        request["edits"].push_back(std::move(*edit));
    }
    for (const std::string& path : words(invocation, "remove"))
        request["edits"].push_back({{"remove", path}});
    return request;
}

// The document as the daemon takes it: what an edit has "from" a local file is read here.
Result<json> from_document(const std::string& file) {
    auto text = read_input(file, max_document_bytes);
    if (!text) return fail(text.error());
    json request = json::parse(*text, nullptr, false);
    if (!request.is_object()) {
        return fail(Code::invalid_argument, file + ": not a JSON object (pmxctl txn --help)");
    }
    for (const char* reserved : {"version", "request"}) {
        if (request.contains(reserved)) {
            return fail(Code::invalid_argument, file + ": '" + reserved + "' is not known here");
        }
    }
    if (!member(request, "edits").is_array()) return request;  // the daemon says what is wrong
    for (json& edit : request["edits"]) {
        const std::string path = text_of(edit, "write");
        const std::string source = text_of(edit, "from");
        if (path.empty() || source.empty()) continue;
        if (source == "-") {
            return fail(Code::invalid_argument, file + ": 'from' must name a file");
        }
        auto with_content = write_edit(path, source);
        if (!with_content) return with_content;
        edit.erase("from");
        edit.update(*with_content);
    }
    return request;
}

Result<ExitCode> run_txn(const Invocation& invocation) {
    const bool by_options = invocation.has("put") || invocation.has("remove");
    if (by_options == invocation.has("file") ||
        (invocation.has("file") && invocation.has("expect"))) {
        return usage_error("txn needs either FILE, or --put and --remove");
    }
    auto request =
        by_options ? from_options(invocation) : from_document(invocation.get<std::string>("file"));
    if (!request && by_options && request.error().code() == Code::invalid_argument) {
        return usage_error(request.error().message());
    }
    if (!request) return fail(request.error());
    return ask_for_change(invocation, "txn", std::move(*request));
}

}  // namespace

const Command txn_command{
    .name = "txn",
    .arguments = "FILE|- | [--expect PATH=VERSION]... [--put PATH=FILE]... [--remove PATH]...",
    .summary = "several edits as one change, if the files are still as expected",
    .details =
        "All of it happens, at once, or none; the index it became is printed. With options, all\n"
        "--put come before all --remove. FILE (- is standard input) is a JSON object:\n"
        "\n"
        "  {\"expect\": [{\"path\": \"users.cfg\", \"version\": 42},\n"
        "              {\"path\": \"jobs.cfg\", \"sha256\": \"9f86d0...\"},\n"
        "              {\"path\": \"new.cfg\", \"absent\": true}],\n"
        "   \"edits\": [{\"write\": \"users.cfg\", \"content\": \"user:root@pam:1:0\\n\"},\n"
        "             {\"write\": \"blob\", \"content_base64\": \"AAEC\"},\n"
        "             {\"write\": \"new.cfg\", \"from\": \"/root/new.cfg\"},\n"
        "             {\"remove\": \"old.cfg\"}, {\"rename\": \"a\", \"to\": \"b\"},\n"
        "             {\"mkdir\": \"d\"}, {\"rmdir\": \"e\"}]}\n"
        "\n"
        "Exit code 1 when something is not as expected; standard error says what, and how it is.\n",
    .positional = "file",
    .add_options = txn_options,
    .run = run_txn,
};

}  // namespace pmx::pmxctl
