#include "tools/pmxctl/status_lines.h"

#include <iostream>

#include "tools/pmxctl/ask.h"
#include "tools/pmxctl/human.h"
#include "tools/pmxctl/table.h"

namespace pmx::pmxctl {
namespace {

using nlohmann::json;

constexpr std::size_t label_width = 14;

std::string titles(const json& status, const json& ids) {
    std::vector<std::string> names;
    for (const json& id : ids) {
        if (id.is_number_unsigned()) names.push_back(node_title(status, id.get<std::uint64_t>()));
    }
    return list_text(names);
}

std::string percent(std::uint64_t done, std::uint64_t total) {
    return total == 0 ? "" : " (" + std::to_string(std::min(done, total) * 100 / total) + " %)";
}

void print_quorum(const json& status) {
    const json& quorum = member(status, "quorum");
    const std::uint64_t here = number_of(quorum, "here");
    const std::uint64_t needed = number_of(quorum, "needed");
    const bool yes = member(quorum, "quorate") == true && here >= needed;
    status_line("quorum", std::string(yes ? "yes: " : "NO: ") + std::to_string(here) + " of " +
                              count_text(number_of(quorum, "voters"), "voter", "voters") +
                              " here, " + std::to_string(needed) + " needed" +
                              (member(quorum, "quorate") == true ? "" : "; corosync says no"));
}

void print_quorum_device(const json& status) {
    const json& device = member(status, "quorum_device");
    if (!device.is_object()) return;
    const std::string algorithm = text_of(device, "algorithm");
    const std::string host = text_of(device, "host");
    status_line("quorum device", (algorithm.empty() ? text_of(device, "model") : algorithm) +
                                     (host.empty() ? "" : " on " + host) +
                                     ": half of the voters can go on where it gives them its vote");
}

void print_catching_up(const json& status) {
    const json& progress = member(status, "catching_up");
    if (!progress.is_object()) return;
    const bool snapshot = text_of(progress, "kind") == "snapshot";
    const std::uint64_t done = number_of(progress, "done");
    const std::uint64_t total = number_of(progress, "total");
    std::string text = std::to_string(done);
    if (total > 0) text += " of " + std::to_string(total);
    text += std::string(snapshot ? " inodes" : " log entries") + percent(done, total) + " from " +
            node_title(status, number_of(progress, "from"));
    status_line("catching up", text);
}

void print_scrub(const json& status) {
    const json& scrub = member(status, "scrub");
    if (!scrub.is_object()) return;
    const std::string at = "at index " + std::to_string(number_of(scrub, "index"));
    if (member(scrub, "without_majority") == true) {
        status_line("scrub", "DIFFERENT " + at +
                                 ": the nodes do not hold the same files, and without a majority "
                                 "nobody can say who is right. Nothing was repaired: compare the "
                                 "mounts by hand.");
    } else if (const json& differing = member(scrub, "differing"); !differing.empty()) {
        status_line("scrub", "DIFFERENT " + at + ": " + titles(status, differing) +
                                 ", from the majority; what differs is fetched from it");
    } else {
        status_line("scrub", "equal on all nodes " + at);
    }
}

std::string state_of(const json& node, bool view_is_open) {
    const auto is = [&node](const char* key) { return member(node, key) == true; };
    std::string text = is("this") ? "this node" : "";
    const auto add = [&text](const std::string& more) {
        text += (text.empty() ? "" : ", ") + more;
    };
    if (!is("online")) {
        std::string since =
            " since " + local_time(static_cast<std::int64_t>(number_of(node, "left_ns")));
        if (!member(node, "left_ns").is_number()) since = "";
        if (is("reachable")) {
            add("pmxcfs-lite is down" + since);
        } else {
            add(since.empty() ? "not seen yet" : "away" + since);
        }
    } else if (member(node, "refusal").is_string()) {
        add("REFUSED");
    } else if (is("other_disk")) {
        add("another database");
    } else if (view_is_open) {
        if (is("leads")) add("leads");
        add(is("in_step") ? "in step" : "not in step");
    } else if (!is("this")) {
        add("online");
    }
    if (!is("listed")) add("not in corosync's list");
    return text;
}

std::string number_or_nothing(const json& object, const char* key) {
    return member(object, key).is_number() ? std::to_string(number_of(object, key)) : "";
}

}  // namespace

void status_line(std::string_view label, const std::string& text) {
    std::cout << label << std::string(label_width - label.size(), ' ')
              << wrapped(printable(text), label_width) << "\n";
}

std::string node_title(const json& status, std::uint64_t id) {
    for (const json& node : member(status, "nodes")) {
        if (number_of(node, "id") != id) continue;
        if (std::string name = text_of(node, "name"); !name.empty()) return name;
    }
    return "node " + std::to_string(id);
}

void print_cluster(const json& status) {
    print_quorum(status);
    print_quorum_device(status);
    print_catching_up(status);
    print_scrub(status);
    for (const json& node : member(status, "nodes")) {
        const std::string refusal = text_of(node, "refusal");
        if (!refusal.empty()) {
            status_line("refused", node_title(status, number_of(node, "id")) + ": " + refusal);
        }
    }
    const std::uint64_t level = number_of(status, "level");
    if (const std::uint64_t known = number_of(status, "known_level"); level > known) {
        status_line("level", std::to_string(level) + ", and this pmxcfs-lite knows " +
                                 std::to_string(known) + ": upgrade it");
    }
}

void print_nodes(const json& status) {
    const bool view_is_open = member(status, "view").is_string();
    Table table({{"ID", true},
                 {"NODE"},
                 {"ADDRESS"},
                 {"VOTER"},
                 {"DURABLE", true},
                 {"LAG", true},
                 {"STATE"}});
    for (const json& node : member(status, "nodes")) {
        const std::uint64_t id = number_of(node, "id");
        table.add({std::to_string(id), node_title(status, id), text_of(node, "address"),
                   member(node, "voter") == true ? "yes" : "no", number_or_nothing(node, "durable"),
                   number_or_nothing(node, "lag"), state_of(node, view_is_open)});
    }
    std::cout << "\n";
    table.print(std::cout);
}

}  // namespace pmx::pmxctl
