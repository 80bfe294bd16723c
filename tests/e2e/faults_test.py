# SPDX-License-Identifier: Apache-2.0
"""What happens when processes die, stop, or are not there yet."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import threading

import running
from running import Running, wait_until


class Kill(running.EndToEnd):
    def test_a_killed_instance_loses_no_order_and_comes_back(self):
        sku = "SKU-0100"
        before = self.stock(sku)
        acknowledged = []
        refused = []
        done = threading.Event()

        def buy():
            while not done.is_set():
                answer = self.order(items=[(sku, 1)])
                (acknowledged if answer.status == 201 else refused).append(answer)

        buyers = [threading.Thread(target=buy) for _ in range(4)]
        for buyer in buyers:
            buyer.start()
        try:
            wait_until("some orders", lambda: len(acknowledged) >= 5)
            victim, pid = sorted(self.shop.pids("inventory").items())[0]
            self.assertIn(victim, self.shop.instances("inventory"))
            os.kill(pid, signal.SIGKILL)
            count = len(acknowledged)
            wait_until("orders go on", lambda: len(acknowledged) >= count + 5)
            wait_until("it leaves with its lease", lambda: victim not in self.shop.instances("inventory"))
            wait_until("there are two again", lambda: len(self.shop.instances("inventory")) == 2)
        finally:
            done.set()
            for buyer in buyers:
                buyer.join()
        for answer in acknowledged:
            shown = self.shop.request("GET", answer.headers["location"])
            self.assertEqual(shown.status, 200, shown.body)
        # A refused order gives its stock back, at the latest when its reservation expires.
        wait_until("every item is either sold or in stock", lambda: self.stock(sku) == before - len(acknowledged))

    def test_a_service_that_hangs_is_a_deadline_and_takes_no_stock(self):
        sku = "SKU-0101"
        before = self.stock(sku)
        pids = self.shop.pids("inventory").values()
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            self.assert_error(self.order(items=[(sku, 1)]), 504, "DEADLINE_EXCEEDED")
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)
        wait_until("what was asked for late is given back", lambda: self.stock(sku) == before)
        wait_until("orders go on", lambda: self.order(items=[(sku, 1)]).status == 201)

    def test_a_crashed_service_is_started_again(self):
        _, pid = sorted(self.shop.pids("user").items())[0]
        os.kill(pid, signal.SIGKILL)
        wait_until("the user service answers again",
                   lambda: self.shop.request("GET", "/api/users/u1").status == 200)
        self.assertNotIn(pid, self.shop.pids("user").values())


class StopAndStart(running.EndToEnd):
    def test_orders_and_traces_survive_a_restart(self):
        with tempfile.TemporaryDirectory(prefix="skerry-e2e-") as data:
            project = running.ROOT / self.PROJECT
            with Running(project, running.EndToEnd.binaries, data=data) as first:
                body = {"user_id": "u1", "items": [{"sku": "SKU-0001", "quantity": 1}]}
                made = first.request("POST", "/api/orders", body)
                self.assertEqual(made.status, 201)
                stock = first.request("GET", "/api/inventory/SKU-0001").json["stock"]
                first.trace(made.headers["x-trace-id"], lambda spans: len(spans) >= 4)
                self.assertEqual(first.stop(), 0)
                self.assertFalse(pathlib.Path(data, "endpoints.json").exists())
            with Running(project, running.EndToEnd.binaries, data=data) as second:
                shown = second.request("GET", made.headers["location"])
                self.assertEqual(shown.json["order_id"], made.json["order_id"])
                self.assertEqual(second.request("GET", "/api/inventory/SKU-0001").json["stock"], stock)
                second.trace(made.headers["x-trace-id"], lambda spans: len(spans) >= 4)
                second.process.send_signal(signal.SIGKILL)
                second.process.wait()
                wait_until("the services end with their supervisor", lambda: not second.pids("order"))
            with Running(project, running.EndToEnd.binaries, data=data) as third:
                self.assertEqual(third.request("GET", made.headers["location"]).status, 200)

    def test_a_stop_drops_no_request_in_flight(self):
        with Running(running.ROOT / self.PROJECT, running.EndToEnd.binaries) as shop:
            answers = []
            broken = []
            stopping = threading.Event()

            def buy():
                while True:
                    try:
                        answers.append(shop.request("POST", "/api/orders",
                                                    {"user_id": "u1", "items": [{"sku": "SKU-0001", "quantity": 1}]}))
                    except ConnectionRefusedError:
                        return
                    except OSError as error:
                        broken.append(error)
                        return

            buyers = [threading.Thread(target=buy) for _ in range(4)]
            for buyer in buyers:
                buyer.start()
            wait_until("orders", lambda: len(answers) >= 10)
            stopping.set()
            self.assertEqual(shop.stop(signal.SIGINT), 0)
            for buyer in buyers:
                buyer.join()
            self.assertEqual({answer.status for answer in answers}, {201})
            self.assertEqual(broken, [])
            self.assertIn("stopped", shop.output())


class Start(running.unittest.TestCase):
    def start(self, project, *options):
        command = [str(running.EndToEnd.binaries / "skerry"), "dev", str(project), *options]
        return subprocess.run(command, capture_output=True, text=True, timeout=running.LIMIT_SECONDS, check=False)

    def project(self, folder, text):
        path = pathlib.Path(folder) / "skerry.yaml"
        path.write_text(text)
        return path

    def test_a_taken_port_is_named(self):
        with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as held:
            with contextlib.suppress(OSError):  # who else has it will do as well
                held.enter_context(socket.create_server(("127.0.0.1", 8080)))
            ended = self.start(self.project(folder, "services: []"))
            self.assertEqual(ended.returncode, 1)
            self.assertIn("8080", ended.stderr)
            self.assertIn("--ports auto", ended.stderr)

    def test_a_service_that_does_not_start_is_named_with_what_it_said(self):
        with tempfile.TemporaryDirectory() as folder:
            broken = pathlib.Path(folder) / "broken"
            broken.write_text("#!/bin/sh\necho the disk is on fire\nexit 3\n")
            broken.chmod(0o755)
            ended = self.start(self.project(folder, "services: [{name: broken, program: broken}]"), "--ports", "auto")
            self.assertEqual(ended.returncode, 1)
            self.assertIn("broken-1", ended.stderr)
            self.assertIn("the disk is on fire", ended.stderr)
            self.assertIn("code 3", ended.stderr)

    def test_wrong_files_and_options_say_what_is_wrong(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertIn("missing.yaml", self.start(pathlib.Path(folder) / "missing.yaml").stderr)
            wrong = self.start(self.project(folder, "servces: []"))
            self.assertEqual(wrong.returncode, 2)
            self.assertIn("servces", wrong.stderr)
            absent = self.start(self.project(folder, "services: [{name: a, program: nowhere}]"), "--ports", "auto")
            self.assertEqual(absent.returncode, 1)
            self.assertIn("nowhere", absent.stderr)
            self.assertNotEqual(self.start(self.project(folder, ""), "--no-such-option").returncode, 0)

    def test_the_gateway_answers_503_for_a_service_that_is_not_there(self):
        with tempfile.TemporaryDirectory() as folder:
            project = self.project(folder, "gateway: {routes: [{path_prefix: /api, service: absent}]}")
            with Running(project, running.EndToEnd.binaries) as platform:
                answer = platform.request("GET", "/api/x")
                self.assertEqual(answer.status, 503, answer.body)
                self.assertEqual(answer.error["code"], "UNAVAILABLE")
                self.assertEqual(json.loads(answer.body)["error"]["trace_id"], answer.headers["x-trace-id"])


if __name__ == "__main__":
    running.main()
