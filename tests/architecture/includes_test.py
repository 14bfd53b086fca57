"""The tree keeps to rules.py, and a tree that does not is found out."""

import tempfile
import unittest
from pathlib import Path

import includes

REPOSITORY = Path(__file__).resolve().parents[2]


class TheTree(unittest.TestCase):
    def test_keeps_to_the_rules(self):
        self.assertGreater(len(list(includes.sources(REPOSITORY))), 20, "the sources are not there")
        found = includes.violations(REPOSITORY)
        self.assertEqual(found, [], "\n" + "\n".join(found))


class PlantedViolations(unittest.TestCase):
    """A small tree that is in order, and one file at a time that is not."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = Path(directory.name)
        for name in ("base/file", "base/ids", "tree/tree", "replica/replica", "ports/log_store",
                     "sqlite/store", "fuse/session", "control/client", "daemon/wiring"):
            self.write(f"pmxcfs-lite/{name}.h", "#pragma once\n")
        self.write("schema/users.h", "#pragma once\n")
        self.write("notifier/plan/plan.h", "#pragma once\n")
        self.write("notifier/outbox/outbox.h", "#pragma once\n")
        self.write("tests/support/disk.h", "#pragma once\n")

    def write(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def assert_found(self, path, text, expected):
        self.assertEqual(includes.violations(self.root), [])
        self.write(path, text)
        found = includes.violations(self.root)
        self.assertEqual(len(found), 1, found)
        self.assertIn(expected, found[0])

    def test_what_is_allowed(self):
        self.write("pmxcfs-lite/fuse/a.cpp", '#include "fuse/session.h"\n#include "tree/tree.h"\n'
                   '#include "schema/users.h"\n#include <fuse_lowlevel.h>\n')
        self.write("pmxcfs-lite/sqlite/a_test.cpp", '#include "daemon/wiring.h"\n')
        self.write("pmxcfs-lite/tree/a.cpp", "// steady_clock::now() is not for here\n")
        self.assertEqual(includes.violations(self.root), [])

    def test_core_includes_adapter(self):
        self.assert_found("pmxcfs-lite/replica/a.cpp", '#include "sqlite/store.h"\n',
                          "replica may not include sqlite")

    def test_adapter_includes_adapter(self):
        self.assert_found("pmxcfs-lite/fuse/a.h", '#include "control/client.h"\n',
                          "fuse may not include control")

    def test_path_from_the_repository(self):
        self.assert_found("pmxcfs-lite/tree/a.h", '#include "pmxcfs-lite/replica/replica.h"\n',
                          "tree may not include replica")

    def test_path_with_dots_and_angle_brackets(self):
        self.assert_found("pmxcfs-lite/ports/a.h", "#  include <../pmxcfs-lite/fuse/session.h>\n",
                          "ports may not include fuse")

    def test_notifier_includes_the_store(self):
        self.assert_found("notifier/outbox/a.cpp", '#include "ports/log_store.h"\n',
                          "notifier/outbox may not include ports")

    def test_plan_includes_outbox(self):
        self.assert_found("notifier/plan/a.cpp", '#include "notifier/outbox/outbox.h"\n',
                          "notifier/plan may not include notifier/outbox")

    def test_pmxctl_includes_the_mount(self):
        self.assert_found("tools/pmxctl/a.cpp", '#include "fuse/session.h"\n',
                          "tools/pmxctl may not include fuse")

    def test_production_includes_test_support(self):
        self.assert_found("pmxcfs-lite/sqlite/a.cpp", '#include "tests/support/disk.h"\n',
                          "which only tests may")

    def test_production_includes_a_fixture(self):
        self.write("pmxcfs-lite/tree/some_trees.h", "#include <gtest/gtest.h>\n")
        self.assert_found("pmxcfs-lite/tree/a.cpp", '#include "tree/some_trees.h"\n',
                          "which only tests may")

    def test_unknown_file(self):
        self.assert_found("pmxcfs-lite/tree/a.cpp", '#include "tree/gone.h"\n', "no file")

    def test_unknown_folder(self):
        self.assert_found("pmxcfs-lite/utils/a.h", "", "no module")

    def test_foreign_library(self):
        self.assert_found("pmxcfs-lite/fuse/a.cpp", "#include <sqlite3.h>\n", "only for sqlite")

    def test_pure_module_opens_files(self):
        self.assert_found("schema/a.cpp", "#include <fstream>\n", "not known to be pure")

    def test_pure_module_iterates_unordered(self):
        self.assert_found("pmxcfs-lite/replica/a.h", "#include <unordered_map>\n", "pure")

    def test_pure_module_uses_io_of_base(self):
        self.assert_found("notifier/plan/a.cpp", '#include "base/file.h"\n', "not for pure")

    def test_pure_module_reads_a_clock(self):
        self.assert_found("pmxcfs-lite/tree/a.cpp", "auto t = std::chrono::system_clock::now();\n",
                          "reads a clock")

    def test_links_what_it_may_not(self):
        self.write("pmxcfs-lite/fuse/CMakeLists.txt", "pmx_module(pmx_fuse DEPENDS pmx_tree)\n")
        self.assert_found("pmxcfs-lite/sqlite/CMakeLists.txt",
                          "pmx_module(pmx_sqlite DEPENDS pmx_fuse TEST_DEPENDS pmx_local)\n",
                          "sqlite may not link fuse")

    def test_includes_what_it_does_not_link(self):
        self.write("pmxcfs-lite/tree/CMakeLists.txt", "pmx_module(pmx_tree)\n")
        self.assert_found("pmxcfs-lite/tree/a.cpp", '#include "base/ids.h"\n',
                          "does not link pmx_base")


if __name__ == "__main__":
    unittest.main()
