# SPDX-License-Identifier: Apache-2.0
"""`skerry ctl` on a running platform whose one service gives up events and gets its sagas stuck."""

import json
import subprocess
import tempfile

import running
from running import wait_until

TOPIC, GROUP = "clinic.events", "clinic"


class Ctl(running.EndToEnd):
    PROJECT = "tests/e2e/clinic/skerry.yaml"

    def ctl(self, *words, data=None, environment=None):
        command = [str(self.binaries / "skerry"), "ctl", *words]
        if "--data" not in words and data is not False:
            command += ["--data", str(data or self.shop.data)]
        return subprocess.run(command, text=True, capture_output=True, timeout=running.LIMIT_SECONDS,
                              env={**self.shop.environment, **(environment or {})})

    def done(self, *words, **options):
        """The output of a command that succeeds."""
        result = self.ctl(*words, **options)
        self.assertEqual((result.returncode, result.stderr), (0, ""), result)
        return result.stdout

    def told(self, *words):
        return json.loads(self.done(*words, "--json"))

    def refused(self, code, *words, **options):
        """What a command says that fails with the exit code."""
        result = self.ctl(*words, **options)
        self.assertEqual(result.returncode, code, result)
        return result.stderr

    def be(self, health):
        self.assertEqual(self.shop.request("PUT", "/api/health", health).status, 200)

    def handled(self):
        return self.shop.request("GET", "/api/events").json

    def letters(self):
        # The topic comes into being with its first event.
        if not self.told("dlq", "list")["queues"]:
            return []
        return self.told("dlq", "list", TOPIC, GROUP)["letters"]

    def die(self, *texts):
        """Publishes events that end as dead letters, one behind the other."""
        self.be("ill")
        before = len(self.letters())
        for number, text in enumerate(texts, before + 1):
            self.assertEqual(self.shop.request("POST", f"/api/events/{text}").status, 202)
            wait_until(f"{text} is dead", lambda: len(self.letters()) == number)
        return [letter["id"] for letter in self.letters()[before:]]

    def sagas(self, *words):
        return {saga["id"]: saga for saga in self.told("saga", "list", *words)["sagas"]}

    def stuck(self, *ids):
        self.be("ill")
        for saga in ids:
            self.assertEqual(self.shop.request("POST", f"/api/sagas/{saga}").status, 202)
        wait_until("the sagas are stuck", lambda: set(ids) <= set(self.sagas("--state", "stuck")))


class DeadLetters(Ctl):
    def test_a_dead_letter_is_listed_shown_and_after_a_redrive_handled(self):
        self.assertEqual(self.done("dlq", "list"), "no dead letters\n")
        first, second, third = self.die("one", "two", "three")
        self.assertEqual(self.told("dlq", "list")["queues"], [{"topic": TOPIC, "group": GROUP, "letters": 3}])
        self.assertIn(f"{TOPIC}  {GROUP}", self.done("dlq", "list"))
        table = self.done("dlq", "list", TOPIC, GROUP)
        self.assertEqual(len(table.splitlines()), 4, table)
        self.assertIn("the clinic is ill", table)
        shown = self.done("dlq", "show", TOPIC, GROUP, second)
        for part in ("reason    permanent", "key       two", "ce_type = google.protobuf.StringValue", "\\x03two"):
            self.assertIn(part, shown)

        self.be("well")
        self.assertEqual(self.done("dlq", "redrive", TOPIC, GROUP, second),
                         f"redriven 1 dead letter of {TOPIC} for {GROUP}\n")
        wait_until("the redriven event is handled", lambda: "two" in self.handled())
        self.assertIn("redriven or discarded already", self.refused(1, "dlq", "redrive", TOPIC, GROUP, second))
        self.done("dlq", "discard", TOPIC, GROUP, third)
        self.assertEqual([letter["id"] for letter in self.letters()], [first])
        self.assertEqual(self.told("dlq", "redrive", TOPIC, GROUP, "--all"), {"redriven": 1})
        wait_until("the last one is handled", lambda: "one" in self.handled())
        self.assertEqual(self.handled(), ["two", "one"])
        self.assertEqual(self.done("dlq", "list"), "no dead letters\n")

    def test_what_does_not_exist_is_named(self):
        self.assertIn("no topic clinic.odd", self.refused(1, "dlq", "list", "clinic.odd", GROUP))
        self.assertIn("no topic clinic.events.nobody.dlq", self.refused(1, "dlq", "show", TOPIC, "nobody", "0:0"))
        self.die("lost")
        self.assertIn("@999", self.refused(1, "dlq", "discard", TOPIC, GROUP, "0:999"))
        self.done("dlq", "discard", TOPIC, GROUP, "--all")


