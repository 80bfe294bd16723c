# SPDX-License-Identifier: Apache-2.0
"""Services are killed in the midst of orders, again and again; every purchase is made exactly once all the same, and
money, stock, points and shipments add up to the cent and the piece."""

import buyers
import running

# Who is killed, one after the other, and how many purchases are waited for before each and after the last.
VICTIMS = ("order", "payment", "inventory", "points", "order", "logistics", "user", "payment", "order", "points",
           "logistics", "inventory", "order")
PURCHASES_BETWEEN = 8


class Crash(buyers.Buyers):
    PLACED = "completed"

    def be_refused(self, user, sku):
        while not self.done.is_set():
            answer = self.answered(f"an order of {user}", lambda: self.order(user, [(sku, 1)]), 409)
            self.assertIn(answer.error["details"]["reason"], buyers.REASONS)

    def test_every_purchase_is_made_exactly_once_whoever_is_killed(self):
        with self.buying():
            for victim in VICTIMS:
                self.wait_for_purchases(PURCHASES_BETWEEN)
                self.kill_one(victim)
            self.wait_for_purchases(PURCHASES_BETWEEN)
        self.check_orders()


if __name__ == "__main__":
    running.main()
