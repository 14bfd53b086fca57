// pmxctl run inside the test program, against a control server over a store in memory.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "control/members_for_tests.h"
#include "control/server.h"
#include "control/store_for_tests.h"
#include "tools/pmxctl/command.h"

namespace pmx::pmxctl {

class CommandTest : public testing::Test {
  protected:
    CommandTest() {
        char pattern[] = "/tmp/pmx-pmxctl-XXXXXX";
        directory_ = ::mkdtemp(pattern);
        auto server = control::Server::start(
            {.run_directory = directory_, .group = ::getegid(), .mount = "/etc/pve"}, store_,
            members_, nullptr);
        if (server) server_ = std::move(*server);
    }
    ~CommandTest() override {
        server_.reset();
        std::filesystem::remove_all(directory_);
    }

    ExitCode pmxctl(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"--run", directory_});
        testing::internal::CaptureStdout();
        testing::internal::CaptureStderr();
        const ExitCode code = run(arguments);
        out_ = testing::internal::GetCapturedStdout();
        err_ = testing::internal::GetCapturedStderr();
        return code;
    }
    std::string local_file(const std::string& name, const std::string& content) {
        std::string path = directory_ + "/" + name;
        std::ofstream(path) << content;
        return path;
    }

    std::string directory_;
    control::StoreForTests store_;
    control::MembersForTests members_;
    std::unique_ptr<control::Server> server_;
    std::string out_;
    std::string err_;
};

}  // namespace pmx::pmxctl
