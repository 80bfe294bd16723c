# SPDX-License-Identifier: Apache-2.0
"""The broker as a process, for the tests with clients that other people wrote.

    with Broker("build/release/bin/skerry") as broker:
        run_client("--bootstrap-server", broker.address)
"""

import ctypes
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

# The exit code that ctest takes for a test that was skipped.
SKIPPED = 77
COMMAND_LIMIT_SECONDS = 60
BETWEEN_LOOKS_SECONDS = 0.05
PR_SET_PDEATHSIG = 1
READY = re.compile(r"ready: broker (\S+), ")


def end_with_parent():
    """Runs in a new process: it does not outlive a test that is killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def wait_until(what, condition, limit=COMMAND_LIMIT_SECONDS):
    """Gives what `condition` gives as soon as that is true."""
    deadline = time.monotonic() + limit
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited {limit} s in vain: {what}"
        threading.Event().wait(BETWEEN_LOOKS_SECONDS)
    return found


class Broker:
    """One broker process; its data stays when it is killed and started again. `options` are the program's; `command`
    goes before it, to pin it to a processor for one."""

    def __init__(self, program, options=(), command=(), directory=None):
        self.program = program
        self.options = list(options)
        self.command = list(command)
        self.directory = tempfile.mkdtemp(prefix="kafka-conformance-", dir=directory)
        self.process = None
        self.announced = None
        self.address = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def start(self):
        """Waits until it serves; after a kill it has another port."""
        # Tests of groups do not wait for members that never come.
        self.process = subprocess.Popen([*self.command, self.program, "kafka", "--data", self.directory, "--listen",
                                         "127.0.0.1:0", "--group-initial-delay-ms", "0", *self.options],
                                        stdout=subprocess.PIPE, text=True, preexec_fn=end_with_parent)
        self.announced = self.process.stdout.readline()
        ready = READY.match(self.announced)
        assert ready, f"the broker does not start: {self.announced!r}"
        self.address = ready.group(1)

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def run_scenarios(scenarios, program, wanted, make_broker=Broker):
    """Each scenario, a function of a broker, with a broker of its own. Gives the exit code."""

    def passes(scenario):
        with make_broker(program) as broker:
            try:
                scenario(broker)
            except (AssertionError, subprocess.TimeoutExpired) as error:
                print(f"{scenario.__name__} failed: {error}", file=sys.stderr)
                return False
        print(f"{scenario.__name__}: passed")
        return True

    chosen = [scenario for scenario in scenarios if not wanted or scenario.__name__ in wanted]
    assert chosen, f"there is no scenario {' '.join(wanted)}"
    return 0 if all([passes(scenario) for scenario in chosen]) else 1
