# SPDX-License-Identifier: Apache-2.0
"""Orders on events when the broker is away, when instances die or stand still, and when answers come again, late and in
the wrong order."""

import os
import signal
import tempfile
import time

import books
import on_events
import running
from running import wait_until

SKU = "SKU-0100"
CONSUMERS = ("order", "inventory", "payment", "points", "logistics")
# What the rest needs to take over, and how long it is waited for: the machine may have other things to do.
TAKEOVER_SECONDS = 10
TAKEOVER_LIMIT = 10 * TAKEOVER_SECONDS
# Orders that are spread over all partitions.
ORDERS = 20


class BrokerAway(on_events.WithShop):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="skerry-e2e-"))
        cls.broker = on_events.Broker(running.EndToEnd.binaries, cls.folder)
        cls.addClassCleanup(cls.broker.kill)
        cls.PROJECT = on_events.project(cls.folder)
        cls.OPTIONS = ("--kafka", cls.broker.address)
        # It is not there: the shop starts all the same.
        super().setUpClass()

    def test_a_broker_that_is_not_there_holds_up_what_follows_and_nothing_else(self):
        self.assert_error(self.order(), 404, "NOT_FOUND")
        self.assertEqual(self.shop.request("GET", "/api/users/u1").status, 200)
        self.broker.start()
        on_events.wait_for_copies(self.shop)
        self.end_of(self.accept(items=[(SKU, 1)]), "completed")

        self.broker.kill()
        waiting = [self.accept(items=[(SKU, 1)]) for _ in range(5)]
        for location in waiting:
            self.assertEqual(self.shop.request("GET", location).json["status"], "accepted")
        self.broker.start()
        for location in waiting:
            self.end_of(location, "completed", TAKEOVER_LIMIT)
        books.wait_until_they_add_up(self.shop.data)


class TwoInstances(on_events.WithShop):
    """Of every service: one is killed, and later one stands still."""

    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="skerry-e2e-"))
        cls.PROJECT = on_events.project(cls.folder, instances=2)
        super().setUpClass()
        on_events.wait_for_copies(cls.shop)

    def order_at(self, instance):
        """At this instance of the order service, past the gateway, which knows only later who is away."""
        body = {"user_id": "u1", "items": [{"sku": SKU, "quantity": 1}]}
        made = running.request("http://" + instance["address"], "POST", "/api/orders", body)
        self.assertEqual((made.status, made.json["status"]), (201, "accepted"), made.body)
        return made.headers["location"]

    def complete_some(self, instance):
        """Orders by this instance; gives how long the last of them took until it was completed."""
        begun = time.monotonic()
        orders = [self.order_at(instance) for _ in range(ORDERS)]

        def ended(location):
            shown = running.request("http://" + instance["address"], "GET", location)
            return shown.json["status"] == "completed"

        for location in orders:
            wait_until(f"{location} is completed", lambda location=location: ended(location), TAKEOVER_LIMIT)
        return time.monotonic() - begun

    def chosen(self):
        """One instance of each consumer, the process ids by service, and the other instance of the order service."""
        victims = {service: sorted(self.shop.pids(service).items())[0] for service in CONSUMERS}
        orders = self.shop.instances("order")
        other = next(instance for name, instance in sorted(orders.items()) if name != victims["order"][0])
        return [pid for _, pid in victims.values()], other

    def test_the_rest_takes_over_from_instances_that_die_or_stand_still(self):
        wait_until("two instances of the order service", lambda: len(self.shop.instances("order")) == 2)
        _, other = self.chosen()
        before = self.complete_some(other)
        pids, other = self.chosen()
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        killed = self.complete_some(other)
        # Their successors have come, and those that died are forgotten.
        wait_until("there are two of each again", lambda: all(
            len(self.shop.pids(service)) == 2 == len(self.shop.instances(service)) for service in CONSUMERS))
        self.complete_some(next(iter(self.shop.instances("order").values())))
        pids, other = self.chosen()
        with on_events.stopped(pids):
            paused = self.complete_some(other)
        print(f"\n{ORDERS} orders took {before:.1f} s with everybody, {killed:.1f} s after one instance each was "
              f"killed, {paused:.1f} s while one instance each stood still", flush=True)
        books.wait_until_they_add_up(self.shop.data)
        self.complete_some(other)
        books.wait_until_they_add_up(self.shop.data)


class Replayed(on_events.OnEvents):
    """By other people's Kafka client."""

    TOPICS = ("shop.inventory", "shop.payment", "shop.points", "shop.logistics")

    def kcat(self, *words):
        return on_events.kcat(self.shop.endpoints["kafka"], *words)

    def records(self, topic):
        """Key, headers and value of every record of the topic."""
        rest = self.kcat("-C", "-t", topic, "-e", "-o", "beginning", "-f", "%k|%h|%S|%s")
        found = []
        while rest:
            key, headers, size, rest = rest.split(b"|", 3)
            value, rest = rest[:int(size)], rest[int(size):]
            found.append((key.decode(), dict(h.split("=", 1) for h in headers.decode().split(",")), value))
        return found

    def produce(self, topic, record):
        key, headers, value = record
        words = [word for name, text in headers.items() for word in ("-H", f"{name}={text}")]
        path = f"{self.folder}/value"
        with open(path, "wb") as file:
            file.write(value)
        self.kcat("-P", "-t", topic, "-k", key, *words, path)

    def test_answers_that_come_again_late_and_in_the_wrong_order_change_nothing(self):
        kept = [self.accept(items=[(SKU, 1)]) for _ in range(3)]
        undone = [self.accept("u551", items=[(SKU, 1)]), self.accept("u576", items=[(SKU, 1)])]
        for location in kept:
            self.end_of(location, "completed")
        for location in undone:
            self.end_of(location, "cancelled")
        on_its_way = self.accept(items=[(SKU, 1)])
        hour_ago = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3600))
        # The last ones first, each as it was and then as another event of an hour ago.
        for topic in reversed(self.TOPICS):
            for number, record in enumerate(reversed(self.records(topic))):
                self.produce(topic, record)
                headers = dict(record[1], ce_id=f"again-{topic}-{number}", ce_time=hour_ago)
                self.produce(topic, (record[0], headers, record[2]))
        # Orders that are in every partition, behind all of that.
        self.end_of(on_its_way, "completed")
        after = [self.accept(items=[(SKU, 1)]) for _ in range(ORDERS)]
        for location in after:
            self.end_of(location, "completed")
        for location in kept:
            self.end_of(location, "completed")
        for location in undone:
            self.end_of(location, "cancelled")
        books.wait_until_they_add_up(self.shop.data)
        self.assertEqual(on_events.dead_letter_topics(self.shop.endpoints["kafka"]), [])


if __name__ == "__main__":
    running.main()
