# SPDX-License-Identifier: Apache-2.0
import unittest

import coroutines
from tree import Tree


def lines(check, code):
    return [problem.line for problem in check(Tree({"skerry/net/a.cc": code}))]


class LambdaCapturesTest(unittest.TestCase):
    def test_a_capturing_lambda_coroutine_may_be_an_argument(self):
        code = """co_await with_scope([&](Scope& scope) -> Task<> {
  scope.go("name", [this, id](int n) -> Task<int> { co_return n; }, 1);
});
"""
        self.assertEqual(lines(coroutines.check_lambda_captures, code), [])

    def test_a_capturing_lambda_coroutine_may_not_outlive_its_expression(self):
        for code in ["auto f = [&]() -> Task<> { co_await g(); };", "co_await [x]() -> Task<> { co_await g(x); }();",
                     "run([x]() -> Task<> { co_await g(x); }());",
                     "return [=](int a) -> skerry::Task<int> { co_return a; };"]:
            self.assertEqual(lines(coroutines.check_lambda_captures, "\n" + code), [2], code)

    def test_lambdas_without_captures_or_without_a_frame_pass(self):
        for code in ["auto f = [](int x) -> Task<> { co_await g(x); };",
                     "auto f = [&](int x) -> Task<> { return g(x); };"]:
            self.assertEqual(lines(coroutines.check_lambda_captures, code), [], code)


class ParametersTest(unittest.TestCase):
    def test_values_pointers_and_references_to_kept_objects_pass(self):
        for code in ["Task<int> f(std::string a, const char* b, Scope& c) { co_return 1; }",
                     "Task<> A::f(std::vector<int> a) { co_await g(a); }",
                     "go([](Scope& s, std::string a) -> Task<> { co_await g(a); });",
                     "Task<int> f(const std::string& a) { return g(a); }"]:
            self.assertEqual(lines(coroutines.check_parameters, code), [], code)

    def test_references_that_bind_temporaries_are_found(self):
        for code in ["Task<int> f(const std::string& a) { co_return a.size(); }",
                     "Task<> A::f(int n, std::string&& a) { co_await g(a); }",
                     "Task<std::map<int, int>> f(const Map& a) const { co_return a; }",
                     "go([](const std::string& a) -> Task<> { co_await g(a); });"]:
            self.assertEqual(lines(coroutines.check_parameters, "\n" + code), [2], code)


if __name__ == "__main__":
    unittest.main()
