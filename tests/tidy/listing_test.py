# SPDX-License-Identifier: Apache-2.0
import unittest

import listing
from tree import Tree


def unlisted(files):
    return [problem.path for problem in listing.check_unlisted_sources(Tree(files))]


class UnlistedSourcesTest(unittest.TestCase):
    def test_a_file_that_no_list_names_is_found(self):
        files = {"skerry/net/CMakeLists.txt": "skerry_library(net SRCS a.cc)", "skerry/net/a.cc": "",
                 "skerry/net/b.cc": "", "skerry/net/b_test.cc": "", "proto/c.proto": "", "tests/d_test.py": ""}
        self.assertEqual(unlisted(files),
                         ["proto/c.proto", "skerry/net/b.cc", "skerry/net/b_test.cc", "tests/d_test.py"])

    def test_a_list_may_name_files_of_its_folder_below_it_and_from_the_root(self):
        files = {"skerry/CMakeLists.txt": "add(net/a.cc ./net/b.cc)",
                 "cmake/x.cmake": "${PROJECT_SOURCE_DIR}/tests/c.cc",
                 "cmake/pch.cc": "", "skerry/net/a.cc": "", "skerry/net/b.cc": "", "tests/c.cc": "",
                 "CMakeLists.txt": "${CMAKE_CURRENT_LIST_DIR}/cmake/pch.cc", "tests/CMakeLists.txt": "../skerry/d.cc",
                 "skerry/d.cc": ""}
        self.assertEqual(unlisted(files), [])

    def test_a_name_in_another_folder_or_in_a_comment_does_not_count(self):
        files = {"skerry/net/CMakeLists.txt": "add(a.cc) # b.cc", "skerry/net/a.cc": "", "skerry/net/b.cc": "",
                 "skerry/http/a.cc": "", "skerry/net/aa.cc": ""}
        self.assertEqual(unlisted(files), ["skerry/http/a.cc", "skerry/net/aa.cc", "skerry/net/b.cc"])


class GlobsTest(unittest.TestCase):
    def test_a_glob_is_found(self):
        tree = Tree({"CMakeLists.txt": "x\nfile(GLOB sources *.cc)\n"})
        self.assertEqual([problem.line for problem in listing.check_no_globs(tree)], [2])


if __name__ == "__main__":
    unittest.main()
