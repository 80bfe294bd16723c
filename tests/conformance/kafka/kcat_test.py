#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kcat, and with it librdkafka, against the broker as a process.

    kcat_test.py SERVER_PROGRAM [SCENARIO...]

Ends with 77, which ctest reports as skipped, where kcat is not installed.
"""

import json
import shutil
import subprocess
import sys

import broker as kafka
from broker import COMMAND_LIMIT_SECONDS, SKIPPED

KCAT = shutil.which("kcat")


class Broker(kafka.Broker):
    """With kcat to talk to it."""

    def kcat(self, *arguments, text=""):
        """Runs kcat to its end and gives what it prints."""
        done = subprocess.run([KCAT, "-b", self.address, *arguments], input=text, capture_output=True, text=True,
                              timeout=COMMAND_LIMIT_SECONDS)
        assert done.returncode == 0, f"kcat {' '.join(arguments)}: {done.returncode}\n{done.stderr}"
        return done.stdout

    def produce(self, topic, lines, *arguments):
        self.kcat("-P", "-t", topic, *arguments, text="".join(line + "\n" for line in lines))

    def consume(self, topic, *arguments):
        return self.kcat("-C", "-t", topic, "-o", "beginning", "-e", "-q", *arguments).splitlines()


def numbers(count):
    return [f"line {number}" for number in range(count)]


def metadata(broker):
    """-L: brokers and topics, with topics that come into being when they are asked for."""
    listed = json.loads(broker.kcat("-L", "-J"))
    assert [b["name"] for b in listed["brokers"]] == [broker.address], listed
    assert listed["topics"] == [], listed
    broker.produce("made", numbers(1))
    listed = json.loads(broker.kcat("-L", "-J"))
    assert [t["topic"] for t in listed["topics"]] == ["made"], listed


def records(broker):
    """Keys, values, headers and null values come back as they went in."""
    broker.kcat("-P", "-t", "t", "-K:", "-H", "trace=1", "-H", "empty=", "-Z", text="key:value\nother:\n")
    printed = broker.kcat("-C", "-t", "t", "-o", "beginning", "-e", "-q", "-Z", "-f", "%o %k %s %h\\n").splitlines()
    assert printed == ["0 key value trace=1,empty=", "1 other NULL trace=1,empty="], printed


def compression(broker):
    """Every codec is passed through, and what is said to be compressed is."""
    lines = [f"the same words again and again {number % 7}" for number in range(3000)]
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        broker.produce(codec, lines, "-z", codec)
        assert broker.consume(codec) == lines, codec


def idempotence(broker):
    """An idempotent producer keeps order and writes once."""
    lines = numbers(5000)
    broker.produce("t", lines, "-X", "enable.idempotence=true", "-X", "batch.num.messages=50")
    assert broker.consume("t") == lines


def offsets(broker):
    """-Q: the ends of a partition, the first record at a time; -o: from inside a batch, and from near the end."""
    broker.produce("t", numbers(10))
    ends = {when: broker.kcat("-Q", "-t", f"t:0:{when}").split()[-1] for when in (-1, -2, 1)}
    assert ends == {-1: "10", -2: "0", 1: "0"}, ends
    inside = broker.kcat("-C", "-t", "t", "-o", "7", "-e", "-q").splitlines()
    assert inside == numbers(10)[7:], inside
    last = broker.kcat("-C", "-t", "t", "-o", "-2", "-e", "-q").splitlines()
    assert last == numbers(10)[8:], last


def groups(broker):
    """-G: a group goes on where it has committed."""
    broker.produce("t", numbers(100))
    group = ("-G", "readers", "-q", "-X", "auto.offset.reset=earliest")
    first = broker.kcat(*group, "-c", "40", "t").splitlines()
    rest = broker.kcat(*group, "-e", "t").splitlines()
    assert first + rest == numbers(100), (len(first), len(rest))


def large_messages(broker):
    """Many requests of the largest size under way; one message too large is refused and nothing else."""
    lines = [str(number) + "x" * 900_000 for number in range(40)]
    broker.produce("t", lines)
    assert broker.consume("t") == lines
    refused = subprocess.run([KCAT, "-b", broker.address, "-P", "-t", "t", "-X", "message.max.bytes=2000000"],
                             input="x" * 1_500_000, capture_output=True, text=True, timeout=COMMAND_LIMIT_SECONDS)
    assert refused.returncode != 0 and "too large" in refused.stderr.lower(), refused.stderr


def restart(broker):
    """What was acknowledged is there after a kill, with the groups' offsets."""
    broker.produce("t", numbers(50))
    group = ("-G", "readers", "-q", "-X", "auto.offset.reset=earliest")
    assert broker.kcat(*group, "-c", "20", "t").splitlines() == numbers(50)[:20]
    broker.kill()
    broker.start()
    assert broker.consume("t") == numbers(50)
    assert broker.kcat(*group, "-e", "t").splitlines() == numbers(50)[20:]


def page_cache(broker):
    """Without flushing, which the broker says, records survive a kill of the process all the same."""
    assert "power failure" not in broker.announced
    broker.kill()
    broker.options = ["--page-cache-only"]
    broker.start()
    assert "page cache only: a power failure loses records" in broker.announced, broker.announced
    broker.produce("t", numbers(50))
    broker.kill()
    broker.start()
    assert broker.consume("t") == numbers(50)


SCENARIOS = [metadata, records, compression, idempotence, offsets, groups, large_messages, restart, page_cache]


def main():
    if KCAT is None:
        print("SKIPPED: not installed: kcat")
        return SKIPPED
    return kafka.run_scenarios(SCENARIOS, sys.argv[1], sys.argv[2:], Broker)


if __name__ == "__main__":
    sys.exit(main())
