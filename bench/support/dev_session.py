# SPDX-License-Identifier: Apache-2.0
"""One `skerry dev` for benchmarks: started on free ports, waited for, measured from the outside, stopped in order.

    with tempfile.TemporaryDirectory() as data, Session(project, data) as session:
        session.seconds_to_ready()
        print(session.endpoints()["gateway"])
"""

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time

PROGRAM_FOLDER = os.path.dirname(os.path.abspath(__file__))
SKERRY = os.path.join(PROGRAM_FOLDER, "skerry")
READY_LIMIT_SECONDS = 60
STOP_LIMIT_SECONDS = 30


class Session:
    """One `skerry dev`, from its start to its orderly stop."""

    def __init__(self, project, data):
        self.output = b""
        self.data = data
        self.drainer = None
        self.begun = time.monotonic()
        self.process = subprocess.Popen([SKERRY, "dev", project, "--ports", "auto", "--data", data],
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.drain()
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(STOP_LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            self.drainer.join()
            self.process.stdout.close()

    def seconds_to_ready(self):
        while not any(line.startswith(b"ready ") for line in self.output.split(b"\n")[:-1]):
            if not self.take_output(self.begun + READY_LIMIT_SECONDS):
                sys.exit("skerry dev was not ready:\n" + self.output.decode(errors="replace"))
        return time.monotonic() - self.begun

    def endpoints(self):
        """Where everything listens, by name."""
        with open(os.path.join(self.data, "endpoints.json"), encoding="utf-8") as file:
            return json.load(file)

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

    def drain(self):
        """From now on what the processes print is taken beside whatever the caller does."""

        def take_all():
            while self.take_output(time.monotonic() + READY_LIMIT_SECONDS) or self.process.poll() is None:
                pass

        if self.drainer is None:
            self.drainer = threading.Thread(target=take_all)
            self.drainer.start()

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
