# SPDX-License-Identifier: Apache-2.0
"""The files of the repository, as the tidy checks see them.

A check is a function that takes a Tree and yields Problems. It reads the tree alone, so that its own test can give it
a small bad one. A line with `tidy: allow(NAME) REASON` in a comment is exempt from the rule NAME; the reason is part
of the form.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

SKIPPED_FOLDERS = {".git", "build", "node_modules", "dist", ".skerry", ".cache", "__pycache__"}
CPP_ENDINGS = (".h", ".cc")
TEXT_ENDINGS = (".h", ".cc", ".ts", ".tsx", ".css", ".html", ".py", ".sh", ".cmake", ".txt", ".md", ".proto", ".yaml",
                ".json", ".in")
TEXT_NAMES = {"dev", ".ci/run", ".clang-tidy", ".clang-format", ".gitignore"}


@dataclass(frozen=True)
class Problem:
    path: str
    line: int
    text: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.text}"


class File:
    def __init__(self, path, text):
        self.path = path
        self.text = text

    @property
    def is_cpp(self):
        return self.path.endswith(CPP_ENDINGS)

    @property
    def is_test(self):
        """Whether this is code that only tests run: such code may reach further and use threads."""
        name = self.path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
        return self.path.startswith(("tests/", "bench/")) or name.endswith(("_test", "_fuzzer", "_test_support"))

    @cached_property
    def lines(self):
        return self.text.splitlines()

    @cached_property
    def code(self):
        """C++ text with its comments and the insides of its literals blanked; every line keeps its number."""
        return strip_cpp(self.text)

    @cached_property
    def code_lines(self):
        return self.code.splitlines()

    def allows(self, line_number, rule):
        return re.search(rf"tidy: allow\({re.escape(rule)}\) \S", self.lines[line_number - 1]) is not None


class Tree:
    def __init__(self, files):
        """`files` maps a path, relative to the root and with slashes, to its text."""
        self.files = {path: File(path, text) for path, text in sorted(files.items())}
        self.paths = set(self.files)

    @staticmethod
    def read(root):
        root = Path(root)
        texts, others = {}, set()
        for path in walk(root):
            name = path.relative_to(root).as_posix()
            if name in TEXT_NAMES or name.endswith(TEXT_ENDINGS):
                texts[name] = path.read_text(encoding="utf-8", errors="replace")
            else:
                others.add(name)
        tree = Tree(texts)
        tree.paths |= others
        return tree

    def ending(self, *endings):
        return [file for file in self.files.values() if file.path.endswith(endings)]

    @property
    def cpp(self):
        return self.ending(*CPP_ENDINGS)


def walk(folder):
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink():
            if path.name not in SKIPPED_FOLDERS:
                yield from walk(path)
        elif path.is_file():
            yield path


LITERAL_OR_COMMENT = re.compile(
    r"""
      //[^\n]*
    | /\*.*?\*/
    | R"(?P<delimiter>[^()\\\s]{0,16})\(.*?\)(?P=delimiter)"
    | "(?:\\.|[^"\\\n])*"
    | (?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'      # not the separator in 1'000
    """,
    re.VERBOSE | re.DOTALL,
)


def strip_cpp(text):
    def blank(match):
        found = match.group(0)
        inside = re.sub(r"[^\n]", " ", found)
        return inside if found[0] == "/" else f'"{inside[2:]}"'

    return LITERAL_OR_COMMENT.sub(blank, text)
