#include "tests/support/linearizability.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <utility>

namespace pmx::support {
namespace {

// Wing and Gong's search, breadth first and just in time: the history is read once by time, with
// every state kept in which the register may be. A write takes effect only when a return cannot be
// explained without it; a read as soon as the value is there, which never spoils anything. A write
// whose value nobody reads is tried only where it must be, and costs nothing where another write
// hides it at once: without that, a dozen writes that overlap would be tried in every order.
class Register {
  public:
    Register(std::vector<const Operation*> operations, std::size_t max_states);
    std::optional<std::string> check();

  private:
    using Place = std::size_t;  // in operations_
    struct State {
        std::size_t value = 0;    // in values_
        std::vector<Place> done;  // those of open_ that took effect, sorted
        friend auto operator<=>(const State&, const State&) = default;
    };
    using States = std::set<State>;
    struct Moment {
        std::int64_t time = 0;
        bool is_return = false;
        Place operation = 0;
        friend auto operator<=>(const Moment&, const Moment&) = default;
    };

    [[nodiscard]] bool is_read(Place place) const {
        return operations_[place]->kind == Operation::Kind::read;
    }
    [[nodiscard]] static bool has_done(const State& state, Place place) {
        return std::binary_search(state.done.begin(), state.done.end(), place);
    }
    static void set_done(State& state, Place place) {
        state.done.insert(std::lower_bound(state.done.begin(), state.done.end(), place), place);
    }
    void drop_what_nobody_saw();
    [[nodiscard]] std::vector<Moment> moments() const;
    void call(Place place);
    void finish(Place place);
    void forget(Place place);
    void forget_unknown_that_happened();
    [[nodiscard]] bool worth_trying(const State& state, Place write) const;
    [[nodiscard]] State after_write(State state, Place write) const;
    [[nodiscard]] std::string describe(Place place, const States& before) const;

