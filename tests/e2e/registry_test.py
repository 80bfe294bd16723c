# SPDX-License-Identifier: Apache-2.0
"""The shop and its registry by other people's etcdctl, once with the registry inside and once with a real etcd."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile

import running
from running import etcdctl, free_ports, wait_until

SKIPPED = 77


class WithRegistry:
    """What must be so with every registry."""

    KEY = "/skerry/config/public/shop/order"

    def ctl(self, *words):
        return etcdctl(self.shop.endpoints["etcd"], *words)

    def test_the_services_stand_in_the_registry(self):
        keys = self.ctl("get", "--prefix", "/skerry/services/public/", "--keys-only").split()
        for service in ("user", "inventory", "payment", "points", "logistics", "order", "gateway"):
            self.assertTrue(any(f"/{service}/" in key for key in keys), keys)

    def test_an_order_goes_its_way(self):
        made = self.order()
        self.assertEqual(made.status, 201, made.body)
        self.assertEqual(self.shop.request("GET", made.headers["location"]).status, 200)

    def test_a_change_of_the_configuration_takes_effect_without_a_restart(self):
        pids = self.shop.pids("order")
        three = [("SKU-0001", 1), ("SKU-0002", 1), ("SKU-0003", 1)]
        self.assertEqual(self.order(items=three).status, 201)
        self.ctl("put", self.KEY, '{"max_items": 2, "colour": "unknown fields are ignored"}')
        wait_until("three items are too many", lambda: self.order(items=three).status == 400)
        self.ctl("put", self.KEY, '{"max_items": "many"}')
        self.ctl("put", self.KEY, "not json")
        self.assertEqual(self.order(items=three).status, 400, "what is wrong leaves the last good one in force")
        self.assertEqual(self.order(items=three[:2]).status, 201)
        self.ctl("put", self.KEY, '{"mode": "carrier pigeon", "max_items": 3}')
        wait_until("it is told that the mode is not known", lambda: "registry: mode: " in self.shop.output())
        self.assertEqual(self.order(items=three).status, 400, "what is wrong leaves the last good one in force")
        self.ctl("del", self.KEY)
        wait_until("the file's layer is back", lambda: self.order(items=three).status == 201)
        self.assertEqual(self.shop.pids("order"), pids)

    def test_a_killed_instance_leaves_and_its_successor_comes(self):
        victim, pid = sorted(self.shop.pids("inventory").items())[0]
        os.kill(pid, signal.SIGKILL)

        def keys():
            return self.ctl("get", "--prefix", "/skerry/services/public/inventory/", "--keys-only").split()

        wait_until("the lease ends", lambda: not any(key.endswith("/" + victim) for key in keys()))
        wait_until("two instances again", lambda: len(keys()) == 2)
        self.assertEqual(self.order().status, 201)


class Inside(WithRegistry, running.EndToEnd):
    pass


class RealEtcd(WithRegistry, running.EndToEnd):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="skerry-etcd-")
        client, peer = (f"http://127.0.0.1:{port}" for port in free_ports(2))
        cls.etcd = subprocess.Popen(
            ["etcd", "--name", "one", "--data-dir", cls.folder.name + "/data", "--listen-client-urls", client,
             "--advertise-client-urls", client, "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
             "--initial-cluster", "one=" + peer], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cls.addClassCleanup(cls.folder.cleanup)
        cls.addClassCleanup(cls.etcd.wait)
        cls.addClassCleanup(cls.etcd.kill)
        wait_until("etcd answers", lambda: healthy(client))
        cls.OPTIONS = ("--etcd", client)
        super().setUpClass()

    def test_the_shop_uses_the_other_registry(self):
        self.assertEqual(self.shop.endpoints["etcd"], self.OPTIONS[1])


def healthy(endpoint):
    try:
        return etcdctl(endpoint, "endpoint", "health") is not None
    except subprocess.CalledProcessError:
        return False


if __name__ == "__main__":
    if not shutil.which("etcd") or not shutil.which("etcdctl"):
        print("etcd and etcdctl are not installed (Debian: etcd-server, etcd-client)")
        sys.exit(SKIPPED)
    running.main()
