// What happened in a run, as text for a person, and as one number by which two runs compare.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/ids.h"

namespace pmx::sim {

class Trace {
  public:
    using Print = std::function<void(const std::string& line)>;
    explicit Trace(Print print = {}) : print_(std::move(print)) {}

    // `text` is called when somebody reads; the numbers are what is compared.
    template <typename Text>
    void note(NodeId node, std::string_view what, std::uint64_t number, Text&& text) {
        ++events_;
        mix(node.value);
        mix(what.size() << 8 | static_cast<unsigned char>(what.front()));
        mix(number);
        if (print_) write(node, what, text());
    }
    void note(NodeId node, std::string_view what, std::uint64_t number = 0) {
        note(node, what, number, [] { return std::string(); });
    }
    void at(MonotonicTime now) { now_ = now; }

    [[nodiscard]] std::uint64_t events() const { return events_; }
    [[nodiscard]] std::uint64_t hash() const { return hash_; }

  private:
    void mix(std::uint64_t value) {
        hash_ = (hash_ ^ value) * 0x9fb21c651e98df25ULL;
        hash_ ^= hash_ >> 29;
    }
    void write(NodeId node, std::string_view what, const std::string& text) const;

    Print print_;
    std::uint64_t hash_ = 0x243f6a8885a308d3ULL;
    std::uint64_t events_ = 0;
    MonotonicTime now_;
};

// A message in a few words.
std::string describe(std::string_view message);

}  // namespace pmx::sim
