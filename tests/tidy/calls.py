# SPDX-License-Identifier: Apache-2.0
"""Calls, words and forms that the code does without, each with what to use in their place."""

import re
from dataclasses import dataclass

from tree import Problem


@dataclass(frozen=True)
class Rule:
    name: str
    pattern: str
    instead: str
    allowed: tuple = ()  # paths where the rule does not hold
    tests: str = "too"  # "too": tests obey it as well; "alone": only they do; "exempt": they do not


RULES = [
    # `co_await sleep` is a part of the runtime that tests may play with, as slow handlers and the like.
    Rule("sleep", r"(?<!co_await )\b(sleep_for|sleep_until|u?sleep)\s*\(|\bnanosleep\s*\(|\btime\.sleep\(",
         "a test waits for a condition, never for a time", tests="alone"),
    Rule("thread", r"\bstd::j?thread\b(?!::id)|\bstd::async\b|\bpthread_create\b",
         "threads belong to the runtime: use go, blocking or parallel_map", allowed=("skerry/async/",), tests="exempt"),
    Rule("throw", r"\bthrow\b", "errors are values: return an Error", allowed=("skerry/async/",), tests="exempt"),
    # An owner around `new` is how a private constructor is reached.
    Rule("new", r"^(?!.*_ptr<[\w:<>, ]+>( \w+)?\(new ).*(?<!operator )\bnew\b", "use std::make_unique or a container",
         allowed=("skerry/async/",), tests="exempt"),
    Rule("delete", r"(?<!operator )(?<!= )\bdelete\b", "let an owner do it",
         allowed=("skerry/async/",), tests="exempt"),
    Rule("regex", r"\bstd::(basic_)?regex\b", "use RE2: its time is linear"),
    Rule("assert", r"(?<![\w_])assert\s*\(", "use SKERRY_CHECK, which release builds keep"),
    Rule("rand", r"(?<![\w:.])s?rand\s*\(", "use skerry/base/ids.h or the runtime's randomness"),
    Rule("stdout", r"\bstd::(cout|cerr|clog)\b", "the library logs, and main prints", tests="exempt",
         allowed=("cmd/", "examples/")),
    Rule("unsafe", r"\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|localtime|gmtime)\s*\(",
         "use the form that is bounded and safe with threads"),
]

# Put together from pieces, so that this file may speak of them.
MARKERS = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX|HA" + r"CK)\b")
SWITCHED_OFF = re.compile(r"\bDIS" + r"ABLED_\w|\bGTEST_" + r"SKIP\b|@unittest\.sk" + r"ip|\b(it|test|describe)\.sk"
                          + r"ip\(|\bx(it|describe)\(")
TEST_NAME = re.compile(r"^(TEST|TEST_F|TEST_P|TYPED_TEST)\((\w+),\s*(\w+)")


def check_banned_calls(tree):
    for file in tree.ending(".h", ".cc", ".py"):
        if file.path.startswith("tests/tidy/"):
            continue
        for rule in RULES:
            if file.path.startswith(rule.allowed) or not obeys(file, rule):
                continue
            for number, line in enumerate(code_of(file), 1):
                if re.search(rule.pattern, line) and not file.allows(number, rule.name):
                    yield Problem(file.path, number, f"{rule.name}: {rule.instead}")


def obeys(file, rule):
    if file.path.endswith(".py"):
        return rule.name == "sleep"
    return {"too": True, "alone": file.is_test, "exempt": not file.is_test}[rule.tests]


def code_of(file):
    return file.code_lines if file.is_cpp else file.lines


def check_markers(tree):
    """Nothing is left for later in the code: what is missing is written down where work is planned."""
    for file in tree.files.values():
        for number, line in enumerate(file.lines, 1):
            match = MARKERS.search(line)
            if match:
                yield Problem(file.path, number, f"left-over marker {match.group(1)}")


def check_tests_run(tree):
    """A test that is switched off is no test."""
    for file in tree.ending(".cc", ".h", ".py", ".ts", ".tsx"):
        for number, line in enumerate(file.lines, 1):
            if SWITCHED_OFF.search(line) and not file.allows(number, "skip"):
                yield Problem(file.path, number, "this test is switched off")


def check_names(tree):
    for file in tree.cpp:
        name = file.path.rsplit("/", 1)[-1]
        if not re.fullmatch(r"[a-z0-9_]+\.(h|cc)", name):
            yield Problem(file.path, 1, "file names are snake_case")
        for number, line in enumerate(file.lines, 1):
            test = TEST_NAME.match(line)
            if test and not re.fullmatch(r"[a-z0-9_]+", test.group(3)):
                yield Problem(file.path, number, f"{test.group(3)}: test names are sentences in snake_case")


def check_heads(tree):
    """Every C++ file begins with its licence, and every header can be included twice."""
    for file in tree.cpp:
        if not file.text.startswith("// SPDX-License-Identifier: Apache-2.0\n"):
            yield Problem(file.path, 1, "the first line is // SPDX-License-Identifier: Apache-2.0")
        if file.path.endswith(".h") and "#pragma once\n" not in file.text:
            yield Problem(file.path, 1, "#pragma once is missing")
