# SPDX-License-Identifier: Apache-2.0
"""What etcdctl asks once and is answered once: keys, transactions, compaction, maintenance."""

import base64
import re


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
    run("get", "a", "--consistency=s")
    run("get", "dir/", "--prefix", "--consistency=s", "--limit=1")
    for target in ("KEY", "VALUE", "VERSION", "CREATE", "MODIFY"):
        for order in ("ASCEND", "DESCEND"):
            run("get", "dir/", "--prefix", f"--sort-by={target}", f"--order={order}")
            run("get", "dir/", "--prefix", f"--sort-by={target}", f"--order={order}", "--limit=3")
    run("del", "dir/0", "--prev-kv")
    run("del", "dir/0")
    run("del", "dir/1", "dir/3")
    run("del", "dir/4", "--from-key", "--prev-kv")
    run("del", "dir/", "--prefix", "--prev-kv")
    run("del", "absent", "--prefix")
    run("get", "", "--prefix")
    run("put", "from stdin", stdin="a value\nof two lines\n")
    run("get", "from stdin")
    run("put", "with spaces", "--", "-dashed-")
    run("get", "with spaces", output="text")
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


def maintenance(session):
    run = session.run
    run("put", "a", "1")
    health = session.server.etcdctl("endpoint", "health")
    session.note("endpoint health", (health.returncode, "is healthy" in health.stdout + health.stderr))
    status = session.server.etcdctl_json("endpoint", "status")
    version = status[0]["Status"]["version"]
    assert re.fullmatch(r"3\.\d+\.\d+", version), version
    session.note("endpoint status", session.mask(status))
    assert status[0]["Status"]["leader"] == status[0]["Status"]["header"]["member_id"], status
    run("endpoint", "hashkv")
    # Compared without its header, which etcd 3.4 leaves out.
    session.note("alarm list", session.server.etcdctl_json("alarm", "list").get("alarms", []))
    run("alarm", "disarm")
    run("defrag", output="text")
    members = session.server.etcdctl_json("member", "list")
    member = members["members"][0]
    assert member["clientURLs"] == [f"http://{session.server.endpoint}"], members
    session.note("member list", (len(members["members"]), sorted(k for k in member if k not in ("name", "peerURLs"))))
    text = session.server.etcdctl("member", "list").stdout
    session.note("member list as text", text.split(", ")[1])
