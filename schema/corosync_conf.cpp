#include "schema/corosync_conf.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.h"
#include "schema/text_lines.h"
#include "schema/values.h"

namespace pmx::schema {
namespace {

constexpr std::string_view device_section = "device";
constexpr std::int64_t max_node_votes = 255;

// How soon a dead node is noticed. Without a token for `token` milliseconds its loss is declared,
// and those who remain go on without whoever did not answer for another `consensus`, which is 1.2
// times the token (corosync.conf(5)); forming the new membership takes some 50 ms. So the others
// go on after 800 + 960 + 50 = 1810 ms. token_coefficient, 650 ms by default, would be added for
// every node after the second.
constexpr std::string_view totem_of_new_cluster =
    "  config_version: 1\n"
    "  transport: knet\n"
    "  crypto_cipher: aes256\n"
    "  crypto_hash: sha256\n"
    "  token: 800\n"
    "  token_coefficient: 0\n"
    "}\n";

// A link is down once it is silent for `knet_ping_timeout`, and drops all until it is up again. By
// default that is half of the token after two pings: with so short a token, one ping that a busy
// node answers late stops the whole cluster for half a second. Still below the token, so that
// another link takes over before the token is lost.
CorosyncSection link_section(std::size_t link) {
    CorosyncSection section;
    section.name = "interface";
    section.set("linknumber", std::to_string(link));
    section.set("knet_ping_interval", "100");
    section.set("knet_ping_timeout", "700");
    return section;
}

std::string address_key(std::size_t link) {
    return "ring" + std::to_string(link) + "_addr";
}

bool is_word(std::string_view text) {
    return !text.empty() && text.find_first_of(" \t{}#") == text.npos &&
           !has_control_characters(text);
}

CorosyncSection node_section(const CorosyncNode& node) {
    CorosyncSection section;
    section.name = "node";
    section.set("name", node.name);
    section.set("nodeid", std::to_string(node.id));
    section.set("quorum_votes", "1");
    for (std::size_t link = 0; link < node.addresses.size(); ++link)
        section.set(address_key(link), node.addresses[link]);
    return section;
}

bool shares_address(const CorosyncNode& a, const CorosyncNode& b) {
    return std::find_first_of(a.addresses.begin(), a.addresses.end(), b.addresses.begin(),
                              b.addresses.end()) != a.addresses.end();
}

}  // namespace

// Reads what the sections mean, and says what is wrong with it.
class CorosyncConfReader {
  public:
    explicit CorosyncConfReader(CorosyncSection file) { conf_.file_ = std::move(file); }

    Parsed<CorosyncConf> read() {
        if (const CorosyncSection* totem = only("totem")) read_totem(*totem);
        if (const CorosyncSection* list = only("nodelist")) read_nodes(*list);
        if (const CorosyncSection* quorum = only("quorum")) read_quorum(*quorum);
        std::stable_sort(problems_.begin(), problems_.end(),
                         [](const Problem& a, const Problem& b) { return a.line < b.line; });
        return {std::move(conf_), std::move(problems_)};
    }

  private:
    void problem(int line, std::string reason) {
        problems_.push_back({std::string(corosync_conf_file), line, std::move(reason)});
    }

    const CorosyncSection* only(std::string_view name) {
        const CorosyncSection* first = nullptr;
        for (const CorosyncSection& section : conf_.file_.sections) {
            if (section.name != name) continue;
            if (first != nullptr) {
                problem(section.line, "section '" + section.name + "' is there twice");
            } else {
                first = &section;
            }
        }
        if (first == nullptr) problem(0, "section '" + std::string(name) + "' is missing");
        return first;
    }

    // Empty, and a problem, when there is none.
    std::string_view required(const CorosyncSection& section, std::string_view key) {
        const std::string_view value = section.value(key);
        if (value.empty()) {
            problem(section.line,
                    "section '" + section.name + "' has no '" + std::string(key) + "'");
        }
        return value;
    }

    static int line_of(const CorosyncSection& section, std::string_view key) {
        const CorosyncSetting* setting = section.find(key);
        return setting == nullptr ? section.line : setting->line;
    }

    void read_totem(const CorosyncSection& totem) {
        if (const auto version = required(totem, "version"); !version.empty() && version != "2") {
            problem(line_of(totem, "version"), "corosync knows no 'version' but 2");
        }
        conf_.cluster_name_ = required(totem, "cluster_name");
        if (!conf_.cluster_name_.empty() && !is_word(conf_.cluster_name_)) {
            problem(line_of(totem, "cluster_name"), "'cluster_name' must be one word");
        }
        const std::string_view text = required(totem, "config_version");
        const auto version = parse_number(text, std::numeric_limits<std::int64_t>::max() - 1);
        conf_.config_version_ = static_cast<std::uint64_t>(version.value_or(0));
        if (!text.empty() && conf_.config_version_ == 0) {
            problem(line_of(totem, "config_version"), "'config_version' must be a number from 1");
        }
    }

