#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same etcdctl commands against our server and against a real etcd: the outcomes must be the same.

    etcdctl_test.py SERVER_PROGRAM

What cannot be the same (ids of members and leases, terms, sizes, times) is masked; everything else is compared: output,
revisions, versions, exit status and error texts.
"""

import base64
import json
import re
import signal
import sys

from servers import COMMAND_LIMIT_SECONDS, Server

MASKED_FIELDS = {"cluster_id", "member_id", "raft_term", "raftIndex", "raftTerm", "raftAppliedIndex", "dbSize",
                 "dbSizeInUse", "leader", "storageVersion", "dbSizeQuota", "took", "Endpoint", "endpoint",
                 "name", "peerURLs", "clientURLs", "clientURL", "hash", "ttl"}
TTL_SLACK_SECONDS = 3


class Session:
    """Runs one scenario against one server, and records what happened in a form that can be compared."""

    def __init__(self, server):
        self.server = server
        self.record = []
        self.leases = {}

    def lease_name(self, number):
        """Leases are called L1, L2, ... in the order in which they are seen."""
        return self.leases.setdefault(number, f"L{len(self.leases) + 1}") if number else 0

    def mask(self, value, key=None):
        if isinstance(value, dict):
            return {k: self.mask(v, k) for k, v in sorted(value.items())}
        if isinstance(value, list) and key == "keys":  # of a lease: in no order
            return sorted(value)
        if isinstance(value, list):
            return [self.mask(item, key) for item in value]
        if key in ("lease", "ID", "id") and isinstance(value, int):
            return self.lease_name(value)
        if key in MASKED_FIELDS or (key == "version" and isinstance(value, str)):
            return "*"
        return value

    def mask_text(self, text):
        for number, name in self.leases.items():
            text = re.sub(f"0*{number:x}", name, text)
        return re.sub(r"127\.0\.0\.1:\d+", "ENDPOINT", text)

    def note(self, title, outcome):
        self.record.append((title, outcome))

    def run(self, *arguments, stdin="", output="json"):
        """Runs etcdctl and records exit status, masked output and error."""
        format_arguments = ["-w", "json"] if output == "json" else []
        done = self.server.etcdctl(*arguments, *format_arguments, stdin=stdin)
        text = done.stdout
        parsed = None
        if text.startswith(("{", "[")):  # some commands ignore the format
            parsed = json.loads(text)
            text = json.dumps(self.mask(parsed))
        errors = [line for line in done.stderr.splitlines() if line.startswith("Error:")]
        self.note(self.mask_text(" ".join(arguments) + (" < " + stdin if stdin else "")),
                  (done.returncode, self.mask_text(text), [self.mask_text(e) for e in errors]))
        return parsed

    def read_lines(self, process, count):
        """The next lines of a running etcdctl; SIGALRM bounds the wait."""
        signal.alarm(COMMAND_LIMIT_SECONDS)
        lines = [process.stdout.readline() for _ in range(count)]
        signal.alarm(0)
        return [line.rstrip("\n") for line in lines]

    def watch(self, count, *arguments, during=None):
        """Watches, does something meanwhile, and records the first `count` responses."""
        process = self.server.start_etcdctl("watch", *arguments, "-w", "json")
        if during:
            during()
        lines = self.read_lines(process, count)
        end(process)
        self.note("watch " + " ".join(arguments), [json.dumps(self.mask(json.loads(line))) for line in lines])


def end(process):
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=COMMAND_LIMIT_SECONDS)


def key_values(session):
    run = session.run
    run("get", "absent")
    run("put", "a", "1")
    run("put", "a", "2", "--prev-kv")
    run("put", "b", "1")
    run("put", "", "empty key")
    run("put", "a", "--ignore-value")
    run("put", "nothere", "--ignore-value")
    run("put", "nothere", "value", "--ignore-lease")
    for number in range(5):
        run("put", f"dir/{number}", str(9 - number))
    run("get", "a")
    run("get", "a", output="text")
    run("get", "a", "--print-value-only", output="text")
    run("get", "dir/", "--prefix")
    run("get", "dir/1", "dir/4")
    run("get", "dir/3", "--from-key")
    run("get", "", "--prefix", "--keys-only")
    run("get", "dir/", "--prefix", "--limit=2")
    run("get", "dir/", "--prefix", "--limit=5")
    run("get", "dir/", "--prefix", "--limit=1", "--keys-only")
    run("get", "a", "--rev=2")
    run("get", "a", "--rev=3")
    run("get", "a", "--rev=1000")
    for target in ("KEY", "VALUE", "VERSION", "CREATE", "MODIFY"):
        for order in ("ASCEND", "DESCEND"):
            run("get", "dir/", "--prefix", f"--sort-by={target}", f"--order={order}")
            run("get", "dir/", "--prefix", f"--sort-by={target}", f"--order={order}", "--limit=3")
    run("del", "dir/0", "--prev-kv")
    run("del", "dir/0")
    run("del", "dir/1", "dir/3")
    run("del", "dir/", "--prefix", "--prev-kv")
    run("del", "absent", "--prefix")
    run("get", "", "--prefix")
    run("put", "big", "x" * 2000)
    run("put", "binary", base64.b64encode(bytes(range(256))).decode())


def transactions(session):
    run = session.run
    run("put", "k", "v")
    run("txn", stdin='value("k") = "v"\n\nput k w\nget k\n\nput k failed\n\n')
    run("txn", stdin='value("k") = "v"\n\nput k x\n\nget k\nput other 1\n\n')
    run("txn", stdin='create("none") = "0"\n\nput none 1\n\nget none\n\n')
    run("txn", stdin='create("none") = "0"\n\nput none 2\n\nget none\n\n')
    run("txn", stdin='mod("k") > "1"\nversion("k") < "100"\n\ndel k\nget k\n\nget k\n\n')
    run("txn", stdin='version("k") = "0"\n\nget k\n\nput never 1\n\n')
    run("txn", stdin="\nput dup 1\nput dup 2\n\n\n")
    run("txn", stdin="\nput dup 1\ndel dup\n\n\n")
    run("txn", stdin="\ndel dup\ndel dup\n\n\n")
    run("txn", stdin='\n' + "".join(f"put many/{i} {i}\n" for i in range(129)) + "\n\n")
    run("txn", stdin='\n' + "".join(f"put many/{i} {i}\n" for i in range(128)) + "\n\n")
    run("txn", stdin='lease("k") = "0"\n\nget k\n\nget none\n\n')
    run("get", "many/", "--prefix", "--limit=1", "--keys-only")


def compaction(session):
    run = session.run
    for number in range(6):
        run("put", "c", str(number))
    run("del", "c")
    run("put", "d", "1")
    run("compaction", "5")
    run("get", "c", "--rev=4")
    run("get", "c", "--rev=5")
    run("get", "c", "--rev=6")
    run("compaction", "5")
    run("compaction", "4")
    run("compaction", "1000")
    run("compaction", "8", "--physical")
    run("get", "c", "--rev=8")
    run("get", "d")


def watching(session):
    run = session.run
    run("put", "w", "1")
    run("put", "w", "2")
    run("put", "w/x", "1")
    run("del", "w")
    session.watch(1, "w", "--rev=2")
    session.watch(1, "w", "--rev=2", "--prev-kv")
    session.watch(1, "w", "--prefix", "--rev=2", "--prev-kv")
    session.watch(1, "w", "--prefix", "--rev=4")
    session.watch(1, "v", "x", "--rev=3")
    run("txn", stdin="\nput w/1 1\nput w/2 2\ndel w/x\n\n\n")
    session.watch(1, "w/", "--prefix", "--rev=6", "--prev-kv")

    def write():
        run("put", "future", "early")
        run("put", "future", "now")

    session.watch(1, "future", "--rev=8", during=write)
    run("compaction", "5")
    done = session.server.etcdctl("watch", "w", "--rev=2")
    session.note("watch of a compacted revision", (done.returncode, done.stdout, "compacted" in done.stderr))
    session.watch(1, "w", "--prefix", "--rev=5")


def leases(session):
    run = session.run
    granted = session.server.etcdctl_json("lease", "grant", "100")
    lease = granted["ID"]
    session.lease_name(lease)
    session.note("lease grant", session.mask(granted))
    hexadecimal = f"{lease:x}"
    run("put", "l/2", "x", f"--lease={hexadecimal}")
    run("put", "l/1", "x", f"--lease={hexadecimal}")
    run("put", "l/3", "x", f"--lease={hexadecimal}")
    run("put", "l/3", "no lease any more")
    run("get", "l/", "--prefix")
    status = session.server.etcdctl_json("lease", "timetolive", hexadecimal, "--keys")
    assert 100 - TTL_SLACK_SECONDS <= status["ttl"] <= 100, status
    session.note("lease timetolive", session.mask(status))
    run("lease", "keep-alive", "--once", hexadecimal)
    run("lease", "list")
    run("put", "l/4", "x", "--lease=1234")
    run("lease", "revoke", hexadecimal)
    run("lease", "revoke", hexadecimal)
    run("lease", "timetolive", hexadecimal, output="text")
    run("get", "l/", "--prefix")
    session.watch(1, "l/", "--prefix", "--rev=5")
    run("lease", "keep-alive", "--once", hexadecimal, output="text")
    run("lease", "list", output="text")
    run("lease", "grant", "9000000001", output="text")


def lease_expiry(session):
    granted = session.server.etcdctl_json("lease", "grant", "2")
    session.lease_name(granted["ID"])
    session.run("put", "expires", "x", f"--lease={granted['ID']:x}")
    session.run("put", "stays", "x")
    session.watch(1, "expires", "--rev=4")
    session.run("get", "", "--prefix")


def locking(session):
    done = session.server.etcdctl("lock", "mutex", "echo", "held", stdin="")
    session.note("lock with a command", (done.returncode, done.stdout))
    holder = session.server.start_etcdctl("lock", "mutex")
    key = session.read_lines(holder, 1)[0]
    session.note("lock", re.sub(r"[0-9a-f]{8,}", "*", key))
    waiter = session.server.start_etcdctl("lock", "mutex", "echo", "second")
    # The second stands in the queue.
    while session.server.etcdctl_json("get", "mutex", "--prefix", "--keys-only")["count"] < 2:
        pass
    end(holder)
    session.note("lock, second", session.read_lines(waiter, 1))
    waiter.communicate(timeout=COMMAND_LIMIT_SECONDS)
    left = session.server.etcdctl_json("get", "mutex", "--prefix", "--keys-only")
    session.note("lock, all gone", left.get("count", 0))


def electing(session):
    first = session.server.start_etcdctl("elect", "post", "alice")
    session.note("elect", [re.sub(r"[0-9a-f]{8,}", "*", line) for line in session.read_lines(first, 2)])
    observer = session.server.start_etcdctl("elect", "-l", "post")
    session.note("observe", [re.sub(r"[0-9a-f]{8,}", "*", line) for line in session.read_lines(observer, 2)])
    second = session.server.start_etcdctl("elect", "post", "bob")
    while session.server.etcdctl_json("get", "post", "--prefix", "--keys-only")["count"] < 2:
        pass
    end(first)
    session.note("elect, second", [re.sub(r"[0-9a-f]{8,}", "*", line) for line in session.read_lines(second, 2)])
    session.note("observe, second", [re.sub(r"[0-9a-f]{8,}", "*", line) for line in session.read_lines(observer, 2)])
    end(second)
    end(observer)


def maintenance(session):
    run = session.run
    run("put", "a", "1")
    health = session.server.etcdctl("endpoint", "health")
    session.note("endpoint health", (health.returncode, "is healthy" in health.stdout + health.stderr))
    status = session.server.etcdctl_json("endpoint", "status")
    version = status[0]["Status"]["version"]
    assert re.fullmatch(r"3\.\d+\.\d+", version), version
    session.note("endpoint status", session.mask(status))
    run("endpoint", "hashkv")
    run("alarm", "list")
    run("alarm", "disarm")
    run("defrag", output="text")
    members = session.server.etcdctl_json("member", "list")
    session.note("member list", (len(members["members"]), sorted(k for k in members["members"][0] if k != "name")))


SCENARIOS = [key_values, transactions, compaction, watching, leases, lease_expiry, locking, electing, maintenance]


def compare(scenario, program):
    records = []
    for server in (Server(program), Server(None)):
        with server:
            session = Session(server)
            try:
                scenario(session)
            except Exception as error:
                print(f"{scenario.__name__} failed on {server.name}: {error!r}\n{server.log_text()}", file=sys.stderr)
                raise
            records.append(session.record)
    ours, theirs = records
    differences = [(a, b) for a, b in zip(ours, theirs) if a != b]
    for a, b in differences:
        print(f"{scenario.__name__}: {b[0]}\n  ours:   {a[1]}\n  theirs: {b[1]}", file=sys.stderr)
    print(f"{scenario.__name__}: {len(theirs)} outcomes, {len(differences)} differ")
    return not differences and len(ours) == len(theirs)


def main():
    program = sys.argv[1] if sys.argv[1] != "etcd" else None
    wanted = sys.argv[2:]
    results = [compare(s, program) for s in SCENARIOS if not wanted or s.__name__ in wanted]
    return 0 if results and all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
