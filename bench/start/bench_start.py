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
import statistics
import tempfile
import time

from dev_session import Session

SHOP = "examples/shop/skerry.yaml"
NO_SERVICES = "gateway: {routes: []}\nservices: []\n"
RESULT = "build/bench/start.json"
# After `ready`, caches fill and connections settle; what is resident and what is idle is measured behind that.
SETTLE_SECONDS = 3
MEGABYTE = 1e6


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
