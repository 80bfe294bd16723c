# SPDX-License-Identifier: Apache-2.0
"""What wrong input gets: one form of error, with the status that says what is wrong and the trace to look at."""

import concurrent.futures

import running


class Errors(running.EndToEnd):
    def test_what_is_not_there(self):
        self.assert_error(self.shop.request("GET", "/api/users/u999999"), 404, "NOT_FOUND")
        self.assert_error(self.shop.request("GET", "/api/orders/none"), 404, "NOT_FOUND")
        self.assert_error(self.shop.request("GET", "/api/inventory/none"), 404, "NOT_FOUND")
        self.assert_error(self.order(user="u999999"), 404, "NOT_FOUND")
        self.assert_error(self.order(items=[("none", 1)]), 404, "NOT_FOUND")
        self.assert_error(self.shop.request("GET", "/nothing/here"), 404, "NOT_FOUND")

    def test_a_wrong_method_is_told_the_right_ones(self):
        answer = self.shop.request("DELETE", "/api/users/u1")
        self.assertEqual(answer.status, 405, answer.body)
        self.assertIn("GET", answer.headers["allow"])
        self.assertEqual(answer.error["trace_id"], answer.headers["x-trace-id"])

    def test_wrong_json_names_the_field(self):
        def post(body):
            return self.shop.request("POST", "/api/orders", body, {"content-type": "application/json"})

        self.assert_error(post("{"), 400, "INVALID_ARGUMENT")
        for body, field in (({"items": [{"sku": "SKU-0001", "quantity": 1}]}, "user_id"),
                            ({"user_id": "u1"}, "items"),
                            ({"user_id": "u1", "items": []}, "items"),
                            ({"user_id": 7, "items": [{"sku": "SKU-0001", "quantity": 1}]}, "user_id"),
                            ({"user_id": "u1", "items": [{"sku": "SKU-0001", "quantity": 0}]}, "items[0].quantity"),
                            ({"user_id": "u1", "items": [{"sku": "SKU-0001", "quantity": "x"}]}, "items[0].quantity")):
            answer = post(body)
            self.assert_error(answer, 400, "INVALID_ARGUMENT")
            self.assertIn(field, answer.error["message"])

    def test_a_body_over_the_limit_is_413(self):
        # HTTP says so before the body is there (Expect), so the whole of it need not be sent.
        too_much = b" " * (2 * 1024 * 1024)
        answer = self.shop.request("POST", "/api/orders", too_much, {"content-type": "application/json"})
        self.assertEqual(answer.status, 413, answer.body)
        self.assertEqual(answer.error["trace_id"], answer.headers["x-trace-id"])

    def test_a_hundred_orders_for_the_last_ten_sell_ten(self):
        sku = "SKU-0042"
        stock = self.stock(sku)
        if stock > 10:
            self.assertEqual(self.order(items=[(sku, stock - 10)]).status, 201)
        self.assertEqual(self.stock(sku), 10)
        with concurrent.futures.ThreadPoolExecutor(100) as many:
            answers = list(many.map(lambda _: self.order(items=[(sku, 1)]), range(100)))
        statuses = sorted(answer.status for answer in answers)
        self.assertEqual(statuses, [201] * 10 + [409] * 90)
        self.assertEqual(self.stock(sku), 0)
        self.assertEqual(len({a.json["order_id"] for a in answers if a.status == 201}), 10)

    def test_an_idempotency_key_makes_one_order(self):
        sku = "SKU-0050"
        before = self.stock(sku)
        key = {"idempotency-key": "once-and-only-once"}
        with concurrent.futures.ThreadPoolExecutor(20) as many:
            answers = list(many.map(lambda _: self.order(items=[(sku, 1)], headers=key), range(20)))
        self.assertEqual({answer.status for answer in answers} - {200, 201}, set(), [a.body for a in answers])
        self.assertEqual(len({answer.json["order_id"] for answer in answers}), 1)
        self.assertEqual(self.stock(sku), before - 1)
        other = self.order(items=[(sku, 2)], headers=key)
        self.assertIn(other.status, (409, 422), other.body)


if __name__ == "__main__":
    running.main()
