// The command line of pmx-notify.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace pmx::notifier {

struct Arguments {
    std::string run = "/run/pmx-notifier";
    bool json = false;
    bool help = false;
    bool version = false;
    std::string command;  // send, test, explain, targets, queue, history; empty with help, version

    std::optional<std::string> act_as;
    std::optional<std::string> target;  // of send, explain, history; the operand of test

    // send and explain
    std::string type;
    std::optional<std::string> severity;
    std::optional<std::string> title;
    std::optional<std::string> body;
    std::optional<std::string> body_file;
    std::optional<std::string> data_file;
    std::vector<std::string> fields;  // K=V
    std::optional<std::string> job;
    std::optional<std::string> event_id;
    bool cluster = false;  // of send
    bool wait = false;
    std::optional<std::int64_t> wait_s;

    std::optional<std::int64_t> retry;    // queue retry ID
    std::optional<std::string> textfile;  // of metrics

    std::vector<std::string> rest;  // what follows the name of a command of subcommand.h
};

// Code::invalid_argument with what to say on standard error.
Result<Arguments> parse_arguments(const std::vector<std::string>& words);

// Of one command, or of the whole program where `command` is empty.
std::string help_text(const std::string& command);

}  // namespace pmx::notifier
