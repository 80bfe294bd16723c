# SPDX-License-Identifier: Apache-2.0
"""Orders on events while the broker and every service are killed at random moments, in real processes: every accepted
order is completed or undone in the end, and money, stock, points and shipments add up to the cent and the piece.

SKERRY_CRASH_ORDERS is how many purchases there are at least, SKERRY_CRASH_ROUNDS how often everybody is killed,
and SKERRY_CRASH_SEED decides who is killed when. The full run:

    SKERRY_CRASH_ORDERS=500 SKERRY_CRASH_ROUNDS=6 python3 -B tests/e2e/events_crash_test.py build/release/bin
"""

import os
import random
import tempfile

import buyers
import on_events
import running

ORDERS = int(os.environ.get("SKERRY_CRASH_ORDERS", "100"))
ROUNDS = int(os.environ.get("SKERRY_CRASH_ROUNDS", "2"))
SEED = int(os.environ.get("SKERRY_CRASH_SEED", random.randrange(1_000_000)))
VICTIMS = ("broker", "order", "inventory", "payment", "points", "logistics", "user")
# Between two kills at most.
MAX_PURCHASES_BETWEEN = 12
# A service that is killed often is started again only after 10 s.
LIMIT_SECONDS = 300


class Crash(buyers.Buyers):
    PLACED = "accepted"

    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="skerry-e2e-"))
        cls.broker = on_events.Broker(running.EndToEnd.binaries, cls.folder)
        cls.addClassCleanup(cls.broker.kill)
        cls.broker.start()
        cls.PROJECT = on_events.project(cls.folder)
        cls.OPTIONS = ("--kafka", cls.broker.address)
        super().setUpClass()
        on_events.wait_for_copies(cls.shop)

    def setUp(self):
        super().setUp()
        self.refused = []

    def be_refused(self, user, sku):
        while not self.done.is_set():
            made = self.answered(f"an order of {user}", lambda: self.order(user, [(sku, 1)]), 201)
            self.refused.append(made.headers["location"])
            # Not so many that they are most of the orders.
            self.done.wait(0.2)

    def kill(self, victim):
        if victim == "broker":
            self.broker.kill()
            self.broker.start()
        else:
            self.kill_one(victim)

    def test_every_accepted_order_is_completed_or_undone_whoever_is_killed(self):
        print(f"\nSKERRY_CRASH_ORDERS={ORDERS} SKERRY_CRASH_ROUNDS={ROUNDS} SKERRY_CRASH_SEED={SEED}", flush=True)
        chance = random.Random(SEED)
        kills = []
        victims = []
        with self.buying():
            while not self.failures and (self.purchases() < ORDERS or len(kills) < ROUNDS * len(VICTIMS)):
                self.wait_for_purchases(chance.randint(1, MAX_PURCHASES_BETWEEN))
                if not victims:
                    victims = chance.sample(VICTIMS, len(VICTIMS))
                kills.append(victims.pop())
                self.kill(kills[-1])
        self.check_orders(LIMIT_SECONDS)
        for location in self.refused:
            order = self.shop.request("GET", location).json
            self.assertEqual(order["status"], "cancelled")
            self.assertIn(order["reason"], buyers.REASONS)
        self.assertEqual(on_events.dead_letter_topics(self.broker.address), [])
        print(f"{self.purchases()} purchases, {len(self.refused)} refused orders, {len(kills)} kills", flush=True)


if __name__ == "__main__":
    running.main()
