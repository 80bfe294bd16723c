# SPDX-License-Identifier: Apache-2.0
"""The shop with its orders on events, and a broker that can be killed apart from it.

    class Flow(on_events.OnEvents):
        def test_it(self):
            self.end_of(self.accept(), "completed")
"""

import contextlib
import os
import pathlib
import re
import signal
import subprocess
import tempfile

import books
import running
from running import wait_until

SHOP = running.ROOT / "examples/shop/skerry.yaml"


def project(folder, instances=1):
    """The shop's project with orders on events, and with so many instances of each service (of inventory two)."""
    text = SHOP.read_text().replace("mode: sync", "mode: events")
    if instances > 1:
        text = re.sub(r"program: shop-(\w+)}", rf"program: shop-\1, instances: {instances}}}", text)
        text = text.replace("program: shop-order\n", f"program: shop-order\n    instances: {instances}\n")
    path = pathlib.Path(folder) / "skerry.yaml"
    path.write_text(text)
    return path


def wait_for_copies(shop):
    """At its first start the order service has no users and products before their owners have told it of them."""
    wanted = [len(books.seed("users.jsonl", "user_id", "name")), len(books.seed("products.jsonl", "sku", "name"))]

    def known():
        count = "select (select count(*) from known_users), (select count(*) from known_products)"
        return list(books.rows(shop.data, "order", count)[0]) == wanted

    wait_until("the order service knows everybody and everything", known)


def kcat(address, *words):
    """What other people's Kafka client says."""
    return subprocess.run(["kcat", "-b", address, "-q", *words], check=True, stdout=subprocess.PIPE,
                          timeout=running.LIMIT_SECONDS).stdout


def dead_letter_topics(address):
    names = re.findall(r'topic "([^"]+)"', kcat(address, "-L").decode())
    return [name for name in names if name.endswith(".dlq")]


class Broker:
    """`skerry kafka` on a port of its own, on the same data at each start."""

    def __init__(self, binaries, folder):
        self.program = pathlib.Path(binaries) / "skerry"
        self.folder = pathlib.Path(folder)
        self.address = f"127.0.0.1:{running.free_ports(1)[0]}"
        self.process = None

    def start(self):
        log = (self.folder / "kafka.log").open("ab")
        self.process = subprocess.Popen([str(self.program), "kafka", "--data", str(self.folder / "kafka"),
                                         "--listen", self.address], stdout=log, stderr=subprocess.STDOUT)
        log.close()

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None


class WithShop(running.EndToEnd):
    """Tests of orders on events, each class with a shop that it starts itself as `self.shop`."""

    def accept(self, user="u1", items=(("SKU-0001", 1),), headers=None):
        """The location of an order that was accepted."""
        made = self.order(user, items, headers)
        self.assertEqual(made.status, 201, made.body)
        self.assertEqual(made.json["status"], "accepted")
        self.assertEqual(made.headers["location"], "/api/orders/" + made.json["order_id"])
        return made.headers["location"]

    def end_of(self, location, status, limit=running.LIMIT_SECONDS):
        """The order, as soon as it has this status."""

        def look():
            shown = self.shop.request("GET", location)
            self.assertEqual(shown.status, 200, shown.body)
            return shown.json if shown.json["status"] == status else None

        return wait_until(f"{location} is {status}", look, limit)


class OnEvents(WithShop):
    """With one running shop for all tests of the class."""

    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="skerry-e2e-"))
        cls.PROJECT = project(cls.folder)
        super().setUpClass()
        wait_for_copies(cls.shop)


@contextlib.contextmanager
def stopped(pids):
    """The processes stand still meanwhile."""

    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
