# SPDX-License-Identifier: Apache-2.0
"""The two rules that keep a coroutine's frame from outliving what it refers to (docs/adr/0002-coroutine-runtime.md).

1. A capturing lambda coroutine is the direct argument of a call, which then owns it: its captures live in the lambda
   and not in the frame, so a lambda in a variable, or called where it stands, may be gone when the frame resumes.
2. A coroutine takes no `const T&` and no `T&&`: either may be bound to a temporary that ends at the first suspension.
   (`T&` cannot; it is for an object that the caller keeps, such as a Scope.)
"""

import re

from tree import Problem

LAMBDA = re.compile(r"\[(?P<captures>[^\[\]]*)\](?:\s*<[^()]*>)?\s*\((?P<parameters>[^{};]*?)\)"
                    r"\s*(?:mutable\s*)?->\s*(?:\w+::)*Task<")
FUNCTION = re.compile(r"\bTask<[^;{}()]*>\s+(?P<name>[\w:~<>]+)\((?P<parameters>[^{};]*?)\)\s*(?:const\s*)?"
                      r"(?:override\s*)?(?:final\s*)?\{")
REFERENCE = re.compile(r"\bconst\s+[^,]*[^&]&(?!&)|&&")


def body_after(code, position):
    """The text from the next brace to its partner."""
    start = code.find("{", position)
    depth = 0
    for end in range(start, len(code)):
        depth += {"{": 1, "}": -1}.get(code[end], 0)
        if depth == 0:
            return code[start:end + 1]
    return code[start:]


def line_of(code, position):
    return code.count("\n", 0, position) + 1


def is_coroutine(body):
    return re.search(r"\bco_(await|return|yield)\b", body) is not None


def check_lambda_captures(tree):
    for file in tree.cpp:
        for match in LAMBDA.finditer(file.code):
            body = body_after(file.code, match.end())
            if not match.group("captures").strip() or not is_coroutine(body):
                continue
            before = file.code[:match.start()].rstrip()
            end = file.code.find(body, match.end()) + len(body)
            called_in_place = file.code[end:end + 1] == "("
            line = line_of(file.code, match.start())
            if (before.endswith(("(", ",")) and not called_in_place) or file.allows(line, "capture"):
                continue
            yield Problem(file.path, line, "a capturing lambda coroutine is the direct argument of what keeps it")


def check_parameters(tree):
    for file in tree.cpp:
        for pattern in (LAMBDA, FUNCTION):
            for match in pattern.finditer(file.code):
                start = match.end() - 1 if pattern is FUNCTION else match.end()
                if not REFERENCE.search(match.group("parameters")) or not is_coroutine(body_after(file.code, start)):
                    continue
                line = line_of(file.code, match.start())
                if not file.allows(line, "reference"):
                    yield Problem(file.path, line, "a coroutine takes its parameters by value")
