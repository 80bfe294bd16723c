# SPDX-License-Identifier: Apache-2.0
"""Documents: one title, links that lead somewhere, and code that is taken from a file that is compiled."""

import re

from listing import normal
from tree import Problem

MAX_ARCHITECTURE_LINES = 300
SOURCE = re.compile(r"<!-- source: (\S+) -->")


def outside_fences(file):
    """(line number, line) of the lines that are not in a code block."""
    fenced = False
    for number, line in enumerate(file.lines, 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced:
            yield number, line


def check_titles(tree):
    for file in tree.ending(".md"):
        titles = [number for number, line in outside_fences(file) if line.startswith("# ")]
        if len(titles) != 1:
            line = titles[1] if titles else 1
            yield Problem(file.path, line, f"{len(titles)} titles (# ...): a document has one")
    architecture = tree.files.get("ARCHITECTURE.md")
    if architecture and len(architecture.lines) > MAX_ARCHITECTURE_LINES:
        yield Problem(architecture.path, MAX_ARCHITECTURE_LINES, f"at most {MAX_ARCHITECTURE_LINES} lines")


def check_links(tree):
    folders = {normal(path.rsplit("/", depth)[0]) for path in tree.paths for depth in range(1, path.count("/") + 1)}
    for file in tree.ending(".md"):
        folder = file.path.rsplit("/", 1)[0] if "/" in file.path else ""
        for number, line in outside_fences(file):
            for link in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", line)):
                if re.match(r"[a-z]+:", link):
                    continue
                path, _, anchor = link.partition("#")
                target = normal(f"{folder}/{path}") if path else file.path
                if target not in tree.paths and target not in folders:
                    yield Problem(file.path, number, f"dead link: {link}")
                elif anchor and target in tree.files and anchor not in anchors(tree.files[target]):
                    yield Problem(file.path, number, f"dead link: {target} has no heading #{anchor}")


def anchors(file):
    found = set()
    for _, line in outside_fences(file):
        if re.match(r"#+ ", line):
            heading = re.sub(r"^#+ ", "", line).strip().lower()
            found.add(re.sub(r"[^\w\- ]", "", heading).replace(" ", "-"))
    return found


def code_blocks(file):
    """(line number, source or None, language, lines) of each code block; the source is named on the line before it."""
    source, block = None, None
    for number, line in enumerate(file.lines, 1):
        if block is not None:
            if line.startswith("```"):
                yield block
                source, block = None, None
            else:
                block[3].append(line)
        elif line.startswith("```"):
            block = (number, source, line[3:].strip(), [])
        elif SOURCE.search(line):
            source = SOURCE.search(line).group(1)
        elif line.strip():
            source = None


def check_code_is_compiled(tree):
    """Each C++ block of README.md and the guides stands in the file that `<!-- source: PATH -->` before it names."""
    for file in tree.ending(".md"):
        guide = file.path == "README.md" or file.path.startswith("docs/") and not file.path.startswith("docs/adr/")
        for number, source, language, lines in code_blocks(file):
            if source is None:
                if guide and language == "cpp":
                    yield Problem(file.path, number, "say where this code is compiled: <!-- source: PATH -->")
            elif source not in tree.files:
                yield Problem(file.path, number, f"the code's source {source} does not exist")
            elif not contains(tree.files[source].lines, lines):
                yield Problem(file.path, number, f"this code is not in {source}")


def contains(lines, part):
    """Whether `part` stands in `lines`, deeper in it than in the document perhaps."""
    return any(is_indented(lines[at:at + len(part)], part) for at in range(len(lines) - len(part) + 1))


def is_indented(lines, part):
    indent = lines[0].removesuffix(part[0]) if part else ""
    return not indent.strip() and all(line == (indent + wanted if wanted else "") for line, wanted in zip(lines, part))
