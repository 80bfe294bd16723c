# SPDX-License-Identifier: Apache-2.0
"""Runs the program `hello` without a platform and looks at all that it gives: its answer, metrics and log lines."""

import json
import queue
import signal
import subprocess
import sys
import threading
import unittest
import urllib.error
import urllib.request

PROGRAM = sys.argv[1]
PATIENCE_SECONDS = 20


class HelloTest(unittest.TestCase):
    def setUp(self):
        self.process = subprocess.Popen(
            [PROGRAM, "--etcd", "none", "--otlp", "none", "--listen", "127.0.0.1:0"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.lines = queue.Queue()
        self.reader = threading.Thread(target=self.read_lines)
        self.reader.start()
        self.addCleanup(self.end)
        self.address = self.line("serving")["fields"]["address"]

    def end(self):
        self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stdout.close()

    def read_lines(self):
        for line in self.process.stdout:
            self.lines.put(json.loads(line))

    def line(self, message):
        """The next log line with this message."""
        while True:
            line = self.lines.get(timeout=PATIENCE_SECONDS)
            if line["message"] == message:
                return line

    def get(self, path):
        return urllib.request.urlopen(f"http://{self.address}{path}", timeout=PATIENCE_SECONDS)

    def test_a_greeting_is_counted_measured_and_logged_within_its_trace(self):
        with self.get("/hello/world") as response:
            self.assertEqual(response.read(), b"hello world\n")
            trace_id = response.headers["x-trace-id"]
        greeted = self.line("greeted")
        self.assertEqual(greeted["service"], "hello")
        self.assertEqual(greeted["fields"]["name"], "world")
        self.assertRegex(trace_id, "^[0-9a-f]{32}$")
        self.assertEqual(greeted["trace_id"], trace_id)
        with self.get("/metrics") as response:
            metrics = response.read().decode()
        self.assertIn("\nhello_greetings_total 1\n", metrics)
        self.assertIn("\nhello_name_bytes_sum 5\n", metrics)

    def test_a_path_that_it_does_not_have_is_an_error_of_the_one_form(self):
        with self.assertRaises(urllib.error.HTTPError) as raised:
            self.get("/nothing")
        with raised.exception as response:
            self.assertEqual(response.code, 404)
            self.assertEqual(json.load(response)["error"]["code"], "NOT_FOUND")

    def test_it_stops_in_order_when_it_is_told_to(self):
        self.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.process.wait(timeout=PATIENCE_SECONDS), 0)
        self.line("stopped")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