    void read_nodes(const CorosyncSection& list) {
        for (const CorosyncSection& section : list.sections) {
            if (section.name == "node") read_node(section);
        }
        if (conf_.nodes_.empty()) problem(list.line, "there is no node");
    }

    void read_node(const CorosyncSection& section) {
        CorosyncNode node;
        node.name = required(section, "name");
        if (!node.name.empty() && !is_host_label(node.name)) {
            problem(line_of(section, "name"),
                    "a node's name has letters, digits and '-', at most 63");
        }
        const std::string_view id_text = required(section, "nodeid");
        const auto id = parse_number(id_text, std::numeric_limits<std::uint32_t>::max());
        node.id = static_cast<std::uint32_t>(id.value_or(0));
        if (!id_text.empty() && node.id == 0) {
            problem(line_of(section, "nodeid"), "'nodeid' must be a number from 1 to 4294967295");
        }
        required(section, address_key(0));
        for (std::size_t link = 0; link < max_corosync_links; ++link) {
            const std::string_view address = section.value(address_key(link));
            if (address.empty()) break;
            if (!is_word(address)) {
                problem(line_of(section, address_key(link)), "an address is one word");
            }
            node.addresses.emplace_back(address);
        }
        check_votes(section);
        check_unique(section, node);
        conf_.nodes_.push_back(std::move(node));
    }

    void check_votes(const CorosyncSection& section) {
        const CorosyncSetting* votes = section.find("quorum_votes");
        if (votes != nullptr && !parse_number(votes->value, max_node_votes)) {
            problem(votes->line, "'quorum_votes' must be a number from 0 to 255");
        }
    }

    void check_unique(const CorosyncSection& section, const CorosyncNode& node) {
        for (const CorosyncNode& other : conf_.nodes_) {
            if (other.name == node.name && !node.name.empty()) {
                problem(section.line, "node '" + node.name + "' is there twice");
            }
            if (other.id == node.id && node.id != 0) {
                problem(section.line, "nodeid " + std::to_string(node.id) + " is there twice");
            }
            if (shares_address(other, node)) {
                problem(section.line,
                        "nodes '" + other.name + "' and '" + node.name + "' have the same address");
            }
        }
    }

    void read_quorum(const CorosyncSection& quorum) {
        if (const auto provider = required(quorum, "provider");
            !provider.empty() && provider != "corosync_votequorum") {
            problem(line_of(quorum, "provider"), "the 'provider' must be corosync_votequorum");
        }
        if (!conf_.has_two_node()) return;
        if (conf_.nodes_.size() != 2 || conf_.has_quorum_device()) {
            problem(line_of(quorum, "two_node"),
                    "'two_node' is for two nodes without a quorum device only");
        }
    }

