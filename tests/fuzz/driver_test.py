# SPDX-License-Identifier: Apache-2.0
"""The driver finds a bug that random mutations reach, and the command that it prints reaches it again."""

import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PROGRAM = sys.argv.pop(1)


class DriverTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.corpus = Path(folder.name)

    def run_driver(self, *arguments):
        return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=60)

    def seed_file(self, text):
        (self.corpus / "seed").write_text(text, encoding="utf-8")

    def test_a_bug_is_found_and_its_command_repeats_it(self):
        self.seed_file("abc abc")
        found = self.run_driver(str(self.corpus))
        self.assertLess(found.returncode, 0)
        self.assertIn("seed ", found.stdout)
        command = re.search(r"run it again with: (.+)", found.stderr).group(1).split()
        self.assertLess(self.run_driver(*command[1:]).returncode, 0)

    def test_the_same_seed_makes_the_same_inputs(self):
        self.seed_file("abc abc")
        first, second = (self.run_driver(str(self.corpus), "--seed", "7") for _ in range(2))
        self.assertEqual(first.stderr, second.stderr)
        self.assertIn("--seed 7", first.stderr)

    def test_a_bug_in_a_seed_file_names_the_file(self):
        self.seed_file("abcd")
        self.assertIn(f"the input was the file {self.corpus}/seed", self.run_driver(str(self.corpus)).stderr)

    def test_a_sound_target_passes_and_says_what_it_did(self):
        self.seed_file("x")
        result = self.run_driver(str(self.corpus), "--runs", "100")
        self.assertEqual(result.returncode, 0)
        self.assertIn("1 seed files and 100 mutations", result.stdout)

    def test_an_empty_corpus_and_wrong_options_are_errors(self):
        self.assertEqual(self.run_driver(str(self.corpus)).returncode, 1)
        for arguments in ([], [str(self.corpus), "--runs"], [str(self.corpus), "--runs", "x"], ["a", "--what", "1"]):
            self.assertEqual(self.run_driver(*arguments).returncode, 2, arguments)


if __name__ == "__main__":
    unittest.main()