class Sagas(Ctl):
    def test_a_stuck_saga_is_listed_shown_and_after_a_retry_completed(self):
        self.stuck("s1", "s2")
        table = self.done("saga", "list", "--state", "stuck")
        self.assertIn("cure: ", table)
        shown = self.done("saga", "show", "s1")
        for part in ("service   clinic", "saga      treatment v1", '{"patient":"s1"}', "the clinic is ill"):
            self.assertIn(part, shown)
        self.be("well")
        self.assertEqual(self.done("saga", "retry", "s1"), "clinic s1: running\n")
        wait_until("it is completed", lambda: self.sagas()["s1"]["state"] == "completed")
        self.assertIn("nothing of it waits", self.refused(1, "saga", "retry", "s1"))
        self.assertEqual(self.told("saga", "retry", "--all")["sagas"],
                         [{"id": "s2", "service": "clinic", "state": "running"}])
        wait_until("no saga is stuck", lambda: not self.sagas("--state", "stuck"))

    def test_a_saga_is_compensated_with_a_reason(self):
        self.stuck("s3")
        self.done("saga", "compensate", "s3", "--service", "clinic", "--reason", "gone home")
        wait_until("it is cancelled", lambda: self.sagas()["s3"]["state"] == "cancelled")
        self.assertIn("reason    gone home", self.done("saga", "show", "s3"))

    def test_what_does_not_exist_is_named(self):
        self.assertIn('no saga "s9" in clinic', self.refused(1, "saga", "show", "s9"))
        self.assertIn("no service clinik is registered; there are: clinic",
                      self.refused(1, "saga", "list", "--service", "clinik"))
        self.assertIn("has no sagas", self.refused(1, "saga", "list", "--service", "gateway"))

    def test_the_routes_of_an_operator_are_on_the_admin_port_alone(self):
        self.assertEqual(self.shop.request("GET", "/debug/sagas").status, 404)
        for instance in self.shop.instances("clinic").values():
            self.assertEqual(running.request(f"http://{instance['address']}", "GET", "/debug/sagas").status, 404)
            self.assertEqual(running.request(f"http://{instance['admin_address']}", "GET", "/debug/sagas").status, 200)


class WrongUse(Ctl):
    def test_a_wrong_command_line_is_refused(self):
        self.assertIn("skerry ctl: there is no command 'dql'; see skerry ctl --help",
                      self.refused(2, "dql", data=False))
        self.assertIn("--all", self.refused(2, "dlq", "redrive", TOPIC, GROUP))
        self.assertIn("--all", self.refused(2, "saga", "compensate"))
        self.assertIn("PARTITION:OFFSET", self.refused(2, "dlq", "show", TOPIC, GROUP, "first"))
        self.assertIn("expected running", self.refused(2, "saga", "list", "--state", "sad"))
        self.assertEqual(self.ctl("--help", data=False).returncode, 0)

    def test_a_system_that_is_not_there_is_told(self):
        with tempfile.TemporaryDirectory() as nothing:
            for words in (("dlq", "list"), ("saga", "list")):
                self.assertIn("no platform runs", self.refused(1, *words, data=nothing))
        self.assertIn("broker 127.0.0.1:1: ", self.refused(1, "dlq", "list", "--kafka", "127.0.0.1:1"))
        self.assertIn("registry: ", self.refused(1, "saga", "list", "--etcd", "http://127.0.0.1:1"))
        self.assertIn("--kafka", self.refused(2, "dlq", "list", "--kafka", "none"))

    def test_the_environment_goes_before_the_file(self):
        self.assertIn("broker 127.0.0.1:1: ",
                      self.refused(1, "dlq", "list", environment={"SKERRY_KAFKA": "127.0.0.1:1"}))
        self.done("dlq", "list", "--kafka", self.shop.endpoints["kafka"], data=False)


# Its tests are those of the classes that are made of it.
del Ctl

if __name__ == "__main__":
    running.main()
