# SPDX-License-Identifier: Apache-2.0
import unittest

import sizes
from tree import Tree


def problems(check, path, text):
    return [str(problem) for problem in check(Tree({path: text}))]


def functions(code):
    return list(sizes.cpp_functions(Tree({"a.cc": code}).files["a.cc"].code))


class FileLengthTest(unittest.TestCase):
    def test_the_limit_is_the_last_length_that_passes(self):
        for path in ("skerry/a.cc", "web/a.ts", "tests/a.py", "dev", "skerry/CMakeLists.txt"):
            self.assertEqual(problems(sizes.check_file_length, path, "x\n" * 400), [])
            self.assertEqual(len(problems(sizes.check_file_length, path, "x\n" * 401)), 1, path)

    def test_data_and_documents_may_be_long(self):
        for path in ("examples/data.json", "docs/a.md", "proto/a.proto"):
            self.assertEqual(problems(sizes.check_file_length, path, "x\n" * 401), [])


class LineLengthTest(unittest.TestCase):
    def test_the_limit_is_the_last_length_that_passes(self):
        self.assertEqual(problems(sizes.check_line_length, "a.cc", "x" * 120 + "\n"), [])
        self.assertEqual(problems(sizes.check_line_length, "a.cc", "\n" + "x" * 121 + "\n"),
                         ["a.cc:2: 121 columns, at most 120"])

    def test_columns_are_characters_and_not_bytes(self):
        self.assertEqual(problems(sizes.check_line_length, "a.cc", "ä" * 120 + "\n"), [])

    def test_an_address_cannot_be_broken(self):
        self.assertEqual(problems(sizes.check_line_length, "a.cc", "// https://" + "x" * 150 + "\n"), [])


class FunctionLengthTest(unittest.TestCase):
    def test_the_limit_is_the_last_length_that_passes(self):
        for head, path in [("int main() {\n", "a.cc"), ("main() {\n", "dev")]:
            self.assertEqual(problems(sizes.check_function_length, path, head + "  x\n" * 68 + "}\n"), [])
            self.assertEqual(len(problems(sizes.check_function_length, path, head + "  x\n" * 69 + "}\n")), 1, path)

    def test_python_functions_count_too(self):
        self.assertEqual(problems(sizes.check_function_length, "a.py", "def f():\n" + "    x\n" * 69), [])
        self.assertEqual(len(problems(sizes.check_function_length, "a.py", "def f():\n" + "    x\n" * 70)), 1)

    def test_functions_are_found_where_they_are(self):
        code = """namespace skerry {
enum class Kind : int { kA, kB };
struct Point {
  int x{1};
  int length() const {
    return x;
  }
};
template <class T>
class Box final : public Base<int(T)> {
 public:
  explicit Box(T value)
      : value_{value}, list_{1, 2} {
    for (;;) {
      break;
    }
  }
  bool operator()(int a) { return a > 0; }
};
constexpr int kTable[] = {1, 2};
std::vector<int> values{1, 2};
TEST(Box, is_a_box) {
  auto f = [] { return "}"; };
}
}  // namespace skerry
"""
        self.assertEqual(functions(code), [(5, 7, "length"), (12, 17, "Box"), (18, 18, "operator"), (22, 24, "TEST")])

    def test_braces_in_literals_comments_and_macros_do_not_count(self):
        code = """#define OPEN { \\
  {
void f() {  // {
  char c = '{';
  int n = 1'000'000;
  auto text = R"x({ " {)x" "\\"{";
  /* { */
}
void g() {
}
"""
        self.assertEqual(functions(code), [(3, 8, "f"), (9, 10, "g")])


if __name__ == "__main__":
    unittest.main()
