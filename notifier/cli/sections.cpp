#include "notifier/cli/sections.h"

#include <algorithm>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "notifier/cli/client.h"
#include "notifier/cli/commands.h"
#include "notifier/cli/submit.h"
#include "notifier/mail/encode.h"
#include "schema/edit_notifications.h"

namespace pmx::notifier {
namespace {

namespace po = boost::program_options;
using nlohmann::json;

constexpr std::size_t max_secret_bytes = 64U << 10;

tl::unexpected<Error> bad_section(const std::string& why) {
    return fail(Code::invalid_argument, why);
}

// A property as it is said on the command line.
struct PropertyOption {
    std::string key;
    bool secret = false;   // said as --KEY-file, never on the command line
    bool named = false;    // NAME=VALUE, or NAME=FILE
    bool encoded = false;  // base64 in the file, by us
    bool list = false;
    std::string types;  // which have it

    [[nodiscard]] std::string option() const { return secret ? key + "-file" : key; }
};

// Every property of the noun's types, in the order of the table.
std::vector<PropertyOption> property_options(std::string_view noun) {
    std::vector<PropertyOption> options;
    const auto rules = schema::types_of_noun(noun);
    if (!rules) return options;
    for (const schema::TypeRule* rule : *rules) {
        for (const schema::PropertyRule& property : rule->properties) {
            auto known = std::find_if(options.begin(), options.end(),
                                      [&](const auto& each) { return each.key == property.key; });
            if (known == options.end()) known = options.insert(options.end(), PropertyOption{});
            known->key = property.key;
            known->secret = known->secret || property.secret;
            known->list = known->list || property.list;
            known->named = known->key == "header" || known->key == "secret";
            known->encoded = known->named || known->key == "body";
            if (!known->types.ends_with(rule->type)) {
                known->types += (known->types.empty() ? "" : ", ") + std::string(rule->type);
            }
        }
    }
    return options;
}

po::options_description description(const std::string& noun) {
    po::options_description options("Options of add and set");
    auto add = options.add_options();
    for (const PropertyOption& property : property_options(noun)) {
        const std::string value =
            std::string(property.named ? "NAME=" : "") + (property.secret ? "FILE" : "VALUE");
        std::string what = "of " + property.types;
        if (property.secret) what += "; '-': standard input";
        if (property.list) what += "; may be repeated";
        add(property.option().c_str(), text_option(value.c_str()), what.c_str());
    }
    add("delete", text_option("PROPERTY"), "remove a property (set)");
    add("digest", text_option("SHA256"),
        "refuse where notifications.cfg is not the one of this digest (see show --json)");
    return options;
}

// What was put into a file with an editor ends with a newline that is not part of the secret.
Result<std::string> read_secret(const std::string& file) {
    auto text = read_input(file, max_secret_bytes);
    if (!text) return text;
    while (!text->empty() && (text->back() == '\n' || text->back() == '\r'))
        text->pop_back();
    if (text->empty()) return bad_section((file == "-" ? "standard input" : file) + " is empty");
    return text;
}

// As it stands in the file.
Result<std::string> written(const PropertyOption& property, const std::string& word) {
    std::string name;
    std::string value = word;
    if (property.named) {
        const std::size_t equals = word.find('=');
        if (equals == 0 || equals == std::string::npos) {
            return bad_section("--" + property.option() +
                               ": write it as NAME=" + (property.secret ? "FILE" : "VALUE"));
        }
        name = word.substr(0, equals);
        value = word.substr(equals + 1);
    }
    if (property.secret) {
        auto secret = read_secret(value);
        if (!secret) return secret;
        value = std::move(*secret);
    }
    if (property.encoded) value = encode_base64(value);
    return property.named ? "name=" + name + ",value=" + value : value;
}

Result<json> properties_given(const ParsedWords& parsed, const std::string& noun) {
    json set = json::array();
    int from_input = 0;
    for (const PropertyOption& property : property_options(noun)) {
        for (const std::string& word : parsed.all(property.option().c_str())) {
            if (property.secret && (word == "-" || word.ends_with("=-"))) ++from_input;
            if (from_input > 1)
                return bad_section("only one secret can be read from standard input");
            auto value = written(property, word);
            if (!value) return fail(value.error());
            set.push_back({property.key, std::move(*value)});
        }
    }
    return set;
}

void print_sections(const json& answer) {
    bool first = true;
    for (const json& section : answer.value("sections", json::array())) {
        std::cout << (std::exchange(first, false) ? "" : "\n")
                  << clean_line(section.value("type", "") + ": " + section.value("name", ""))
                  << "\n";
        for (const json& property : section.value("properties", json::array())) {
            std::cout << "\t" << clean_line(property.at(0).get<std::string>()) << " "
                      << clean_line(property.at(1).get<std::string>()) << "\n";
        }
        for (const json& secret : section.value("secrets", json::array()))
            std::cout << "\t# " << clean_line(secret.get<std::string>()) << " is set\n";
    }
}

int show(const ParsedWords& parsed, const std::string& noun) {
    if (parsed.operands.size() > 2) return report(Error(Code::invalid_argument, "show: one name"));
    json request = request_message("show", parsed.common.act_as);
    request["kind"] = noun;
    if (parsed.operands.size() == 2) request["name"] = parsed.operands[1];
    const auto answer = ask(parsed.common.run, request);
    if (!answer) return report(answer.error());
    if (parsed.common.json) {
        std::cout << answer->dump() << "\n";
    } else {
        print_sections(*answer);
    }
    return exit_done;
}

// "add TYPE NAME" where there is more than one type, else "add NAME"; "set NAME", "remove NAME".
Result<json> edit_request(const ParsedWords& parsed, const std::string& noun) {
    const auto& operands = parsed.operands;
    const std::string& action = operands.front();
    const bool names_type = action == "add" && noun == "target";
    if (operands.size() != (names_type ? 3U : 2U)) {
        return bad_section(noun + " " + action +
                           (names_type ? ": name its type and its name" : ": one name"));
    }
    json request = request_message("edit", parsed.common.act_as);
    request["action"] = action;
    request["kind"] = noun;
    request["name"] = operands.back();
    if (action == "add") request["type"] = names_type ? operands[1] : noun;
    auto set = properties_given(parsed, noun);
    if (!set) return set;
    const auto removed = parsed.all("delete");
    if (action == "remove" && !set->empty()) return bad_section("remove takes no properties");
    if (action != "set" && !removed.empty()) return bad_section("--delete belongs to set");
    request["set"] = std::move(*set);
    request["delete"] = removed;
    if (const auto digest = parsed.text("digest")) request["digest"] = *digest;
    return request;
}

}  // namespace

int run_sections(const Subcommand& self, const CommonOptions& common,
                 const std::vector<std::string>& words) {
    const std::string noun = self.name;
    const auto parsed = parse_words(self, common, words, description(noun));
    if (!parsed) return report(parsed.error());
    if (!*parsed) return exit_done;
    const auto& operands = (*parsed)->operands;
    const std::string action = operands.empty() ? "show" : operands.front();
    if (action == "show") return show(**parsed, noun);
    if (action != "add" && action != "set" && action != "remove") {
        return report(
            Error(Code::invalid_argument,
                  noun + ": what to do is add, set, remove or show, not '" + action + "'"));
    }
    const auto request = edit_request(**parsed, noun);
    if (!request) return report(request.error());
    const auto answer = ask((*parsed)->common.run, *request);
    if (!answer) return report(answer.error());
    if ((*parsed)->common.json) std::cout << answer->dump() << "\n";
    return exit_done;
}

}  // namespace pmx::notifier
