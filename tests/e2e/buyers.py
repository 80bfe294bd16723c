# SPDX-License-Identifier: Apache-2.0
"""Buyers who go on whoever is killed: each purchase is repeated under its idempotency key until it is answered, every
few of them are cancelled, and what became of all of them is known in the end.

    class Crash(buyers.Buyers):
        PLACED = "completed"
        def test_it(self):
            with self.buying():
                self.wait_for_purchases(8)
                self.kill_one("payment")
            self.check_orders()
"""

import contextlib
import os
import signal
import threading

import books
import running
from running import wait_until

# Who buys, and what, of which there is plenty. The last two are refused whatever they order: one after the stock is
# reserved, one after it is paid as well.
BUYERS = (("u1", "SKU-1929"), ("u2", "SKU-0114"), ("u3", "SKU-0428"))
REFUSED = (("u551", "SKU-1480"), ("u576", "SKU-1480"))
REASONS = ("PAYMENT_DECLINED", "ADDRESS_NOT_SERVED")
# What a caller may see of a service that is killed and started again.
PASSING = (502, 503, 504)
# Every so many purchases one is cancelled.
CANCEL_EVERY = 4


class Buyers(running.EndToEnd):
    # The status that a purchase is answered with.
    PLACED = None

    def setUp(self):
        self.done = threading.Event()
        self.failures = []
        # The locations of the purchases that were kept and that were cancelled, by key.
        self.kept = {}
        self.cancelled = {}

    def answered(self, what, ask, status):
        """The answer with this status, asking again as long as something is in the way."""

        def attempt():
            answer = ask()
            if answer.status in PASSING:
                return None
            self.assertEqual(answer.status, status, answer.body)
            return answer

        return wait_until(what, attempt)

    def buy(self, user, sku):
        number = 0
        while not self.done.is_set():
            number += 1
            headers = {"idempotency-key": f"{user} {number}"}
            made = self.answered(f"purchase {number} of {user}", lambda: self.order(user, [(sku, 1)], headers), 201)
            self.assertIn(made.json["status"], (self.PLACED, "completed"))
            location = made.headers["location"]
            if number % CANCEL_EVERY == 0:
                self.answered(f"the end of {location}", lambda: self.shop.request("POST", location + "/cancel"), 200)
                self.cancelled[headers["idempotency-key"]] = location
            else:
                self.kept[headers["idempotency-key"]] = location

    def be_refused(self, user, sku):
        """Orders and is refused until it is done."""
        raise NotImplementedError

    @contextlib.contextmanager
    def buying(self):
        """Everybody buys meanwhile."""
        threads = [self.start(self.buy, *who) for who in BUYERS]
        threads += [self.start(self.be_refused, *who) for who in REFUSED]
        try:
            yield
        finally:
            self.done.set()
            for thread in threads:
                thread.join()
        self.assertEqual(self.failures, [])

    def start(self, work, user, sku):
        def run():
            try:
                work(user, sku)
            except (AssertionError, OSError, KeyError) as failure:
                self.failures.append(failure)

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def purchases(self):
        return len(self.kept) + len(self.cancelled)

    def wait_for_purchases(self, count):
        """So many more."""
        wanted = self.purchases() + count
        wait_until("purchases go on", lambda: self.failures or self.purchases() >= wanted)

    def kill_one(self, service):
        _, pid = wait_until(f"{service} runs", lambda: sorted(self.shop.pids(service).items()))[0]
        os.kill(pid, signal.SIGKILL)

    def check_orders(self, limit=30):
        """Every purchase has ended as it should within the limit, there are no others, and the books add up."""
        books.wait_until_they_add_up(self.shop.data, limit)
        locations = list(self.kept.values()) + list(self.cancelled.values())
        self.assertEqual(len(set(locations)), len(locations), "one order for each purchase")
        for group, status in ((self.kept, "completed"), (self.cancelled, "cancelled")):
            for location in group.values():
                shown = self.shop.request("GET", location)
                self.assertEqual((shown.status, shown.json["status"]), (200, status), shown.body)
        acknowledged = {location.rsplit("/", 1)[1] for location in self.kept.values()}
        self.assertEqual(set(books.completed(self.shop.data)), acknowledged)
