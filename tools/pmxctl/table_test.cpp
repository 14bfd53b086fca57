#include "tools/pmxctl/table.h"

#include <gtest/gtest.h>

#include <sstream>

namespace pmx::pmxctl {
namespace {

TEST(Table, LinesUp) {
    Table table({{"INDEX", true}, {"USER"}, {"PATH"}});
    table.add({"7", "anna", "a.cfg"});
    table.add({"1234567", "j\xc3\xbcrgen", "nodes/one"});
    table.add({"8", "", "x\ty"});
    std::ostringstream out;
    table.print(out);
    EXPECT_EQ(out.str(),
              "  INDEX  USER    PATH\n"
              "      7  anna    a.cfg\n"
              "1234567  j\xc3\xbcrgen  nodes/one\n"
              "      8          x?y\n");
}

}  // namespace
}  // namespace pmx::pmxctl
