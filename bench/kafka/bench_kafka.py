#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Records per second through our broker and through Apache Kafka, produced and consumed by librdkafka's own performance
program, at 100 B and 1 KB, on the same disk: with both flushing before they acknowledge, and with both at Kafka's
defaults, acknowledged from the page cache.

    bench_kafka [--repetitions N] [--scale FACTOR]

The brokers have one processor and the load another. Repetitions alternate between the brokers; the medians count. Per
processor are records for each second of processor time that the broker used, which also holds on a busy machine.
"""

import argparse
import dataclasses
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join("tests", "conformance", "kafka"))
import apache_kafka  # noqa: E402
from broker import Broker, end_with_parent  # noqa: E402

PROGRAM_FOLDER = os.path.dirname(os.path.abspath(__file__))
SKERRY = os.path.join(PROGRAM_FOLDER, "skerry")
LOAD = os.path.join(PROGRAM_FOLDER, "rdkafka_performance")
RESULT = "build/bench/kafka.json"
BROKER_PROCESSOR = "0"
LOAD_PROCESSOR = "1"
LOAD_LIMIT_SECONDS = 300
# So that batches fill as they do under load.
LINGER = "linger.ms=5"
# Records of each size that one repetition sends and reads.
RECORDS = {100: 1_000_000, 1024: 200_000}
RATE = re.compile(r"messages .* in (\d+)ms: (\d+) msgs/s")
FLUSHING = "both flush before they acknowledge"
PAGE_CACHE = "neither flushes (Kafka's default)"


class OurBroker(Broker):
    def __init__(self, options, directory):
        super().__init__(SKERRY, options=options, command=["taskset", "-c", BROKER_PROCESSOR], directory=directory)


def make_brokers(directory):
    """By what is compared: ours and theirs."""
    pinned = {"command": ["taskset", "-c", BROKER_PROCESSOR], "directory": directory}
    return {
        FLUSHING: (OurBroker([], directory),
                   apache_kafka.ApacheKafka(settings=["log.flush.interval.messages=1"], **pinned)),
        PAGE_CACHE: (OurBroker(["--page-cache-only"], directory), apache_kafka.ApacheKafka(**pinned)),
    }


def processor_seconds(process):
    with open(f"/proc/{process.pid}/stat", encoding="utf-8") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def load(broker, arguments, count):
    """Records per second, and per second of the broker's processor time."""
    before = processor_seconds(broker.process)
    done = subprocess.run(["taskset", "-c", LOAD_PROCESSOR, LOAD, "-b", broker.address, "-p", "0", "-c", str(count),
                           *arguments], capture_output=True, text=True, timeout=LOAD_LIMIT_SECONDS,
                          preexec_fn=end_with_parent)
    used = processor_seconds(broker.process) - before
    rates = RATE.findall(done.stdout + done.stderr)
    if done.returncode != 0 or not rates:
        sys.exit(f"the load failed ({done.returncode}):\n{done.stdout}\n{done.stderr}")
    return int(rates[-1][1]), count / max(used, 1 / os.sysconf("SC_CLK_TCK"))


def measure(broker, size, count, topic):
    """By what is done: records per second, and per second of processor time."""
    return {"produce": load(broker, ["-P", "-t", topic, "-s", str(size), "-a", "-1", "-X", LINGER], count),
            "consume": load(broker, ["-C", "-t", topic, "-o", "beginning"], count)}


@dataclasses.dataclass
class Figure:
    ours: list = dataclasses.field(default_factory=list)
    theirs: list = dataclasses.field(default_factory=list)


def measure_all(brokers, repetitions, scale):
    figures = {}
    # The first one is not counted: Java compiles what it runs often.
    for repetition in range(-1, repetitions):
        for size, records in RECORDS.items():
            for setting, pair in brokers.items():
                for side, broker in zip(("ours", "theirs"), pair):
                    rates = measure(broker, size, int(records * scale), f"t-{size}-{repetition}")
                    for action, (rate, per_processor) in rates.items():
                        name = f"{action} {size} B, {setting}"
                        if repetition >= 0:
                            for unit, value in (("records/s", rate), ("records/s per processor", per_processor)):
                                getattr(figures.setdefault((name, unit), Figure()), side).append(value)
    return figures


def report(figures):
    results = []
    for (name, unit), figure in figures.items():
        ours, theirs = statistics.median(figure.ours), statistics.median(figure.theirs)
        results.append({"name": name, "unit": unit, "ours": round(ours), "peer": round(theirs),
                        "peer_name": "Apache Kafka", "ratio": round(ours / theirs, 3)})
        print(f"{name:<55} {unit:<24} ours {ours:>10.0f} ({min(figure.ours):.0f} to {max(figure.ours):.0f})   "
              f"Kafka {theirs:>10.0f} ({min(figure.theirs):.0f} to {max(figure.theirs):.0f})   "
              f"ratio {ours / theirs:.2f}", flush=True)
    os.makedirs(os.path.dirname(RESULT), exist_ok=True)
    with open(RESULT, "w", encoding="utf-8") as file:
        json.dump(results, file, indent=2)
        file.write("\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1, metavar="FACTOR", help="of the number of records")
    options = parser.parse_args()
    problem = apache_kafka.problem()
    if problem is not None:
        sys.exit(problem)
    os.makedirs("build/bench", exist_ok=True)
    directory = tempfile.mkdtemp(prefix="kafka-", dir="build/bench")
    try:
        brokers = make_brokers(os.path.abspath(directory))
        with brokers[FLUSHING][0], brokers[FLUSHING][1], brokers[PAGE_CACHE][0], brokers[PAGE_CACHE][1]:
            report(measure_all(brokers, options.repetitions, options.scale))
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
