# SPDX-License-Identifier: Apache-2.0
"""Every source file and every test is named by a CMake list; a file that no list names is never compiled."""

import re

from tree import Problem

LISTED_ENDINGS = (".cc", "_test.py", "_test.sh", ".proto")


def check_unlisted_sources(tree):
    listed = listed_paths(tree)
    for path in sorted(tree.files):
        if path.endswith(LISTED_ENDINGS) and not path.startswith("web/") and path not in listed:
            yield Problem(path, 1, "no CMake list names this file")


def check_no_globs(tree):
    for file in cmake_files(tree):
        for number, line in enumerate(file.lines, 1):
            if re.search(r"\bfile\s*\(\s*GLOB", line):
                yield Problem(file.path, number, "name the files: a glob misses the new and takes up the stray")


def cmake_files(tree):
    return tree.ending("CMakeLists.txt", ".cmake")


def listed_paths(tree):
    """The paths that the CMake files name, from the root. A leading ${...} is the root or the list's own folder."""
    listed = set()
    for file in cmake_files(tree):
        folder = file.path.rsplit("/", 1)[0] + "/" if "/" in file.path else ""
        text = re.sub(r"#[^\n]*", "", file.text)
        for token in re.findall(r"[^\s()\"]+\.(?:cc|py|sh|proto)\b", text):
            name = re.sub(r"^\$\{[^}]*\}/", "", token)
            listed.add(normal(folder + name))
            if name != token:
                listed.add(normal(name))
    return listed


def normal(path):
    parts = []
    for part in path.split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in (".", ""):
            parts.append(part)
    return "/".join(parts)
