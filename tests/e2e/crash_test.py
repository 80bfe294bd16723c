# SPDX-License-Identifier: Apache-2.0
"""Services are killed in the midst of orders, again and again; every purchase is made exactly once all the same."""

import os
import signal
import threading

import running
from running import wait_until

# One for each buyer, of which there is plenty.
SKUS = ("SKU-1929", "SKU-0114", "SKU-0428", "SKU-1480")
# Who is killed, one after the other, and how many purchases are waited for before each and after the last.
VICTIMS = ("order", "inventory", "order", "user", "order", "inventory")
PURCHASES_BETWEEN = 8


class Crash(running.EndToEnd):
    def buy(self, sku, done, orders):
        """Purchases, each repeated under its key until it is answered; `orders` gets the location for each key."""
        number = 0
        while not done.is_set():
            key = f"{sku} {number}"
            number += 1
            answer = wait_until(f"an answer for {key}", lambda: self.attempt(sku, key))
            orders[key] = answer.headers["location"]

    def attempt(self, sku, key):
        answer = self.order(items=[(sku, 1)], headers={"idempotency-key": key})
        if answer.status == 201:
            return answer
        # What a caller may see of a service that is killed and started again.
        self.assertIn(answer.status, (502, 503, 504), answer.body)
        return None

    def kill_one(self, service):
        _, pid = sorted(self.shop.pids(service).items())[0]
        os.kill(pid, signal.SIGKILL)

    def test_every_purchase_is_made_exactly_once_whoever_is_killed(self):
        before = {sku: self.stock(sku) for sku in SKUS}
        orders = {}
        done = threading.Event()
        failures = []

        def buyer(sku):
            try:
                self.buy(sku, done, orders)
            except AssertionError as failure:
                failures.append(failure)

        buyers = [threading.Thread(target=buyer, args=(sku,)) for sku in SKUS]
        for thread in buyers:
            thread.start()
        try:
            for victim in VICTIMS:
                count = len(orders)
                wait_until("purchases go on", lambda: failures or len(orders) >= count + PURCHASES_BETWEEN)
                self.kill_one(victim)
            count = len(orders)
            wait_until("purchases go on at the end", lambda: failures or len(orders) >= count + PURCHASES_BETWEEN)
        finally:
            done.set()
            for thread in buyers:
                thread.join()
        self.assertEqual(failures, [])
        self.assertEqual(len(set(orders.values())), len(orders), "one order for each purchase")
        for location in orders.values():
            shown = self.shop.request("GET", location)
            self.assertEqual((shown.status, shown.json["status"]), (200, "confirmed"), shown.body)
        # Stock that was held for an order that was never stored comes back within 30 s.
        for sku in SKUS:
            left = before[sku] - sum(key.startswith(sku) for key in orders)
            wait_until("every piece is either sold or in stock", lambda: self.stock(sku) == left, limit=30)


if __name__ == "__main__":
    running.main()