    CorosyncConf conf_;
    std::vector<Problem> problems_;
};

CorosyncConf CorosyncConf::create(const std::string& cluster_name, const CorosyncNode& first) {
    PMX_CHECK(is_cluster_name(cluster_name), "no name for a cluster");
    std::string text = "totem {\n  version: 2\n  cluster_name: " + cluster_name + "\n";
    text += totem_of_new_cluster;
    text += "quorum {\n  provider: corosync_votequorum\n  wait_for_all: 1\n}\n";
    text += "nodelist {\n}\n";
    text += "logging {\n  to_stderr: no\n  to_syslog: yes\n}\n";
    CorosyncConf conf;
    conf.file_ = parse_corosync_sections(text).values;
    for (std::size_t link = 0; link < first.addresses.size(); ++link)
        conf.file_.section("totem")->sections.push_back(link_section(link));
    conf.node_list().sections.push_back(node_section(first));
    auto parsed = CorosyncConfReader(std::move(conf.file_)).read();
    PMX_CHECK(parsed.problems.empty(), "what is written must be right");
    return std::move(parsed.values);
}

bool CorosyncConf::has_two_node() const {
    const CorosyncSection* quorum = file_.section("quorum");
    const std::string_view value = quorum == nullptr ? "" : quorum->value("two_node");
    return !value.empty() && value != "0";
}

bool CorosyncConf::has_quorum_device() const {
    const CorosyncSection* quorum = file_.section("quorum");
    return quorum != nullptr && quorum->section(device_section) != nullptr;
}

const CorosyncNode* CorosyncConf::find(std::string_view name) const {
    const auto found = std::find_if(nodes_.begin(), nodes_.end(),
                                    [name](const CorosyncNode& node) { return node.name == name; });
    return found == nodes_.end() ? nullptr : &*found;
}

std::uint32_t CorosyncConf::next_free_id() const {
    std::uint32_t id = 1;
    while (std::any_of(nodes_.begin(), nodes_.end(),
                       [id](const CorosyncNode& node) { return node.id == id; })) {
        ++id;
    }
    return id;
}

Result<void> CorosyncConf::add(const CorosyncNode& node) {
    if (!is_host_label(node.name)) {
        return fail(
            Code::invalid_argument,
            "'" + node.name + "' cannot be a node's name: letters, digits and '-', at most 63");
    }
    for (const CorosyncNode& other : nodes_) {
        if (other.name == node.name) {
            return fail(Code::already_exists, "node '" + node.name + "' is in the cluster already");
        }
        if (other.id == node.id) {
            return fail(Code::already_exists, "node id " + std::to_string(node.id) + " is node '" +
                                                  other.name + "'s already");
        }
        if (shares_address(other, node)) {
            return fail(Code::already_exists,
                        "node '" + other.name + "' has one of these addresses already");
        }
    }
    const std::size_t links = nodes_.empty() ? 1 : nodes_.front().addresses.size();
    if (node.addresses.size() != links ||
        !std::all_of(node.addresses.begin(), node.addresses.end(), is_word)) {
        return fail(Code::invalid_argument, "the cluster's nodes have " + std::to_string(links) +
                                                " address(es) each, and so must this one");
    }
    const std::int64_t votes_before = node_votes();
    node_list().sections.push_back(node_section(node));
    nodes_.push_back(node);
    settle_quorum(votes_before);
    set_config_version(config_version_ + 1);
    return {};
}

Result<void> CorosyncConf::remove(std::string_view name) {
    if (find(name) == nullptr) {
        return fail(Code::not_found, "there is no node '" + std::string(name) + "' in the cluster");
    }
    if (nodes_.size() == 1) {
        return fail(Code::not_empty, "node '" + std::string(name) + "' is the last one");
    }
    const std::int64_t votes_before = node_votes();
    std::erase_if(nodes_, [name](const CorosyncNode& node) { return node.name == name; });
    std::erase_if(node_list().sections, [name](const CorosyncSection& section) {
        return section.name == "node" && section.value("name") == name;
    });
    settle_quorum(votes_before);
    set_config_version(config_version_ + 1);
    return {};
}

void CorosyncConf::set_config_version(std::uint64_t version) {
    CorosyncSection* totem = file_.section("totem");
    PMX_CHECK(totem != nullptr, "a file with problems was changed");
    totem->set("config_version", std::to_string(version));
    config_version_ = version;
}

CorosyncSection& CorosyncConf::node_list() {
    CorosyncSection* list = file_.section("nodelist");
    PMX_CHECK(list != nullptr, "a file with problems was changed");
    return *list;
}

std::int64_t CorosyncConf::node_votes() const {
    const CorosyncSection* list = file_.section("nodelist");
    std::int64_t sum = 0;
    for (const CorosyncSection& section : list->sections) {
        if (section.name != "node") continue;
        const CorosyncSetting* votes = section.find("quorum_votes");
        sum += votes == nullptr ? 1 : parse_number(votes->value, max_node_votes).value_or(0);
    }
    return sum;
}

// With two nodes each may go on alone, but not before it has seen the other since its start
// (wait_for_all): otherwise both would start, each alone, from a state of their own.
void CorosyncConf::settle_quorum(std::int64_t node_votes_before) {
    CorosyncSection* quorum = file_.section("quorum");
    PMX_CHECK(quorum != nullptr, "a file with problems was changed");
    if (CorosyncSection* device = quorum->section(device_section)) {
        settle_device_votes(*device, node_votes_before);
    } else if (nodes_.size() == 2) {
        quorum->set("two_node", "1");
        quorum->set("wait_for_all", "1");
    } else if (has_two_node()) {
        quorum->remove("two_node");
        // What came with it goes with it: three nodes start as soon as two are there.
        if (nodes_.size() > 2) quorum->remove("wait_for_all");
    }
}

// A device that decides by lms has one vote less than all nodes together, so that any one of them
// can go on with it: corosync counts that by itself unless the file says it. One that decides by
// ffsplit has a single vote, however many nodes there are.
void CorosyncConf::settle_device_votes(CorosyncSection& device,
                                       std::int64_t node_votes_before) const {
    const CorosyncSetting* votes = device.find("votes");
    if (votes == nullptr || votes->value != std::to_string(node_votes_before - 1)) return;
    const CorosyncSection* net = device.section("net");
    if (net == nullptr || net->value("algorithm") != "lms") return;
    device.set("votes", std::to_string(node_votes() - 1));
}

Parsed<CorosyncConf> parse_corosync_conf(std::string_view text) {
    if (text.size() > max_corosync_conf_bytes) {
        return {{}, {{std::string(corosync_conf_file), 0, "the file is longer than 256 KiB"}}};
    }
    auto parsed = parse_corosync_sections(text);
    if (!parsed.problems.empty()) return {{}, std::move(parsed.problems)};
    return CorosyncConfReader(std::move(parsed.values)).read();
}

bool is_cluster_name(std::string_view name) {
    return is_host_label(name);
}

}  // namespace pmx::schema
