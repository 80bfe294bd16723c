# SPDX-License-Identifier: Apache-2.0
"""Starts `skerry dev` on free ports with a directory of its own, and talks to what it started.

    with Running("examples/shop/skerry.yaml") as shop:
        answer = shop.request("GET", "/api/users/u1")
        assert answer.status == 200 and answer.json["user_id"] == "u1"

What is waited for is always a condition, with a limit far above what it takes. Where SKERRY_E2E_KAFKA names brokers,
the platform is started with these in place of its own.
"""

import contextlib
import dataclasses
import http.client
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Ten times what a start may take, and more on a machine that does other things as well.
LIMIT_SECONDS = 60
BETWEEN_LOOKS_SECONDS = 0.05
# The exit code that ctest takes for a test that was skipped.
SKIPPED = 77


def wait_until(what, condition, limit=LIMIT_SECONDS):
    """Gives what `condition` gives as soon as that is true."""
    never = threading.Event()
    deadline = time.monotonic() + limit
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {limit} s in vain: {what}")
        never.wait(BETWEEN_LOOKS_SECONDS)


@dataclasses.dataclass
class Answer:
    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def error(self):
        return self.json["error"]


def request(base, method, path, body=None, headers=None, timeout=LIMIT_SECONDS):
    """One request on a connection of its own. A body that is not text or bytes is sent as JSON."""
    url = urllib.parse.urlsplit(base)
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=timeout)
    headers = dict(headers or {})
    if body is not None and not isinstance(body, (str, bytes)):
        body = json.dumps(body)
        headers.setdefault("content-type", "application/json")
    try:
        connection.request(method, path, body=body, headers=headers)
        response = connection.getresponse()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()


def free_ports(count):
    """Ports that are free, outside of those that the system itself gives to whoever asks for any."""
    found = []
    while len(found) < count:
        port = random.randrange(20000, 32000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            if port not in found:
                found.append(port)
    return found


def etcdctl(endpoint, *words):
    environment = dict(os.environ, ETCDCTL_API="3")
    return subprocess.run(["etcdctl", "--endpoints", endpoint, *words], env=environment, check=True, text=True,
                          capture_output=True, timeout=LIMIT_SECONDS).stdout


class Running:
    """`skerry dev FILE` from entering to leaving. `data` is kept for the caller where it is given."""

    def __init__(self, project, binaries, options=(), data=None, environment=None):
        self.project = pathlib.Path(project)
        self.binaries = pathlib.Path(binaries)
        self.options = list(options)
        if "SKERRY_E2E_KAFKA" in os.environ and "--kafka" not in self.options:
            self.options += ["--kafka", os.environ["SKERRY_E2E_KAFKA"]]
        self._own_data = None if data else tempfile.TemporaryDirectory(prefix="skerry-e2e-")
        self.data = pathlib.Path(data or self._own_data.name)
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(("SKERRY_", "OTEL_"))}
        self.environment.update(environment or {})
        self.lines = []
        self.endpoints = {}

    def start(self):
        command = [str(self.binaries / "skerry"), "dev", str(self.project), "--ports", "auto", "--data", str(self.data)]
        self.process = subprocess.Popen(command + self.options, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        text=True, env=self.environment)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def output(self):
        return "\n".join(self.lines)

    def wait_for_line(self, begin):
        """The first line of the output that begins so."""

        def found():
            for line in list(self.lines):
                if line.startswith(begin):
                    return line
            if self.process.poll() is not None:
                raise AssertionError(f"skerry dev ended with {self.process.returncode}:\n{self.output()}")
            return None

        return wait_until(f"a line that begins with '{begin}'; there is:\n{self.output()}", found)

    def __enter__(self):
        self.start()
        try:
            self.wait_for_line("ready")
            self.endpoints = json.loads((self.data / "endpoints.json").read_text())
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()
        self._reader.join()
        self.process.stdout.close()
        if self._own_data:
            self._own_data.cleanup()

    def stop(self, by=signal.SIGTERM):
        """Stops it in order; gives the exit code."""
        self.process.send_signal(by)
        try:
            return self.process.wait(LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"skerry dev does not stop:\n{self.output()}") from None

    def kill(self):
        self.process.kill()
        self.process.wait()

    # What runs ---------------------------------------------------------------------------------------------------

    def request(self, method, path, body=None, headers=None, to="gateway", **options):
        return request(self.endpoints[to], method, path, body, headers, **options)

    def configure(self, service, document):
        """Puts the configuration of a service of the shop into the registry."""
        etcdctl(self.endpoints["etcd"], "put", f"/skerry/config/public/shop/{service}", json.dumps(document))

    def instances(self, service):
        """The instances of a service as the dashboard shows them, by id."""
        found = self.request("GET", "/api/registry/services", to="dashboard").json["services"]
        return {i["id"]: i for s in found if s["name"] == service for i in s["instances"]}

    def pids(self, service):
        """The processes of a service, by instance id."""
        found = {}
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, ValueError):
                continue
            if parent != self.process.pid or b"--instance" not in words:
                continue
            instance = words[words.index(b"--instance") + 1].decode()
            if instance.startswith(service + "-"):
                found[instance] = int(entry.name)
        return found

    def trace(self, trace_id, complete):
        """The spans of a trace with their service names, as soon as `complete` accepts them."""

        def look():
            answer = self.request("GET", f"/api/traces/{trace_id}", to="dashboard")
            if answer.status != 200:
                return None
            trace = answer.json["data"][0]
            names = {key: process["serviceName"] for key, process in trace["processes"].items()}
            spans = [dict(span, service=names[span["processID"]]) for span in trace["spans"]]
            return spans if complete(spans) else None

        return wait_until(f"trace {trace_id}", look)


class EndToEnd(unittest.TestCase):
    """Tests with one running project for all of them."""

    PROJECT = "examples/shop/skerry.yaml"
    OPTIONS = ()
    ENVIRONMENT = {}
    binaries = None

    @classmethod
    def setUpClass(cls):
        cls.shop = Running(ROOT / cls.PROJECT, EndToEnd.binaries, cls.OPTIONS, environment=cls.ENVIRONMENT)
        cls.shop.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.shop.__exit__()

    def order(self, user="u1", items=(("SKU-0001", 1),), headers=None):
        body = {"user_id": user, "items": [{"sku": sku, "quantity": quantity} for sku, quantity in items]}
        return self.shop.request("POST", "/api/orders", body, headers)

    def stock(self, sku):
        answer = self.shop.request("GET", f"/api/inventory/{sku}")
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json["stock"]

    def assert_error(self, answer, status, code):
        self.assertEqual(answer.status, status, answer.body)
        self.assertEqual(set(answer.error) - {"details"}, {"code", "message", "trace_id"}, answer.body)
        self.assertEqual(answer.error["code"], code)
        self.assertEqual(answer.error["trace_id"], answer.headers["x-trace-id"])


def main():
    """The program's first argument is the directory of the built programs. Where all is skipped it ends with 77."""
    EndToEnd.binaries = pathlib.Path(sys.argv.pop(1))
    result = unittest.main(verbosity=2, exit=False).result
    if not result.wasSuccessful():
        sys.exit(1)
    if result.skipped and result.testsRun == 0:
        sys.exit(SKIPPED)
