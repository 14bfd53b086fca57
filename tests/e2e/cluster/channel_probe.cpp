// A program that is a member of the group and does what its standard input says, for the tests of
// the channel: what it hears goes to standard output, one line each.
//
//   send TEXT          multicasts TEXT
//   flood COUNT SIZE   multicasts COUNT numbered messages of SIZE bytes, as fast as they are taken
//   force              grants quorum to the nodes that are present
//
//   listed CLUSTER VERSION majority|fewer ID:NAME:ADDRESS,...
//   configured members=ID,... nodes=ID,... quorate|not
//   message SENDER SIZE TEXT    (a flood's message: its number; "torn" if its bytes are not whole)
//   flooded COUNT               all of a flood was taken; COUNT messages had to wait
//   error TEXT
#include <poll.h>

#include <cstdlib>
#include <deque>
#include <iostream>
#include <sstream>
#include <string>

#include "corosync/corosync_channel.h"

namespace {

using pmx::NodeId;
using pmx::ports::Configuration;
using pmx::ports::NodeList;

std::string join(const std::vector<NodeId>& ids) {
    std::string text;
    for (const NodeId id : ids)
        text += (text.empty() ? "" : ",") + std::to_string(id.value);
    return text;
}

std::string flood_message(long number, std::size_t size) {
    std::string message = std::to_string(number) + ' ';
    message.resize(std::max(size, message.size()), 'x');
    return message;
}

// A flood's message is told by its number, if it is whole.
std::string describe(std::string_view message) {
    const std::size_t space = message.find(' ');
    if (space == std::string_view::npos) return std::string(message);
    const std::string number(message.substr(0, space));
    const bool whole =
        message == flood_message(std::strtol(number.c_str(), nullptr, 10), message.size());
    return whole ? number : "torn";
}

class Listener final : public pmx::ports::GroupEvents {
  public:
    void delivered(NodeId sender, std::string_view message) override {
        std::cout << "message " << sender.value << ' ' << message.size() << ' ' << describe(message)
                  << '\n';
    }
    void configuration_changed(const Configuration& configuration) override {
        std::cout << "configured members=" << join(configuration.members)
                  << " nodes=" << join(configuration.nodes)
                  << (configuration.quorate ? " quorate\n" : " not\n");
    }
    void nodes_listed(const NodeList& list) override {
        std::cout << "listed " << list.cluster_name << ' ' << list.config_version
                  << (list.quorum_by_fewer ? " fewer " : " majority ");
        const char* separator = "";
        for (const NodeList::Node& node : list.nodes) {
            std::cout << separator << node.id.value << ':' << node.name << ':' << node.address;
            separator = ",";
        }
        std::cout << '\n';
    }
};

class Probe {
  public:
    explicit Probe(pmx::ports::GroupChannel& channel) : channel_(channel) {}

    void run() {
        for (;;) {
            pollfd fds[] = {{STDIN_FILENO, POLLIN, 0}, {channel_.event_fd(), POLLIN, 0}};
            ::poll(fds, 2, -1);
            if (fds[0].revents != 0 && !obey_lines()) return;
            report(channel_.dispatch(listener_));
            send();
            std::cout.flush();
        }
    }

  private:
    static void report(const pmx::Result<void>& done) {
        if (!done) std::cout << "error " << done.error().message() << '\n';
    }

    bool obey_lines() {
        char buffer[4096];
        const ssize_t count = ::read(STDIN_FILENO, buffer, sizeof buffer);
        if (count <= 0) return false;
        input_.append(buffer, static_cast<std::size_t>(count));
        for (std::size_t end = 0; (end = input_.find('\n')) != std::string::npos;) {
            obey(input_.substr(0, end));
            input_.erase(0, end + 1);
        }
        return true;
    }

    void obey(const std::string& line) {
        std::istringstream words(line);
        std::string command;
        words >> command >> std::ws;
        if (command == "send") {
            std::getline(words, outgoing_.emplace_back());
        } else if (command == "flood") {
            std::size_t size = 0;
            words >> flood_ >> size;
            for (long i = 0; i < flood_; ++i)
                outgoing_.push_back(flood_message(i, size));
        } else if (command == "force") {
            report(channel_.force_quorum());
        } else {
            std::cout << "error unknown command " << command << '\n';
        }
    }

    void send() {
        while (!outgoing_.empty()) {
            const auto sent = channel_.multicast(outgoing_.front());
            if (!sent && sent.error().code() == pmx::Code::busy) {
                ++waits_;
                return;
            }
            report(sent);
            outgoing_.pop_front();
        }
        if (flood_ > 0) std::cout << "flooded " << waits_ << '\n';
        flood_ = 0;
        waits_ = 0;
    }

    pmx::ports::GroupChannel& channel_;
    Listener listener_;
    std::string input_;
    std::deque<std::string> outgoing_;
    long flood_ = 0;
    long waits_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "Usage: pmx-channel-probe NODE-ID\n";
        return 2;
    }
    const NodeId node(static_cast<std::uint32_t>(std::strtoul(argv[1], nullptr, 10)));
    auto channel = pmx::corosync::CorosyncChannel::create(node);
    if (!channel) {
        std::cerr << channel.error().message() << '\n';
        return 1;
    }
    Probe(**channel).run();
    return 0;
}
