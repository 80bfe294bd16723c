# SPDX-License-Identifier: Apache-2.0
"""Orders on events: accepted at once, completed or undone soon after, and what is seen of it."""

import tempfile

import books
import on_events
import running
from running import wait_until

# Users of the data files: one who can buy, one whose balance covers nothing, one whose country is not served.
BUYER = "u3"
POOR = "u551"
FAR = "u576"
SKU = "SKU-0007"
# Who has a part in an order, beside the gateway.
SERVICES = {"order", "inventory", "payment", "points", "logistics"}
FLOW = {"OrderAccepted", "ReserveStock", "StockReserved", "ChargePayment", "PaymentCharged", "GrantPoints",
        "PointsGranted", "ShipOrder", "OrderShipped", "OrderCompleted"}


class Events(on_events.OnEvents):
    def state(self, user):
        return {"stock": self.stock(SKU),
                "balance": self.shop.request("GET", f"/api/accounts/{user}").json["balance_cents"],
                "points": self.shop.request("GET", f"/api/points/{user}").json["points"]}

    def test_an_accepted_order_is_completed_and_cancelling_undoes_all_of_it(self):
        before = self.state(BUYER)
        location = self.accept(BUYER, [(SKU, 2)])
        order = self.end_of(location, "completed")
        total = order["total_cents"]
        self.assertEqual(self.state(BUYER), {"stock": before["stock"] - 2, "balance": before["balance"] - total,
                                             "points": before["points"] + total // books.CENTS_PER_POINT})
        order_id = order["order_id"]
        self.assertEqual(self.shop.request("GET", f"/api/payments/{order_id}").json["status"], "charged")
        self.assertEqual(self.shop.request("GET", f"/api/shipments/{order_id}").json["status"], "created")

        for _ in range(2):
            cancelled = self.shop.request("POST", location + "/cancel")
            self.assertEqual(cancelled.status, 200, cancelled.body)
            self.assertIn(cancelled.json["status"], ("cancelling", "cancelled"))
        self.assertEqual(self.end_of(location, "cancelled")["reason"], "cancelled on request")
        self.assertEqual(self.state(BUYER), before)
        self.assertEqual(self.shop.request("GET", f"/api/payments/{order_id}").json["status"], "refunded")
        self.assertEqual(self.shop.request("GET", f"/api/shipments/{order_id}").json["status"], "cancelled")
        books.wait_until_they_add_up(self.shop.data)

    def test_each_refusal_cancels_the_order_with_its_reason_and_leaves_nothing(self):
        for user, quantity, reason in ((BUYER, 100_000, "OUT_OF_STOCK"), (POOR, 1, "PAYMENT_DECLINED"),
                                       (FAR, 1, "ADDRESS_NOT_SERVED")):
            before = self.state(user)
            order = self.end_of(self.accept(user, [(SKU, quantity)]), "cancelled")
            self.assertEqual(order["reason"], reason)
            self.assertEqual(self.state(user), before)
        books.wait_until_they_add_up(self.shop.data)

    def test_an_order_is_checked_by_the_service_s_own_copies(self):
        self.assert_error(self.order("u99999"), 404, "NOT_FOUND")
        self.assert_error(self.order(items=[("pear", 1)]), 404, "NOT_FOUND")
        self.assert_error(self.order(items=[(SKU, 0)]), 400, "INVALID_ARGUMENT")
        self.assert_error(self.order(items=[]), 400, "INVALID_ARGUMENT")
        self.assert_error(self.shop.request("POST", "/api/orders", "{"), 400, "INVALID_ARGUMENT")

    def test_a_repeated_request_is_the_same_order(self):
        headers = {"idempotency-key": "one of a kind"}
        first = self.accept(BUYER, headers=headers)
        again = self.order(BUYER, headers=headers)
        self.assertEqual((again.status, again.headers["location"]), (201, first), again.body)
        self.assert_error(self.order(POOR, headers=headers), 409, "ALREADY_EXISTS")
        self.end_of(first, "completed")

    def test_a_changed_price_is_what_the_next_orders_cost(self):
        sku = "SKU-0200"
        price = self.shop.request("GET", f"/api/inventory/{sku}").json["price_cents"]
        changed = self.shop.request("PUT", f"/api/products/{sku}", {"price_cents": price + 111})
        self.assertEqual((changed.status, changed.json["price_cents"]), (200, price + 111), changed.body)

        def costs():
            made = self.order(BUYER, [(sku, 1)])
            return self.end_of(made.headers["location"], "completed")["total_cents"]

        wait_until("an order costs the new price", lambda: costs() == price + 111)
        books.wait_until_they_add_up(self.shop.data)
        self.assert_error(self.shop.request("PUT", "/api/products/pear", {"price_cents": 1}), 404, "NOT_FOUND")
        self.assert_error(self.shop.request("PUT", f"/api/products/{sku}", {}), 400, "INVALID_ARGUMENT")

    def test_a_user_is_changed(self):
        body = {"name": "Ada Lovelace", "age": 36}
        changed = self.shop.request("PUT", "/api/users/u500", body)
        self.assertEqual((changed.status, changed.json), (200, {"user_id": "u500", **body}), changed.body)
        self.assertEqual(self.shop.request("GET", "/api/users/u500").json, changed.json)
        self.assert_error(self.shop.request("PUT", "/api/users/nobody", body), 404, "NOT_FOUND")
        self.assert_error(self.shop.request("PUT", "/api/users/u500", dict(body, age="old")), 400, "INVALID_ARGUMENT")

    def test_one_trace_shows_the_whole_flow_and_the_lineage_its_events(self):
        made = self.order("u2")
        self.end_of(made.headers["location"], "completed")
        trace = made.headers["x-trace-id"]
        wanted = SERVICES | {"gateway"}
        spans = self.shop.trace(trace, lambda found: wanted <= {span["service"] for span in found})
        roots = [span for span in spans if not span["references"]]
        self.assertEqual([span["service"] for span in roots], ["gateway"], spans)

        def lineage():
            answer = self.shop.request("GET", f"/api/lineage/{trace}", to="dashboard")
            if answer.status != 200:
                return None
            drawn = answer.json["data"]
            kinds = {event["id"]: event["type"].rsplit(".", 1)[1] for event in drawn["events"]}
            handled = [event for event in drawn["events"] if event["handled"]]
            # Everything but what is told to everybody has one who handles it.
            return (drawn, kinds) if set(kinds.values()) >= FLOW and len(handled) >= len(FLOW) - 2 else None

        drawn, kinds = wait_until("the lineage is whole", lineage)
        caused = {(kinds[edge["from"]], kinds[edge["to"]]) for edge in drawn["edges"]}
        for cause, effect in (("ReserveStock", "StockReserved"), ("StockReserved", "ChargePayment"),
                              ("ChargePayment", "PaymentCharged"), ("PaymentCharged", "GrantPoints"),
                              ("PaymentCharged", "ShipOrder"), ("ShipOrder", "OrderShipped")):
            self.assertIn((cause, effect), caused)


class Switch(on_events.OnEvents):
    """Between the modes, while orders go on."""

    def switch(self, mode):
        self.shop.configure("order", {"mode": mode})
        at_once = {"sync": "completed", "events": "accepted"}[mode]
        wait_until(f"orders are {at_once}", lambda: self.order(BUYER).json["status"] == at_once)

    def test_orders_go_on_in_the_mode_that_they_were_made_in(self):
        pids = self.shop.pids("order")
        on_events_ = self.accept(BUYER, [(SKU, 1)])
        self.switch("sync")
        by_calls = self.order(BUYER, [(SKU, 1)])
        self.assertEqual((by_calls.status, by_calls.json["status"]), (201, "completed"), by_calls.body)
        self.assert_error(self.order(POOR), 409, "FAILED_PRECONDITION")
        self.end_of(on_events_, "completed")
        self.switch("events")
        for location in (on_events_, by_calls.headers["location"]):
            answer = self.shop.request("POST", location + "/cancel")
            self.assertEqual(answer.status, 200, answer.body)
            self.end_of(location, "cancelled")
        self.assertEqual(self.shop.pids("order"), pids)
        books.wait_until_they_add_up(self.shop.data)


class WithoutBroker(on_events.WithShop):
    OPTIONS = ("--kafka", "none")

    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="skerry-e2e-"))
        cls.PROJECT = on_events.project(cls.folder)
        super().setUpClass()

    def test_orders_on_events_are_refused_with_what_to_set(self):
        refused = self.order(BUYER)
        self.assert_error(refused, 503, "UNAVAILABLE")
        self.assertIn("--kafka", refused.error["message"])


if __name__ == "__main__":
    running.main()
