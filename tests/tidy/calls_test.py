# SPDX-License-Identifier: Apache-2.0
import unittest

import calls
from tree import Tree


def problems(check, path, text):
    return [str(problem) for problem in check(Tree({path: text}))]


class BannedCallsTest(unittest.TestCase):
    def banned(self, path, line):
        return len(problems(calls.check_banned_calls, path, line + "\n")) == 1

    def test_each_rule_finds_what_it_bans(self):
        for line in ["std::thread t(run);", "std::jthread t;", "throw Error();", "auto* p = new Thing;", "delete p;",
                     "std::regex r;", "assert(x);", "int x = rand();", "std::cout << x;", "strcpy(a, b);",
                     "delete[] p;", "throw;", "auto f = std::async(run);", "p = new (place) Thing;"]:
            self.assertTrue(self.banned("skerry/net/a.cc", line), line)

    def test_forms_that_look_alike_pass(self):
        for line in ["Thing(const Thing&) = delete;", "void* operator new(std::size_t);", "static_assert(x);",
                     "void operator delete(void*);", "std::thread::id id;", "int new_count = 1;", "// throw new delete",
                     'log("throw new thread");', "co_await rethrow();", "random.rand(1);",
                     "return std::unique_ptr<Listener>(new Listener(fd));"]:
            self.assertFalse(self.banned("skerry/net/a.cc", line), line)

    def test_the_runtime_may_do_what_others_may_not(self):
        for line in ["std::jthread t;", "throw Error();", "auto* p = new Thing;", "delete p;"]:
            self.assertFalse(self.banned("skerry/async/a.cc", line), line)

    def test_tests_do_not_sleep(self):
        for line in ["std::this_thread::sleep_for(1ms);", "usleep(10);", "::sleep(1);", "nanosleep(&t, nullptr);"]:
            self.assertTrue(self.banned("skerry/net/a_test.cc", line), line)
            self.assertFalse(self.banned("skerry/net/a.cc", line), line)
        for line in ["co_await sleep(1ms);", "co_await sleep_until(soon);"]:
            self.assertFalse(self.banned("skerry/net/a_test.cc", line), line)
        self.assertTrue(self.banned("tests/e2e/a_test.py", "    time.sleep(1)"))

    def test_tests_may_throw_and_start_threads(self):
        for line in ["std::thread t(run);", "throw Error();", "std::cout << x;"]:
            self.assertFalse(self.banned("skerry/net/a_test.cc", line), line)
            self.assertFalse(self.banned("tests/e2e/a.cc", line), line)

    def test_an_exception_needs_a_reason(self):
        self.assertTrue(self.banned("skerry/net/a.cc", "auto* p = new T;  // tidy: allow(new)"))
        self.assertTrue(self.banned("skerry/net/a.cc", "auto* p = new T;  // tidy: allow(throw) of another rule"))
        self.assertFalse(self.banned("skerry/net/a.cc", "auto* p = new T;  // tidy: allow(new) the C library frees it"))


class MarkersTest(unittest.TestCase):
    def test_left_over_markers_are_found_in_every_kind_of_file(self):
        for marker in ("TO" "DO", "FIX" "ME", "X" "XX", "HA" "CK"):
            for path in ("skerry/a.cc", "dev", "README.md", "CMakeLists.txt"):
                self.assertEqual(problems(calls.check_markers, path, f"x\n# {marker}(now): y\n"),
                                 [f"{path}:2: left-over marker {marker}"])

    def test_words_that_contain_a_marker_pass(self):
        line = 'mkstemp("file.XXXX' 'XX"); kHackney; todo();'
        self.assertEqual(problems(calls.check_markers, "skerry/a.cc", line), [])


class TestsRunTest(unittest.TestCase):
    def test_tests_that_are_switched_off_are_found(self):
        for path, line in [("a_test.cc", "TEST(A, DIS" "ABLED_works) {"), ("a_test.cc", "GTEST_" "SKIP();"),
                           ("a_test.py", "@unittest.sk" "ip('later')"), ("a.test.ts", "it.sk" "ip('works')"),
                           ("a.test.ts", "x" "it('works')")]:
            self.assertEqual(len(problems(calls.check_tests_run, path, line)), 1, line)

    def test_an_exception_needs_a_reason(self):
        line = "GTEST_" "SKIP();  // tidy: allow(skip)"
        self.assertEqual(len(problems(calls.check_tests_run, "a_test.cc", line)), 1)
        self.assertEqual(problems(calls.check_tests_run, "a_test.cc", line + " needs IPv6"), [])


class NamesTest(unittest.TestCase):
    def test_files_and_tests_are_named_in_snake_case(self):
        self.assertEqual(problems(calls.check_names, "skerry/a_b2.cc", "TEST(Box, opens_2_lids) {}"), [])
        self.assertEqual(len(problems(calls.check_names, "skerry/aB.cc", "")), 1)
        self.assertEqual(len(problems(calls.check_names, "skerry/a.cc", "TEST_F(Box, OpensLid) {}")), 1)


class HeadsTest(unittest.TestCase):
    def test_a_file_begins_with_its_licence(self):
        head = "// SPDX-License-Identifier: Apache-2.0\n"
        self.assertEqual(problems(calls.check_heads, "a.cc", head), [])
        self.assertEqual(problems(calls.check_heads, "a.h", head + "#pragma once\n"), [])
        self.assertEqual(len(problems(calls.check_heads, "a.cc", "\n" + head)), 1)
        self.assertEqual(len(problems(calls.check_heads, "a.h", head)), 1)


if __name__ == "__main__":
    unittest.main()
