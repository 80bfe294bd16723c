# SPDX-License-Identifier: Apache-2.0
"""What ./dev answers before it does anything: its usage, and errors for what it does not know."""

import re
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(sys.argv.pop(1)).resolve()
COMMANDS = ["run", "build", "test", "bench", "lint", "fmt", "fuzz", "conformance", "sim"]


def dev(*arguments):
    return subprocess.run([ROOT / "dev", *arguments], capture_output=True, text=True, timeout=60)


class DevTest(unittest.TestCase):
    def test_help_names_every_command(self):
        for form in ("help", "--help", "-h"):
            result = dev(form)
            self.assertEqual(result.returncode, 0)
            for command in COMMANDS:
                self.assertIn(f"\n  {command} ", result.stdout)

    def test_wrong_use_prints_the_usage_and_exits_with_2(self):
        for arguments in ([], ["what"], ["test", "--what"], ["test", "a", "b"], ["build", "--what"], ["lint", "--what"],
                          ["fmt", "x"], ["fuzz"], ["fuzz", "json"], ["fuzz", "json", "x"], ["sim", "x"],
                          ["conformance", "a", "b"], ["bench", "a", "b"], ["bench", "--what"]):
            result = dev(*arguments)
            self.assertEqual(result.returncode, 2, arguments)
            self.assertIn("usage: ./dev COMMAND", result.stderr)
            self.assertEqual(result.stdout, "")

    def test_every_package_is_listed_once_and_every_group_in_order(self):
        groups, packages = {}, []
        for line in (ROOT / "cmake/packages.txt").read_text(encoding="utf-8").splitlines():
            if line.startswith("["):
                group = groups.setdefault(line.strip("[]"), [])
            elif line and not line.startswith("#"):
                self.assertRegex(line, r"^[a-z0-9][a-z0-9.+-]*$")
                group.append(line)
                packages.append(line)
        self.assertEqual(len(packages), len(set(packages)))
        for name, members in groups.items():
            self.assertEqual(members, sorted(members), name)
        used = set(re.findall(r"need_packages ([a-z ]+)", (ROOT / "dev").read_text(encoding="utf-8")))
        self.assertEqual({group for names in used for group in names.split()}, set(groups))


if __name__ == "__main__":
    unittest.main()
