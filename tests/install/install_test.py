# SPDX-License-Identifier: Apache-2.0
"""Installs the build into an empty folder, and builds and runs a project outside of the tree against it."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BUILD, COMPILER = sys.argv[1:3]
CONSUMER = Path(__file__).resolve().parent / "consumer"


def run(*command):
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=300)
    if result.returncode != 0:
        raise AssertionError(f"{' '.join(result.args)}\n{result.stdout}{result.stderr}")
    return result.stdout


class InstallTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.prefix = self.folder / "prefix"
        run("cmake", "--install", BUILD, "--prefix", self.prefix)

    def test_a_project_outside_builds_and_runs_against_what_is_installed(self):
        build = self.folder / "build"
        run("cmake", "-S", CONSUMER, "-B", build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={self.prefix}",
            f"-DCMAKE_CXX_COMPILER={COMPILER}")
        run("cmake", "--build", build)
        self.assertEqual(run(build / "consumer", self.folder / "test.db"), '{"text":"hello","times":3}\n')
        self.assertIn("--listen", run(build / "greeter", "--help"))

    def test_headers_are_installed_and_those_of_tests_are_not(self):
        headers = {path.relative_to(self.prefix).as_posix() for path in self.prefix.rglob("*.h")}
        self.assertIn("include/skerry/base/json.h", headers)
        self.assertEqual([header for header in headers if "/testing/" in header or "_test_support" in header], [])

    def test_nothing_of_what_is_installed_points_into_the_tree(self):
        tree = str(CONSUMER.parents[2])
        for path in self.prefix.rglob("*.cmake"):
            self.assertNotIn(tree, path.read_text(encoding="utf-8"), path)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