    std::vector<const Operation*> operations_;
    std::vector<std::size_t> value_of_;  // of each operation
    std::vector<std::string> values_;
    std::vector<std::size_t> readers_;  // of each value
    std::vector<std::size_t> writers_;  // likewise
    States states_;
    std::set<Place> open_;  // called and not returned
    std::size_t max_states_;
    bool too_many_ = false;
};

Register::Register(std::vector<const Operation*> operations, std::size_t max_states)
    : operations_(std::move(operations)), max_states_(max_states) {
    drop_what_nobody_saw();
    std::map<std::string, std::size_t> known;
    const auto place_of = [&](const std::string& value) {
        const auto [place, is_new] = known.emplace(value, values_.size());
        if (is_new) values_.push_back(value);
        return place->second;
    };
    states_.insert({place_of(std::string(absent_value)), {}});
    for (const Operation* operation : operations_)
        value_of_.push_back(place_of(operation->value));
    readers_.resize(values_.size());
    writers_.resize(values_.size());
    writers_[0] = 1;  // that the key is not there needs nobody to write it
    for (Place place = 0; place < operations_.size(); ++place)
        ++(is_read(place) ? readers_ : writers_)[value_of_[place]];
}

// Of what nobody knows whether it happened: a read says nothing, nor does a write that was not
// read.
void Register::drop_what_nobody_saw() {
    std::set<std::string> read;
    for (const Operation* operation : operations_) {
        const bool counts = operation->kind == Operation::Kind::read && operation->returned;
        if (counts) read.insert(operation->value);
    }
    std::erase_if(operations_, [&](const Operation* operation) {
        if (operation->returned) return false;
        return operation->kind == Operation::Kind::read || !read.contains(operation->value);
    });
}

// At one time calls come before returns, so that operations that touch overlap.
std::vector<Register::Moment> Register::moments() const {
    std::vector<Moment> all;
    for (Place place = 0; place < operations_.size(); ++place) {
        const Operation& operation = *operations_[place];
        all.push_back({operation.called, false, place});
        if (operation.returned) all.push_back({*operation.returned, true, place});
    }
    std::sort(all.begin(), all.end());
    return all;
}

std::optional<std::string> Register::check() {
    for (const Moment& moment : moments()) {
        if (!moment.is_return) {
            call(moment.operation);
            continue;
        }
        const States before = states_;
        finish(moment.operation);
        if (too_many_) return std::nullopt;
        if (states_.empty()) return describe(moment.operation, before);
    }
    return std::nullopt;
}

void Register::call(Place place) {
    open_.insert(place);
    if (!is_read(place)) return;
    States next;
    for (State state : states_) {
        if (state.value == value_of_[place]) set_done(state, place);
        next.insert(std::move(state));
    }
    states_ = std::move(next);
}

// Keeps the states in which the operation took effect, or can after others that are open.
void Register::finish(Place place) {
    States finished;
    States seen = std::move(states_);
    std::vector<State> to_try(seen.begin(), seen.end());
    while (!to_try.empty()) {
        too_many_ = seen.size() > max_states_;
        if (too_many_) return;
        const State state = std::move(to_try.back());
        to_try.pop_back();
        if (has_done(state, place)) {
            finished.insert(state);
            continue;
        }
        for (const Place other : open_) {
            if (is_read(other) || has_done(state, other)) continue;
            if (other != place && !worth_trying(state, other)) continue;
            State next = after_write(state, other);
            if (seen.insert(next).second) to_try.push_back(std::move(next));
        }
    }
    states_ = std::move(finished);
    forget(place);
    forget_unknown_that_happened();
}

// Before another operation: when somebody waits to read it. What is read later only must not be
// overwritten; but of a value written twice the other one may be what is read.
bool Register::worth_trying(const State& state, Place write) const {
    if (writers_[value_of_[write]] > 1) return true;
    return std::any_of(open_.begin(), open_.end(), [&](Place other) {
        return is_read(other) && value_of_[other] == value_of_[write] && !has_done(state, other);
    });
}

Register::State Register::after_write(State state, Place write) const {
    set_done(state, write);
    state.value = value_of_[write];
    for (const Place other : open_) {
        const bool reads_it = is_read(other) && value_of_[other] == state.value;
        const bool hidden = !is_read(other) && readers_[value_of_[other]] == 0;
        if ((reads_it || hidden) && !has_done(state, other)) set_done(state, other);
    }
    return state;
}

void Register::forget(Place place) {
    open_.erase(place);
    States next;
    for (State state : states_) {
        std::erase(state.done, place);
        next.insert(std::move(state));
    }
    states_ = std::move(next);
}

void Register::forget_unknown_that_happened() {
    std::vector<Place> happened;
    for (const Place place : open_) {
        const bool everywhere =
            !operations_[place]->returned &&
            std::all_of(states_.begin(), states_.end(),
                        [&](const State& state) { return has_done(state, place); });
        if (everywhere) happened.push_back(place);
    }
    for (const Place place : happened)
        forget(place);
}

std::string Register::describe(Place place, const States& before) const {
    std::string text = "no order explains \"" + format(*operations_[place]) + "\"; held: ";
    std::set<std::string> held;
    for (const State& state : before)
        held.insert(values_[state.value]);
    for (const std::string& value : held)
        text += (value == *held.begin() ? "" : " or ") + value;
    return text;
}

bool parse_number(std::string_view text, auto& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const std::size_t end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

std::optional<Operation> parse_operation(std::string_view line) {
    const std::vector<std::string_view> fields = split(line, ' ');
    if (fields.size() != 6) return std::nullopt;
    Operation operation;
    operation.kind = fields[1] == "read" ? Operation::Kind::read : Operation::Kind::write;
    operation.key = fields[2];
    operation.value = fields[3];
    bool ok =
        parse_number(fields[0], operation.client) && parse_number(fields[4], operation.called);
    ok = ok && (fields[1] == "read" || fields[1] == "write");
    ok = ok && !operation.key.empty() && !operation.value.empty();
    if (fields[5] != "?") {
        operation.returned = 0;
        ok = ok && parse_number(fields[5], *operation.returned);
        ok = ok && *operation.returned >= operation.called;
    }
    if (!ok) return std::nullopt;
    return operation;
}

}  // namespace

std::string format(const Operation& operation) {
    const bool read = operation.kind == Operation::Kind::read;
    return std::to_string(operation.client) + (read ? " read " : " write ") + operation.key + " " +
           operation.value + " " + std::to_string(operation.called) + " " +
           (operation.returned ? std::to_string(*operation.returned) : "?");
}

Result<std::vector<Operation>> parse_history(std::string_view text) {
    std::vector<Operation> history;
    std::size_t number = 0;
    for (const std::string_view line : split(text, '\n')) {
        ++number;
        if (line.empty() || line.front() == '#') continue;
        const std::optional<Operation> operation = parse_operation(line);
        if (!operation) {
            return fail(Code::invalid_argument, "line " + std::to_string(number) +
                                                    " is no operation: " + std::string(line));
        }
        history.push_back(*operation);
    }
    return history;
}

std::optional<std::string> not_linearizable(const std::vector<Operation>& history,
                                            std::size_t max_states) {
    std::map<std::string_view, std::vector<const Operation*>> by_key;
    for (const Operation& operation : history)
        by_key[operation.key].push_back(&operation);
    for (const auto& [key, operations] : by_key) {
        if (auto violation = Register(operations, max_states).check()) return violation;
    }
    return std::nullopt;
}

}  // namespace pmx::support
