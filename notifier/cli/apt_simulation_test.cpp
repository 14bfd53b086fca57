#include "notifier/cli/apt_simulation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pmx::notifier {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(AptSimulation, UpdatesAndNewPackages) {
    EXPECT_THAT(
        parse_apt_simulation(
            "Reading package lists...\n"
            "Inst openssl [3.0.11-1] (3.0.14-1 Debian:12.6/stable [amd64])\n"
            "Inst linux-image-6.1.0-26-amd64 (6.1.112-1 Debian-Security:12/stable [amd64]) []\n"
            "Inst base-files [12.4+deb12u5] (12.4+deb12u6 Debian:12.6/stable [amd64]) [x:amd64 ]\n"
            "Inst local (1:2.0)\n"
            "Conf openssl (3.0.14-1 Debian:12.6/stable [amd64])\nRemv old [1.0]\n"),
        ElementsAre(PackageUpdate{"openssl", "3.0.11-1", "3.0.14-1"},
                    PackageUpdate{"linux-image-6.1.0-26-amd64", "", "6.1.112-1"},
                    PackageUpdate{"base-files", "12.4+deb12u5", "12.4+deb12u6"},
                    PackageUpdate{"local", "", "1:2.0"}));
}

TEST(AptSimulation, WhatIsNoSuchLineIsLeftOut) {
    for (const char* text : {"", "\n", "Inst", "Inst x", "Inst x [1]", "Inst x [1] (", "Inst  (1)",
                             "Insta x (1)", "E: dpkg was interrupted", "Inst x [1 (2)"}) {
        EXPECT_THAT(parse_apt_simulation(text), IsEmpty()) << text;
    }
}

}  // namespace
}  // namespace pmx::notifier
