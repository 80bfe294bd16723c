# SPDX-License-Identifier: Apache-2.0
"""The layers of ARCHITECTURE.md, read from the #include lines."""

import re

from tree import Problem

STACK = ["base", "disk", "async", "telemetry", "resilience", "net", "http", "grpc"]
CLIENTS = ["otlp", "etcd", "kafka", "amqp", "sql"]
MIDDLE = ["discovery", "config", "events"]


def allowed_below():
    """What each folder of skerry/ may include, besides itself."""
    allowed = {name: set(STACK[:index]) for index, name in enumerate(STACK)}
    for name in CLIENTS:
        allowed[name] = set(STACK)
    for name in MIDDLE:
        allowed[name] = set(STACK) | set(CLIENTS)
    allowed["saga"] = set(STACK) | set(CLIENTS) | {"events"}
    allowed["service"] = set(STACK) | set(CLIENTS) | set(MIDDLE) | {"saga"}
    allowed["sim"] = {"base", "disk", "async", "net"}
    return allowed


ALLOWED = allowed_below()
PLATFORM_FOLDERS = {"etcd", "raft", "kafka", "gateway", "collector", "dashboard"}

# A library of which the rest of the code sees nothing: who may include its headers.
CONFINED = {
    "boost/asio": ("skerry/async/", "skerry/net/", "skerry/sim/"),
    "nghttp2/": ("skerry/http/",),
    "librdkafka/": ("skerry/kafka/",),
    "sqlite3.h": ("skerry/sql/",),
    "libpq-fe.h": ("skerry/sql/",),
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
GENERATED = (".pb.h", ".skerry.h")


def includes(file):
    """(line number, path, whether it is quoted) of every #include. Comments are looked at too: they are rare enough."""
    for number, line in enumerate(file.lines, 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(2), match.group(1) == '"'


def folder_of(path):
    """("skerry", "http") for skerry/http/server.h; None outside the layered folders."""
    parts = path.split("/")
    if len(parts) >= 3 and parts[0] in ("skerry", "platform", "cmd"):
        return parts[0], parts[1]
    return None


def reason_against(file, target):
    """Why `file` must not include `target` (a path from the root), or None."""
    source, there = folder_of(file.path), folder_of(target)
    if file.path.startswith("examples/"):
        return "an example uses the library alone" if target.startswith(("platform/", "cmd/", "tests/")) else None
    if source is None:
        return None
    if target.startswith(("tests/", "examples/", "bench/")):
        return None if file.is_test else f"{source[0]}/ includes nothing from {target.split('/')[0]}/"
    if there is None or there == source:
        return None
    if there == ("skerry", "sim") and file.is_test:
        return None
    return reason_between(source, there)


def reason_between(source, there):
    names = "/".join(source), "/".join(there)
    if there[0] == "cmd":
        return f"nothing includes from {names[1]}"
    if source[0] == "cmd":
        return None
    if source[0] == "skerry":
        if source[1] not in ALLOWED:
            return f"skerry/{source[1]} has no layer in tests/tidy/layers.py"
        if there[0] == "skerry" and there[1] in ALLOWED[source[1]]:
            return None
        return f"{names[0]} is not above {names[1]}"
    if source[1] not in PLATFORM_FOLDERS:
        return f"{names[0]} has no layer in tests/tidy/layers.py"
    if there[0] == "platform":
        return None if (source[1], there[1]) == ("etcd", "raft") else f"{names[0]} does not know {names[1]}"
    if there[1] == "sim":
        return "only tests use skerry/sim"
    if source[1] == "raft" and there[1] != "base":
        return "platform/raft is a pure state machine: it uses skerry/base alone"
    return None


def check_layers(tree):
    """A folder includes only folders below it, by paths from the repository's root."""
    for file in tree.cpp:
        for number, target, quoted in includes(file):
            if not quoted:
                continue
            reason = reason_against(file, target)
            if reason:
                yield Problem(file.path, number, f'#include "{target}": {reason}')
            beside = file.path.rsplit("/", 1)[0] + "/" + target
            if target not in tree.paths and beside in tree.paths:
                yield Problem(file.path, number, f'#include "{target}": write the path from the root, "{beside}"')
            elif target not in tree.paths and target.startswith(("skerry/", "platform/")):
                if not target.endswith(GENERATED):
                    yield Problem(file.path, number, f'#include "{target}": there is no such file')


def check_confined_libraries(tree):
    """Asio, nghttp2 and their like are included by the folder that wraps them, and reach no service's source file."""
    for file in tree.cpp:
        for number, target, _ in includes(file):
            for library, homes in CONFINED.items():
                if target.startswith(library) and not file.path.startswith(homes) and not file.is_test:
                    if not file.allows(number, "confined"):
                        yield Problem(file.path, number, f"<{target}> is for {', '.join(homes)} alone")
    yield from check_reach(tree)


def check_reach(tree):
    starts = [file for file in tree.cpp if file.path.startswith("examples/") and not file.is_test]
    starts += [tree.files[path] for path in ("skerry/service/service.h",) if path in tree.files]
    for start in starts:
        seen = {start.path: start.path}
        waiting = [start.path]
        while waiting:
            path = waiting.pop()
            for _, target, _ in includes(tree.files[path]):
                if target.startswith(tuple(CONFINED)):
                    yield Problem(start.path, 1, f"reaches <{target}> by {seen[path]}")
                elif target in tree.files and target not in seen:
                    seen[target] = f"{seen[path]} > {target}"
                    waiting.append(target)


def check_headers_are_used(tree):
    """A header that no file includes is dead, or has no test."""
    included = {target for file in tree.cpp for _, target, _ in includes(file)}
    for file in tree.ending(".h"):
        if file.path not in included and not file.path.startswith("tests/install/"):
            yield Problem(file.path, 1, "no file includes this header")
