# SPDX-License-Identifier: Apache-2.0
"""Starts servers of the etcd API for tests, ours and the real one, and talks to them with etcdctl."""

import contextlib
import ctypes
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ETCD = shutil.which("etcd")
ETCDCTL = shutil.which("etcdctl")
START_LIMIT_SECONDS = 30
COMMAND_LIMIT_SECONDS = 30
# Somebody else may take a port between our look and etcd's.
START_ATTEMPTS = 5
# The system gives the ports above these to outgoing connections.
PORTS = range(20_000, 32_000)
# What ours and etcd say of a port that somebody else has.
PORT_TAKEN = ("the port is in use", "address already in use")
PR_SET_PDEATHSIG = 1


def missing_programs():
    """What has to be installed before any of this can run."""
    packages = {"etcd (package etcd-server)": ETCD, "etcdctl (package etcd-client)": ETCDCTL}
    return [name for name, path in packages.items() if path is None]


def free_ports(count):
    """Ports that nobody listens on at this moment."""
    ports = []
    while len(ports) < count:
        port = random.choice(PORTS)
        with socket.socket() as sock, contextlib.suppress(OSError):
            sock.bind(("127.0.0.1", port))
            ports.append(port)
    return ports


def end_with_parent():
    """Runs in a new process: it does not outlive a test that is killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class PortTaken(Exception):
    """Another process was faster."""


class Server:
    """One server process with its own data directory, which stays when the process is killed and started again."""

    def __init__(self, program):
        """`program` is the path of our server; None means the real etcd."""
        self.program = program
        self.name = "skerry" if program else "etcd"
        self.directory = tempfile.mkdtemp(prefix=f"{self.name}-conformance-")
        self.process = None
        self.port = None
        self.peer_port = None
        self.log = None

    @property
    def endpoint(self):
        return f"127.0.0.1:{self.port}"

    def command(self):
        if self.program:
            return [self.program, "etcd", "--data", f"{self.directory}/data", "--listen", self.endpoint]
        peer = f"http://127.0.0.1:{self.peer_port}"
        client = f"http://{self.endpoint}"
        return [ETCD, "--data-dir", f"{self.directory}/data", "--listen-client-urls", client, "--advertise-client-urls",
                client, "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster",
                f"default={peer}", "--logger", "zap"]

    def start(self):
        """Starts the process, again on its port if it had one, and waits until it answers."""
        if self.port is not None:
            return self.start_once()
        for _ in range(START_ATTEMPTS):
            self.port, self.peer_port = free_ports(2)
            try:
                return self.start_once()
            except PortTaken:
                shutil.rmtree(f"{self.directory}/data", ignore_errors=True)
        raise RuntimeError(f"{self.name} found no free port:\n{self.log_text()}")

    def start_once(self):
        self.log = open(f"{self.directory}/log", "w", encoding="utf-8")
        self.process = subprocess.Popen(self.command(), stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL,
                                        preexec_fn=end_with_parent)
        limit = time.monotonic() + START_LIMIT_SECONDS
        while not self.is_healthy():
            if time.monotonic() > limit:
                raise RuntimeError(f"{self.name} did not become healthy:\n{self.log_text()}")
            if self.has_ended():
                if any(text in self.log_text() for text in PORT_TAKEN):
                    raise PortTaken
                raise RuntimeError(f"{self.name} ended at its start:\n{self.log_text()}")
        return self

    def has_ended(self):
        """Whether the process ends within a moment: looking at its port does no good sooner."""
        try:
            self.process.wait(timeout=0.02)
            return True
        except subprocess.TimeoutExpired:
            return False

    def is_healthy(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return self.etcdctl("endpoint", "health").returncode == 0

    def log_text(self):
        with open(f"{self.directory}/log", encoding="utf-8", errors="replace") as log:
            return log.read()[-4000:]

    def kill(self):
        """As a crash does: without a word."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.log.close()

    def stop(self):
        """Asks the process to end and returns its exit status."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=START_LIMIT_SECONDS)
        self.log.close()
        return status

    def close(self):
        if self.process and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    def etcdctl_command(self, *arguments):
        return [ETCDCTL, "--endpoints", self.endpoint, *arguments]

    def etcdctl(self, *arguments, stdin=""):
        return subprocess.run(self.etcdctl_command(*arguments), input=stdin, capture_output=True, text=True,
                              timeout=COMMAND_LIMIT_SECONDS, env={**os.environ, "ETCDCTL_API": "3"}, check=False)

    def etcdctl_json(self, *arguments, stdin=""):
        done = self.etcdctl(*arguments, "-w", "json", stdin=stdin)
        if done.returncode != 0:
            raise RuntimeError(f"etcdctl {arguments}: {done.stderr}")
        return json.loads(done.stdout)

    def start_etcdctl(self, *arguments):
        """An etcdctl that goes on running, such as a watch; the caller reads its output and ends it."""
        return subprocess.Popen(self.etcdctl_command(*arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, env={**os.environ, "ETCDCTL_API": "3"},
                                preexec_fn=end_with_parent)
