# SPDX-License-Identifier: Apache-2.0
"""Checks the repository's own rules: tidy.py ROOT [CHECK ...]. Prints `path:line: problem`; exit code 1 if any."""

import sys

import calls
import coroutines
import documents
import layers
import listing
import sizes
from tree import Tree

CHECKS = {
    "layers": [layers.check_layers, layers.check_confined_libraries, layers.check_headers_are_used],
    "sizes": [sizes.check_file_length, sizes.check_line_length, sizes.check_function_length],
    "banned_calls": [calls.check_banned_calls],
    "coroutines": [coroutines.check_lambda_captures, coroutines.check_parameters],
    "markers": [calls.check_markers],
    "tests_run": [calls.check_tests_run],
    "names": [calls.check_names, calls.check_heads],
    "unlisted_sources": [listing.check_unlisted_sources, listing.check_no_globs],
    "documents": [documents.check_titles, documents.check_links, documents.check_code_is_compiled],
}


def main(arguments):
    if not arguments or any(name not in CHECKS for name in arguments[1:]):
        print(f"usage: tidy.py ROOT [{'|'.join(CHECKS)} ...]", file=sys.stderr)
        return 2
    tree = Tree.read(arguments[0])
    problems = [problem
                for name in arguments[1:] or CHECKS
                for check in CHECKS[name]
                for problem in check(tree)]
    for problem in problems:
        print(problem)
    print(f"{len(tree.files)} files, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
