#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the callers of the shop gain by events: the latency of three operations by calls (mode sync) and by events, with
the service times below, and the orders that the shop sustains in both modes without them. The
peer is the mode sync. Every session has a platform, processes and data of its own, with all guarantees on.

    bench_shop [--rounds N] [--requests N] [--seconds N]
"""

import argparse
import json
import os
import statistics
import sys
import tempfile

import shop_load
from dev_session import Session

RESULT = "build/bench/shop.json"
# By calls an order takes the first three of them and the longest of the others: 380 ms.
SERVICE_TIMES_MS = {"user": 20, "inventory": 30, "payment": 30, "points": 210, "logistics": 300}
NO_TIMES_MS = dict.fromkeys(SERVICE_TIMES_MS, 0)
# The services that answer their operation by events.
WITH_MODES = ("order", "points", "logistics")
INSTANCES = {"inventory": 2}
ROUTES = {"/api/orders": "order", "/api/points": "points", "/api/shipments": "logistics"}
REQUESTS_PER_SECOND = 10
CALLERS = 16
WARM_UP_REQUESTS = 10
COMPLETIONS = 20
WARM_UP_SECONDS = 3
MOST_ON_THEIR_WAY = 200
# What a caller waits less by events, in percent.
TARGETS = {"p50": 95, "p99": 90}


def project_text(mode, times):
    """A project file: the shop in this mode. JSON is YAML."""
    services = []
    for name in [*times, "order"]:
        config = {"processing_time_ms": times[name]} if name in times else {}
        if name in WITH_MODES:
            config["mode"] = mode
        services.append({"name": name, "program": f"shop-{name}", "instances": INSTANCES.get(name, 1),
                         "config": config})
    routes = [{"path_prefix": path, "methods": ["GET", "POST"], "service": service}
              for path, service in ROUTES.items()]
    return f"gateway: {json.dumps({'routes': routes})}\nservices: {json.dumps(services)}\n"


def in_session(mode, times, measure):
    """Gives measure(session) of the shop in this mode."""
    with tempfile.TemporaryDirectory() as folder:
        project = os.path.join(folder, "skerry.yaml")
        with open(project, "w", encoding="utf-8") as file:
            file.write(project_text(mode, times))
        with Session(project, os.path.join(folder, "data")) as session:
            session.seconds_to_ready()
            session.drain()
            shop_load.wait_until_known(session.data)
            return measure(session)


def percentile(values, percent):
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def measure_operations(session, requests, samples):
    """Appends to samples[NAME, what]."""
    gateway = session.endpoints()["gateway"]
    for operation in shop_load.operations():
        shop_load.completion_times(gateway, operation, WARM_UP_REQUESTS)
        samples.setdefault((operation.name, "completion"), []).extend(
            shop_load.completion_times(gateway, operation, COMPLETIONS))
        samples.setdefault((operation.name, "latency"), []).extend(
            shop_load.paced_latencies(gateway, operation, requests, REQUESTS_PER_SECOND, CALLERS))


def measure_latencies(rounds, requests):
    samples = {"sync": {}, "events": {}}
    for _ in range(rounds):
        for mode, of_mode in samples.items():
            in_session(mode, SERVICE_TIMES_MS, lambda session: measure_operations(session, requests, of_mode))
    return samples


def measure_sustained(rounds, seconds):
    rates = {"sync": [], "events": []}
    orders = shop_load.operations()[0]
    for _ in range(rounds):
        for mode, of_mode in rates.items():
            of_mode.append(in_session(mode, NO_TIMES_MS, lambda session: shop_load.sustained_orders(
                session, orders, seconds, WARM_UP_SECONDS, CALLERS, MOST_ON_THEIR_WAY)))
    return rates


def figure(name, unit, ours, peer, ratio, **more):
    print(f"{name:<46} {ours:>9.2f} {unit}   {peer:>9.2f} by calls   ratio {ratio:.2f}"
          + "".join(f"   {key.replace('_', ' ')} {value:.1f}" for key, value in more.items()), flush=True)
    return {"name": name, "unit": unit, "ours": round(ours, 3), "peer": round(peer, 3), "peer_name": "mode sync",
            "ratio": round(ratio, 3), **{key: round(value, 2) for key, value in more.items()}}


def latency_figures(samples):
    figures = []
    for name, what in samples["sync"]:
        for percent in ("p50", "p99"):
            ours, peer = (percentile(samples[mode][name, what], int(percent[1:])) for mode in ("events", "sync"))
            if what == "latency":
                figures.append(figure(f"{name}: latency {percent}", "ms", ours, peer, peer / ours,
                                      percent_lower=100 * (1 - ours / peer), target=TARGETS[percent]))
            else:
                figures.append(figure(f"{name}: until done {percent}", "ms", ours, peer, peer / ours))
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=150, help="of each operation, mode and round")
    parser.add_argument("--seconds", type=int, default=15, help="of each load for the orders per second")
    options = parser.parse_args()
    figures = latency_figures(measure_latencies(options.rounds, options.requests))
    rates = measure_sustained(options.rounds, options.seconds)
    ours, peer = statistics.median(rates["events"]), statistics.median(rates["sync"])
    figures.append(figure("orders completed, sustained", "per second", ours, peer, ours / peer))
    os.makedirs(os.path.dirname(RESULT), exist_ok=True)
    with open(RESULT, "w", encoding="utf-8") as file:
        json.dump(figures, file, indent=2)
        file.write("\n")
    missed = [entry["name"] for entry in figures if entry.get("percent_lower", 100) < entry.get("target", 0)]
    if missed:
        print("below the target: " + ", ".join(missed), file=sys.stderr)


if __name__ == "__main__":
    main()
