# SPDX-License-Identifier: Apache-2.0
"""What goes on for a while: watches, leases, locks, elections, and the server's own end and return."""

import re

from servers import COMMAND_LIMIT_SECONDS
from session import end, read_lines

TTL_SLACK_SECONDS = 3


def masked(lines):
    """Without the ids of leases."""
    return [re.sub(r"[0-9a-f]{8,}", "*", line) for line in lines]


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
    # Not at the deletion, revision 5: etcd 3.4 does not tell a watcher of one that was compacted just there.
    run("compaction", "4")
    done = session.server.etcdctl("watch", "w", "--rev=2")
    session.note("watch of a compacted revision", (done.returncode, done.stdout, "compacted" in done.stderr))
    session.watch(1, "w", "--prefix", "--rev=4")


def watching_live(session):
    """Watchers that are there first, and writes that come then."""
    def write():
        session.run("put", "a", "1")
        session.run("put", "b", "1")
        session.run("put", "a", "2")
        session.run("txn", stdin="\nput a 3\nput b 3\n\n\n")
        session.run("del", "", "--from-key")

    session.watch_events(7, "", "--prefix", "--rev=2", "--prev-kv", during=write)
    session.watch_events(2, "b", "--rev=5", "--prev-kv")
    session.watch_events(4, "a", "b", "--rev=2")


def leases(session):
    run = session.run
    hexadecimal = session.grant(100)
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
    lease = session.grant(2)
    session.run("put", "expires", "x", f"--lease={lease}")
    session.run("put", "stays", "x")
    session.watch(1, "expires", "--rev=4")
    session.run("get", "", "--prefix")


def lease_keep_alive(session):
    """A lease lives as long as it is renewed, and no longer."""
    lease = session.grant(3)
    session.run("put", "renewed", "x", f"--lease={lease}")
    renewing = session.server.start_etcdctl("lease", "keep-alive", lease)
    session.note("lease keep-alive", [session.mask_text(line) for line in read_lines(renewing, 5)])
    session.run("get", "renewed")
    end(renewing)
    session.watch(1, "renewed", "--rev=3")
    session.run("lease", "list", output="text")


def restarting(session):
    """Both servers are killed, and go on with what they had acknowledged."""
    run, server = session.run, session.server
    lease = session.grant(300)
    run("put", "leased", "x", f"--lease={lease}")
    for number in range(5):
        run("put", "counted", str(number))
    run("del", "counted")
    server.kill()
    server.start()
    run("get", "", "--prefix")
    run("get", "counted", "--rev=5")
    session.watch_events(4, "counted", "--rev=5", "--prev-kv")
    status = server.etcdctl_json("lease", "timetolive", lease, "--keys")
    assert 300 - TTL_SLACK_SECONDS - COMMAND_LIMIT_SECONDS <= status["ttl"] <= 300, status
    session.note("lease timetolive", session.mask(status))
    run("put", "counted", "again")
    run("compaction", "6")
    server.kill()
    server.start()
    run("get", "counted", "--rev=5")
    run("get", "counted", "--rev=6")
    session.watch_events(3, "counted", "--rev=7")
    run("lease", "revoke", lease)
    run("get", "", "--prefix")
    session.note("exit status when asked to end", server.stop() in (0, -15))
    server.start()
    run("get", "", "--prefix")


def locking(session):
    done = session.server.etcdctl("lock", "mutex", "echo", "held", stdin="")
    session.note("lock with a command", (done.returncode, done.stdout))
    holder = session.server.start_etcdctl("lock", "mutex")
    key = read_lines(holder, 1)[0]
    session.note("lock", masked([key]))
    waiter = session.server.start_etcdctl("lock", "mutex", "echo", "second")
    # The second stands in the queue.
    while session.count("mutex") < 2:
        pass
    end(holder)
    session.note("lock, second", read_lines(waiter, 1))
    waiter.communicate(timeout=COMMAND_LIMIT_SECONDS)
    session.note("lock, all gone", session.count("mutex"))


def electing(session):
    first = session.server.start_etcdctl("elect", "post", "alice")
    session.note("elect", masked(read_lines(first, 2)))
    observer = session.server.start_etcdctl("elect", "-l", "post")
    session.note("observe", masked(read_lines(observer, 2)))
    second = session.server.start_etcdctl("elect", "post", "bob")
    while session.count("post") < 2:
        pass
    end(first)
    session.note("elect, second", masked(read_lines(second, 2)))
    session.note("observe, second", masked(read_lines(observer, 2)))
    end(second)
    end(observer)
