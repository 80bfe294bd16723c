# SPDX-License-Identifier: Apache-2.0
"""An order through all six services, what each refusal leaves (nothing), and what can be asked of them one by one."""

import time

import books
import running

# Users of the data files: one who can buy, one whose balance covers nothing, one whose country is not served.
BUYER = "u3"
POOR = "u551"
FAR = "u576"
SKU = "SKU-0007"


class Flow(running.EndToEnd):
    def balance(self, user):
        return self.shop.request("GET", f"/api/accounts/{user}").json["balance_cents"]

    def points(self, user):
        return self.shop.request("GET", f"/api/points/{user}").json["points"]

    def state(self, user):
        return {"stock": self.stock(SKU), "balance": self.balance(user), "points": self.points(user)}

    def test_an_order_is_paid_earns_points_and_is_shipped_and_cancelling_undoes_all_of_it(self):
        before = self.state(BUYER)
        made = self.order(user=BUYER, items=[(SKU, 2)])
        self.assertEqual(made.status, 201, made.body)
        order_id, total = made.json["order_id"], made.json["total_cents"]
        self.assertEqual(made.json["status"], "completed")
        self.assertEqual(self.state(BUYER), {"stock": before["stock"] - 2, "balance": before["balance"] - total,
                                             "points": before["points"] + total // books.CENTS_PER_POINT})
        payment = self.shop.request("GET", f"/api/payments/{order_id}").json
        self.assertEqual((payment["amount_cents"], payment["status"]), (total, "charged"))
        shipment = self.shop.request("GET", f"/api/shipments/{order_id}").json
        self.assertEqual((shipment["user_id"], shipment["status"]), (BUYER, "created"))

        cancelled = self.shop.request("POST", made.headers["location"] + "/cancel")
        self.assertEqual((cancelled.status, cancelled.json["status"]), (200, "cancelled"), cancelled.body)
        self.assertEqual(cancelled.json["reason"], "cancelled on request")
        self.assertEqual(self.state(BUYER), before)
        self.assertEqual(self.shop.request("GET", f"/api/payments/{order_id}").json["status"], "refunded")
        self.assertEqual(self.shop.request("GET", f"/api/shipments/{order_id}").json["status"], "cancelled")

    def assert_refused(self, user, quantity, reason):
        before = self.state(user)
        answer = self.order(user=user, items=[(SKU, quantity)])
        self.assert_error(answer, 409, "FAILED_PRECONDITION")
        self.assertEqual(answer.error["details"], {"reason": reason})
        self.assertEqual(self.state(user), before)
        return answer.error["message"]

    def test_each_refusal_has_its_reason_and_leaves_nothing(self):
        messages = {self.assert_refused(BUYER, 100_000, "OUT_OF_STOCK"),
                    self.assert_refused(POOR, 1, "PAYMENT_DECLINED"),
                    self.assert_refused(FAR, 1, "ADDRESS_NOT_SERVED")}
        self.assertEqual(len(messages), 3)
        self.assertEqual(books.problems(self.shop.data), [])


class OneByOne(running.EndToEnd):
    """What is done here has no order, so its books are not to add up."""

    def test_points_are_granted_once_for_an_order(self):
        body = {"order_id": "by-hand", "user_id": "u1", "amount_cents": 1250}
        for _ in range(2):
            answer = self.shop.request("POST", "/api/points", body)
            self.assertEqual(answer.status, 201, answer.body)
            self.assertEqual(answer.json, {"order_id": "by-hand", "user_id": "u1", "points": 12, "status": "granted"})
        self.assertEqual(self.shop.request("GET", "/api/points/u1").json, {"user_id": "u1", "points": 12})
        for change, status, code in (({"user_id": "u2"}, 409, "ALREADY_EXISTS"),
                                     ({"amount_cents": -1}, 400, "INVALID_ARGUMENT")):
            self.assert_error(self.shop.request("POST", "/api/points", dict(body, **change)), status, code)

    def test_a_shipment_is_made_once_for_an_order(self):
        body = {"order_id": "by-hand", "user_id": "u1"}
        made = self.shop.request("POST", "/api/shipments", body)
        self.assertEqual(made.status, 201, made.body)
        self.assertEqual(made.json["status"], "created")
        shown = self.shop.request("GET", made.headers["location"])
        self.assertEqual(shown.json, made.json)
        self.assertEqual(self.shop.request("POST", "/api/shipments", body).json, made.json)
        far = self.shop.request("POST", "/api/shipments", {"order_id": "too-far", "user_id": FAR})
        self.assert_error(far, 409, "FAILED_PRECONDITION")
        self.assertEqual(far.error["details"], {"reason": "ADDRESS_NOT_SERVED"})
        self.assert_error(self.shop.request("GET", "/api/shipments/too-far"), 404, "NOT_FOUND")
        self.assert_error(self.shop.request("POST", "/api/shipments", {}), 400, "INVALID_ARGUMENT")


class ProcessingTimes(running.EndToEnd):
    """Every service that is called works for a while on what it is asked for."""

    MILLISECONDS = 50
    ENVIRONMENT = {"SKERRY_CONFIG_PROCESSING_TIME_MS": str(MILLISECONDS)}

    def took(self, method, path, body):
        begun = time.monotonic()
        answer = self.shop.request(method, path, body)
        self.assertEqual(answer.status, 201, answer.body)
        return 1000 * (time.monotonic() - begun)

    def test_an_order_takes_the_time_of_all_its_steps_and_an_operation_that_of_its_service(self):
        order = {"user_id": "u1", "items": [{"sku": SKU, "quantity": 1}]}
        # The user, the stock, the payment, then points and shipment side by side.
        self.assertGreaterEqual(self.took("POST", "/api/orders", order), 4 * self.MILLISECONDS)
        points = {"order_id": "slow", "user_id": "u1", "amount_cents": 100}
        self.assertGreaterEqual(self.took("POST", "/api/points", points), self.MILLISECONDS)
        shipment = {"order_id": "slow", "user_id": "u1"}
        self.assertGreaterEqual(self.took("POST", "/api/shipments", shipment), self.MILLISECONDS)


if __name__ == "__main__":
    running.main()
