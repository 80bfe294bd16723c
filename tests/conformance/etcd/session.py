# SPDX-License-Identifier: Apache-2.0
"""A scenario's run against one server, recorded in a form that can be compared with its run against another.

What cannot be the same (ids of members and leases, terms, sizes, times) is masked; everything else is kept: output,
revisions, versions, exit status and error texts.
"""

import json
import re
import signal

from servers import COMMAND_LIMIT_SECONDS

MASKED_FIELDS = {"cluster_id", "member_id", "raft_term", "raftIndex", "raftTerm", "raftAppliedIndex", "dbSize",
                 "dbSizeInUse", "leader", "storageVersion", "dbSizeQuota", "took", "Endpoint", "endpoint",
                 "name", "peerURLs", "clientURLs", "clientURL", "hash", "ttl"}


class Session:
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

    def grant(self, seconds):
        """Grants a lease and gives its id as etcdctl takes it."""
        granted = self.server.etcdctl_json("lease", "grant", str(seconds))
        self.lease_name(granted["ID"])
        self.note(f"lease grant {seconds}", self.mask(granted))
        return f"{granted['ID']:x}"

    def count(self, prefix):
        """How many keys there are below the prefix; not recorded."""
        return self.server.etcdctl_json("get", prefix, "--prefix", "--keys-only").get("count", 0)

    def watch(self, count, *arguments, during=None):
        """Watches, does something meanwhile, and records the first `count` responses."""
        process = self.server.start_etcdctl("watch", *arguments, "-w", "json")
        if during:
            during()
        lines = read_lines(process, count)
        end(process)
        self.note("watch " + " ".join(arguments), [json.dumps(self.mask(json.loads(line))) for line in lines])

    def watch_events(self, count, *arguments, during=None):
        """Likewise, and records the first `count` events: how revisions are gathered into responses is free."""
        process = self.server.start_etcdctl("watch", *arguments, "-w", "json")
        if during:
            during()
        events = []
        while len(events) < count:
            events += json.loads(read_lines(process, 1)[0])["Events"]
        end(process)
        self.note("watch " + " ".join(arguments), [json.dumps(self.mask(event)) for event in events])


def too_late(*_):
    raise TimeoutError("etcdctl did not say what was expected of it")


def read_lines(process, count):
    """The next lines of a running etcdctl; an alarm bounds the wait."""
    signal.signal(signal.SIGALRM, too_late)
    signal.alarm(COMMAND_LIMIT_SECONDS)
    lines = [process.stdout.readline() for _ in range(count)]
    signal.alarm(0)
    return [line.rstrip("\n") for line in lines]


def end(process):
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=COMMAND_LIMIT_SECONDS)
