#include "tests/sim/trace.h"

#include <cstdio>

#include "wire/message.h"

namespace pmx::sim {
namespace {

std::string words(const wire::Hello& hello) {
    return "HELLO round " + std::to_string(hello.round) + " last " +
           std::to_string(hello.last_index.value) + " of " + to_string(hello.last_view);
}
std::string words(const wire::ViewProposal& proposal) {
    return std::string("VIEW from ") + std::to_string(proposal.last_index.value) +
           (proposal.founds_era ? ", a new era" : "");
}
std::string words(const wire::Accept&) {
    return "ACCEPT";
}
std::string words(const wire::Body& body) {
    return "BODY " + std::to_string(body.request.node.value) + "." +
           std::to_string(body.request.boot.value) + "." + std::to_string(body.request.sequence) +
           " part " + std::to_string(body.part + 1) + "/" + std::to_string(body.parts);
}
std::string words(const wire::Append& append) {
    std::string text = "APPEND from " + std::to_string(append.first.value) + ":";
    for (const wire::Append::Item& item : append.items) {
        text += " " + std::to_string(item.request.node.value) + "." +
                std::to_string(item.request.boot.value) + "." +
                std::to_string(item.request.sequence);
    }
    return text;
}
std::string words(const wire::Durable& durable) {
    return "DURABLE " + std::to_string(durable.up_to.value);
}
std::string words(const wire::Fetch& fetch) {
    static constexpr const char* kinds[] = {"entries", "outline", "nodes"};
    return "FETCH " + std::string(kinds[fetch.what.index()]) + " from " +
           std::to_string(fetch.from.value);
}
std::string words(const wire::Piece& piece) {
    static constexpr const char* kinds[] = {"entries", "outline", "nodes", "refused"};
    return "PIECE " + std::string(kinds[piece.what.index()]) + " to " +
           std::to_string(piece.to.value);
}
std::string words(const wire::Digest& digest) {
    return "DIGEST at " + std::to_string(digest.index.value);
}

}  // namespace

void Trace::write(NodeId node, std::string_view what, const std::string& text) const {
    char head[64];
    const double passed_s = std::chrono::duration<double>(now_.time_since_epoch()).count();
    std::snprintf(head, sizeof head, "%6llu %10.3f  %u  ", static_cast<unsigned long long>(events_),
                  passed_s, node.value);
    print_(head + std::string(what) + (text.empty() ? "" : " ") + text);
}

std::string describe(std::string_view bytes) {
    const Result<wire::Message> message = wire::decode_message(bytes);
    if (!message) return "what does not decode";
    return std::visit([](const auto& payload) { return words(payload); }, message->payload) +
           " for " + to_string(message->view);
}

}  // namespace pmx::sim
