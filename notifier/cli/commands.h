// What pmx-notify does for each command.
#pragma once

#include "base/error.h"
#include "notifier/cli/arguments.h"

namespace pmx::notifier {

constexpr int exit_done = 0;
constexpr int exit_failed = 1;
constexpr int exit_usage = 2;
constexpr int exit_refused = 3;

// Prints what is to be printed and returns the exit status.
int run_send(const Arguments& arguments);
int run_test(const Arguments& arguments);
int run_explain(const Arguments& arguments);
int run_targets(const Arguments& arguments);
int run_queue(const Arguments& arguments);
int run_history(const Arguments& arguments);
int run_metrics(const Arguments& arguments);

// To standard error; the exit status that goes with it.
int report(const Error& error);

}  // namespace pmx::notifier
