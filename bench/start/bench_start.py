#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the platform costs before anybody uses it: the time from `skerry dev` to its `ready` line and the resident
memory, for the platform alone and with the shop, and the processor time of both while nothing happens. The peer is
each figure's target. Every start has free ports and a data directory of its own.

    bench_start [--starts N] [--idle SECONDS]
"""

import argparse
import json
import os
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import time

PROGRAM_FOLDER = os.path.dirname(os.path.abspath(__file__))
SKERRY = os.path.join(PROGRAM_FOLDER, "skerry")
SHOP = "examples/shop/skerry.yaml"
NO_SERVICES = "gateway: {routes: []}\nservices: []\n"
RESULT = "build/bench/start.json"
READY_LIMIT_SECONDS = 60
STOP_LIMIT_SECONDS = 30
# After `ready`, caches fill and connections settle; what is resident and what is idle is measured behind that.
SETTLE_SECONDS = 3
MEGABYTE = 1e6


class Session:
    """One `skerry dev`, from its start to its orderly stop."""

    def __init__(self, project, data):
        self.output = b""
        self.begun = time.monotonic()
        self.process = subprocess.Popen([SKERRY, "dev", project, "--ports", "auto", "--data", data],
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.communicate(timeout=STOP_LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    def seconds_to_ready(self):
        while not any(line.startswith(b"ready ") for line in self.output.split(b"\n")[:-1]):
            if not self.take_output(self.begun + READY_LIMIT_SECONDS):
                sys.exit("skerry dev was not ready:\n" + self.output.decode(errors="replace"))
        return time.monotonic() - self.begun

    def take_output(self, until):
        """Waits for output. False when there is none before that time, or never any more."""
        if not select.select([self.process.stdout], [], [], max(0, until - time.monotonic()))[0]:
            return False
        part = os.read(self.process.stdout.fileno(), 65536)
        self.output += part
        return part != b""

    def idle(self, seconds):
        """Lets the time pass, reading what the processes print, which must not fill the pipe."""
        until = time.monotonic() + seconds
        while self.take_output(until):
            pass
        if self.process.poll() is not None:
            sys.exit("skerry dev ended:\n" + self.output.decode(errors="replace"))

    def processes(self):
        """The process and all below it, as the fields of /proc/PID/stat that follow the name."""
        table = {}
        for name in os.listdir("/proc"):
            if name.isdigit():
                fields = stat_fields(name)
                if fields is not None:
                    table[int(name)] = fields
        found = {self.process.pid}
        while below := {pid for pid, fields in table.items() if int(fields[1]) in found} - found:
            found |= below
        return {pid: table[pid] for pid in found}

    def resident_bytes(self):
        return sum(int(fields[21]) for fields in self.processes().values()) * os.sysconf("SC_PAGE_SIZE")

    def processor_seconds(self):
        ticks = sum(int(fields[11]) + int(fields[12]) for fields in self.processes().values())
        return ticks / os.sysconf("SC_CLK_TCK")


def stat_fields(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def measure_start(project):
    """The seconds to `ready` and the resident megabytes after it."""
    with tempfile.TemporaryDirectory() as data, Session(project, data) as session:
        seconds = session.seconds_to_ready()
        session.idle(SETTLE_SECONDS)
        return seconds, session.resident_bytes() / MEGABYTE


def measure_idle(project, seconds):
    """The processor time used while nothing happens, in percent of one processor."""
    with tempfile.TemporaryDirectory() as data, Session(project, data) as session:
        session.seconds_to_ready()
        session.idle(SETTLE_SECONDS)
        before, begun = session.processor_seconds(), time.monotonic()
        session.idle(seconds)
        used, lasted = session.processor_seconds() - before, time.monotonic() - begun
        return 100 * used / lasted


def figure(name, unit, values, target):
    """One object of the result; `target` is what the figure must stay below."""
    ours = statistics.median(values)
    # Nothing at all is below every target, and JSON has no infinity.
    ratio = target / max(ours, target / 1000)
    print(f"{name:<42} {ours:>8.2f} {unit} ({min(values):.2f} to {max(values):.2f})   target {target}   "
          f"ratio {ratio:.2f}", flush=True)
    return {"name": name, "unit": unit, "ours": round(ours, 3), "peer": target, "peer_name": "target",
            "ratio": round(ratio, 3)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--idle", type=int, default=20, metavar="SECONDS")
    options = parser.parse_args()
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        alone = os.path.join(folder, "skerry.yaml")
        with open(alone, "w", encoding="utf-8") as file:
            file.write(NO_SERVICES)
        for name, project, second_target, megabyte_target in (("platform alone", alone, 1, 100),
                                                              ("platform and shop", SHOP, 3, 250)):
            samples = [measure_start(project) for _ in range(options.starts)]
            figures.append(figure(f"{name}: start to ready", "s", [seconds for seconds, _ in samples], second_target))
            figures.append(figure(f"{name}: resident memory", "MB", [size for _, size in samples], megabyte_target))
    idle = measure_idle(SHOP, options.idle)
    figures.append(figure("platform and shop: idle processor use", "% of one processor", [idle], 2))
    os.makedirs(os.path.dirname(RESULT), exist_ok=True)
    with open(RESULT, "w", encoding="utf-8") as file:
        json.dump(figures, file, indent=2)
        file.write("\n")


if __name__ == "__main__":
    main()
