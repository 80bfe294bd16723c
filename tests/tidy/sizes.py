# SPDX-License-Identifier: Apache-2.0
"""How long a file, a function and a line may be."""

import ast
import re

from tree import Problem

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 70
MAX_COLUMNS = 120

HAND_WRITTEN = (".h", ".cc", ".ts", ".tsx", ".css", ".py", ".sh", ".cmake", "CMakeLists.txt")
SCRIPTS = ("dev", ".ci/run")
FORMATTED_ELSEWHERE = (".ts", ".tsx", ".css")  # by the formatter of web/


def check_file_length(tree):
    for file in tree.files.values():
        if (file.path.endswith(HAND_WRITTEN) or file.path in SCRIPTS) and len(file.lines) > MAX_FILE_LINES:
            yield Problem(file.path, len(file.lines), f"{len(file.lines)} lines, at most {MAX_FILE_LINES}: split it")


def check_line_length(tree):
    for file in tree.files.values():
        if file.path.endswith(FORMATTED_ELSEWHERE):
            continue
        if not (file.path.endswith(HAND_WRITTEN) or file.path in SCRIPTS):
            continue
        for number, line in enumerate(file.lines, 1):
            # What cannot be broken is let through: an address.
            if len(line) > MAX_COLUMNS and not re.search(r"https?://\S{60,}", line):
                yield Problem(file.path, number, f"{len(line)} columns, at most {MAX_COLUMNS}")


def check_function_length(tree):
    for file in tree.files.values():
        if file.is_cpp:
            functions = cpp_functions(file.code)
        elif file.path.endswith(".py"):
            functions = python_functions(file.text)
        elif file.path.endswith(".sh") or file.path in SCRIPTS:
            functions = shell_functions(file.lines)
        else:
            continue
        for first, last, name in functions:
            if last - first + 1 > MAX_FUNCTION_LINES:
                text = f"{name}: {last - first + 1} lines, at most {MAX_FUNCTION_LINES}"
                yield Problem(file.path, first, text)


def cpp_functions(code):
    """(first line, last line, name) of the outermost functions. Expects the layout of clang-format: an opening brace
    that follows a name without a space begins an initialiser, not a body."""
    code = re.sub(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", blanked, code, flags=re.MULTILINE)
    scopes = []  # of (kind, first line, name)
    header_start = 0
    line = 1
    for position, character in enumerate(code):
        if character == "\n":
            line += 1
        elif character == "{":
            header = code[header_start:position]
            scopes.append(opened_scope(header, scopes, line))
            if scopes[-1][0] != "initialiser":
                header_start = position + 1
        elif character == "}" and scopes:
            kind, first, name = scopes.pop()
            if kind == "function":
                yield first, line, name
            if kind != "initialiser":
                header_start = position + 1
        elif character == ";" and not (scopes and scopes[-1][0] == "initialiser"):
            header_start = position + 1


def blanked(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def opened_scope(header, scopes, line):
    outer = scopes[-1][0] if scopes else "namespace"
    if outer in ("function", "inside", "initialiser"):
        return ("initialiser" if outer == "initialiser" else "inside", line, "")
    text = re.sub(r"^\s*(public|private|protected)\s*:", "", header).strip()
    if header and header == header.rstrip() and re.search(r"[\w>\]]$", text) and "(" in text:
        return "initialiser", line, ""
    if re.match(r"(inline\s+)?namespace\b|extern\s*\"", text):
        return "namespace", line, ""
    without_template = re.sub(r"^template\s*<[^{;]*?>\s*(?=(class|struct|union|enum)\b)", "", text)
    if re.match(r"(typedef\s+)?(class|struct|union|enum)\b", without_template):
        return "type", line, ""
    if "(" in text:
        name = re.search(r"([\w:~]+|operator\W+)\s*\(", text)
        return "function", line - text.count("\n"), name.group(1) if name else "function"
    return "inside", line, ""


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno, node.name


def shell_functions(lines):
    first, name = 0, None
    for number, line in enumerate(lines, 1):
        match = re.match(r"(\w+)\(\) [{(]$", line)
        if match:
            first, name = number, match.group(1)
        elif name and line in ("}", ")"):
            yield first, number, name
            name = None
