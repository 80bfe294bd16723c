# SPDX-License-Identifier: Apache-2.0
import unittest

import documents
from tree import Tree


def problems(check, files):
    return [str(problem) for problem in check(Tree(files))]


class TitlesTest(unittest.TestCase):
    def test_a_document_has_one_title(self):
        self.assertEqual(problems(documents.check_titles, {"a.md": "# A\n## B\n```\n# a comment\n```\n"}), [])
        self.assertEqual(problems(documents.check_titles, {"a.md": "# A\n\n# B\n"}),
                         ["a.md:3: 2 titles (# ...): a document has one"])
        self.assertEqual(len(problems(documents.check_titles, {"a.md": "## A\n"})), 1)

    def test_the_architecture_stays_short(self):
        self.assertEqual(len(problems(documents.check_titles, {"ARCHITECTURE.md": "# A\n" + "x\n" * 300})), 1)


class LinksTest(unittest.TestCase):
    def test_links_to_files_folders_headings_and_addresses_pass(self):
        text = ("# My `long` title!\n[b](b.md) [c](../c/) [d](../c/d.cc) [e](https://x.y) [f](#my-long-title)\n"
                "[g](b.md#b-2)\n```\n[x](gone.md)\n```\n`[y](gone.md)`\n")
        files = {"docs/a.md": text, "docs/b.md": "# B 2\n", "c/d.cc": ""}
        self.assertEqual(problems(documents.check_links, files), [])

    def test_dead_links_are_found(self):
        for link in ("gone.md", "../b.md", "b.md#gone", "#gone", "gone/"):
            files = {"docs/a.md": f"# A\n[x]({link})\n", "docs/b.md": "# B\n"}
            self.assertEqual(len(problems(documents.check_links, files)), 1, link)


class CompiledCodeTest(unittest.TestCase):
    SOURCE = "// licence\nint main() {\n  return 0;\n}\n"
    MARK = "<!-- source: examples/hello/hello.cc -->\n"

    def check(self, block, path="README.md"):
        return problems(documents.check_code_is_compiled, {path: block, "examples/hello/hello.cc": self.SOURCE})

    def test_code_that_stands_in_its_source_passes(self):
        self.assertEqual(
            self.check(self.MARK + "\n```cpp\nint main() {\n  return 0;\n}\n```\n"), [])

    def test_code_may_stand_deeper_in_its_source_with_all_its_lines(self):
        self.assertEqual(self.check(self.MARK + "```cpp\nreturn 0;\n```\n"), [])
        self.assertEqual(len(self.check(self.MARK + "```cpp\nreturn 0;\n}\n```\n")), 1)
        self.assertEqual(len(self.check(self.MARK + "```cpp\nmain() {\n```\n")), 1)

    def test_code_that_differs_from_its_source_is_found(self):
        self.assertEqual(self.check(self.MARK + "```cpp\nint main() {\n  return 1;\n}\n```\n"),
                         ["README.md:2: this code is not in examples/hello/hello.cc"])
        self.assertEqual(len(self.check("<!-- source: examples/gone.cc -->\n```cpp\nint main() {\n```\n")), 1)

    def test_code_without_a_source_is_found_in_the_readme_and_the_guides(self):
        block = self.MARK + "Words between.\n```cpp\nint main() {\n```\n"
        self.assertEqual(len(self.check(block)), 1)
        self.assertEqual(len(self.check(block, "docs/a.md")), 1)
        self.assertEqual(self.check(block, "docs/adr/a.md"), [])

    def test_other_languages_need_no_source(self):
        self.assertEqual(self.check("```sh\nls\n```\n"), [])


if __name__ == "__main__":
    unittest.main()
