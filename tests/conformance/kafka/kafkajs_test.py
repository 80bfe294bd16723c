#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kafkajs against the broker as a process.

    kafkajs_test.py fetch                               # once, by npm, into build/kafka/kafkajs
    kafkajs_test.py SERVER_PROGRAM [SCENARIO...]        # kafkajs/scenarios.cjs has them

Ends with 77, which ctest reports as skipped, where it was not fetched.
"""

import filecmp
import os
import pathlib
import re
import shutil
import subprocess
import sys

import broker as kafka

HERE = pathlib.Path(__file__).resolve().parent / "kafkajs"
FETCHED = HERE.parents[3] / "build" / "kafka" / "kafkajs"
# They wait for rebalances, and for a machine that does other things as well.
SCENARIO_LIMIT_SECONDS = 240
PACKAGE_FILES = ("package.json", "package-lock.json", ".npmrc")
MODULES = FETCHED / "node_modules"


def is_there():
    return (MODULES / "kafkajs").is_dir() and filecmp.cmp(HERE / "package-lock.json", FETCHED / "package-lock.json",
                                                          shallow=False)


def fetch():
    """What the lock file names, with its checksums; gives the exit code."""
    if is_there():
        return 0
    FETCHED.mkdir(parents=True, exist_ok=True)
    for name in PACKAGE_FILES:
        shutil.copy(HERE / name, FETCHED)
    return subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=FETCHED, check=False).returncode


def scenario(name):
    def run(broker):
        environment = dict(os.environ, NODE_PATH=str(MODULES), KAFKAJS_NO_PARTITIONER_WARNING="1")
        done = subprocess.run(["node", str(HERE / "scenarios.cjs"), broker.address, name], capture_output=True,
                              text=True, env=environment, timeout=SCENARIO_LIMIT_SECONDS)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"

    run.__name__ = name
    return run


def main():
    if sys.argv[1:] == ["fetch"]:
        return fetch()
    if shutil.which("node") is None or not is_there():
        print("SKIPPED: kafkajs is not there: ./dev conformance kafka fetches it")
        return kafka.SKIPPED
    names = re.findall(r"^  async (\w+)\(\) {$", (HERE / "scenarios.cjs").read_text(encoding="utf-8"), re.MULTILINE)
    return kafka.run_scenarios([scenario(name) for name in names], sys.argv[1], sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
