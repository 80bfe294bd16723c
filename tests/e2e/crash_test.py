# SPDX-License-Identifier: Apache-2.0
"""Services are killed in the midst of orders, again and again; every purchase is made exactly once all the same, and
money, stock, points and shipments add up to the cent and the piece."""

import os
import signal
import threading

import books
import running
from running import wait_until

# What buyers buy, of which there is plenty, and who they are. The last two are refused whatever they order: one after
# the stock is reserved, one after it is paid as well.
BUYERS = (("u1", "SKU-1929"), ("u2", "SKU-0114"), ("u3", "SKU-0428"))
REFUSED = (("u551", "SKU-1480"), ("u576", "SKU-1480"))
# Who is killed, one after the other, and how many purchases are waited for before each and after the last.
VICTIMS = ("order", "payment", "inventory", "points", "order", "logistics", "user", "payment", "order", "points",
           "logistics", "inventory", "order")
PURCHASES_BETWEEN = 8
# What a caller may see of a service that is killed and started again.
PASSING = (502, 503, 504)
# Every so many purchases one is cancelled.
CANCEL_EVERY = 4


class Crash(running.EndToEnd):
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
            self.assertEqual(made.json["status"], "completed")
            location = made.headers["location"]
            if number % CANCEL_EVERY == 0:
                self.answered(f"the end of {location}", lambda: self.shop.request("POST", location + "/cancel"), 200)
                self.cancelled[headers["idempotency-key"]] = location
            else:
                self.kept[headers["idempotency-key"]] = location

    def be_refused(self, user, sku):
        while not self.done.is_set():
            answer = self.answered(f"an order of {user}", lambda: self.order(user, [(sku, 1)]), 409)
            self.assertIn(answer.error["details"]["reason"], ("PAYMENT_DECLINED", "ADDRESS_NOT_SERVED"))

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

    def wait_for_purchases(self):
        count = self.purchases()
        wait_until("purchases go on", lambda: self.failures or self.purchases() >= count + PURCHASES_BETWEEN)

    def kill_one(self, service):
        _, pid = wait_until(f"{service} runs", lambda: sorted(self.shop.pids(service).items()))[0]
        os.kill(pid, signal.SIGKILL)

    def test_every_purchase_is_made_exactly_once_whoever_is_killed(self):
        threads = [self.start(self.buy, *who) for who in BUYERS]
        threads += [self.start(self.be_refused, *who) for who in REFUSED]
        try:
            for victim in VICTIMS:
                self.wait_for_purchases()
                self.kill_one(victim)
            self.wait_for_purchases()
        finally:
            self.done.set()
            for thread in threads:
                thread.join()
        self.assertEqual(self.failures, [])
        self.check_orders()
        books.wait_until_they_add_up(self.shop.data)

    def check_orders(self):
        locations = list(self.kept.values()) + list(self.cancelled.values())
        self.assertEqual(len(set(locations)), len(locations), "one order for each purchase")
        for group, status in ((self.kept, "completed"), (self.cancelled, "cancelled")):
            for location in group.values():
                shown = self.shop.request("GET", location)
                self.assertEqual((shown.status, shown.json["status"]), (200, status), shown.body)
        acknowledged = {location.rsplit("/", 1)[1] for location in self.kept.values()}
        self.assertEqual(set(books.completed(self.shop.data)), acknowledged)


if __name__ == "__main__":
    running.main()
