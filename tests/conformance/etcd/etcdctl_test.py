#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same etcdctl commands against our server and against a real etcd: the outcomes must be the same.

    etcdctl_test.py SERVER_PROGRAM [SCENARIO...]

With "etcd" as SERVER_PROGRAM etcd is compared with itself, which shows whether a scenario is a fair one. Ends with 77,
which ctest reports as skipped, where etcd or etcdctl is not installed.
"""

import sys

import key_value_scenarios as key_value
import live_scenarios as live
from servers import Server, missing_programs
from session import Session

SKIPPED = 77
SCENARIOS = [key_value.key_values, key_value.transactions, key_value.compaction, key_value.maintenance, live.watching,
             live.watching_live, live.leases, live.lease_expiry, live.lease_keep_alive, live.locking, live.electing,
             live.restarting]


def record(scenario, server):
    with server:
        session = Session(server)
        try:
            scenario(session)
        except Exception as error:
            print(f"{scenario.__name__} failed on {server.name}: {error!r}\n{server.log_text()}", file=sys.stderr)
            raise
        return session.record


def compare(scenario, program):
    ours, theirs = (record(scenario, Server(p)) for p in (program, None))
    differences = [(a, b) for a, b in zip(ours, theirs) if a != b]
    for a, b in differences:
        print(f"{scenario.__name__}: {b[0]}\n  ours:   {a[1]}\n  theirs: {b[1]}", file=sys.stderr)
    print(f"{scenario.__name__}: {len(theirs)} outcomes, {len(differences)} differ")
    return not differences and len(ours) == len(theirs)


def main():
    missing = missing_programs()
    if missing:
        print(f"SKIPPED: not installed: {', '.join(missing)}")
        return SKIPPED
    program = sys.argv[1] if sys.argv[1] != "etcd" else None
    wanted = sys.argv[2:]
    results = [compare(s, program) for s in SCENARIOS if not wanted or s.__name__ in wanted]
    return 0 if results and all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
