# SPDX-License-Identifier: Apache-2.0
"""The path of one order: through the gateway to the shop's services and back, and what is seen of it."""

import http.client
import json
import urllib.parse

import running


INSTANCES = {"gateway": 1, "inventory": 2, "logistics": 1, "order": 1, "payment": 1, "points": 1, "user": 1}


class Path(running.EndToEnd):
    def all_ready(self, service):
        return all(i.get("health") == "ready" for i in self.shop.instances(service).values())

    def test_an_order_is_made_shown_and_cancelled(self):
        before = self.stock("SKU-0007")
        made = self.order(items=[("SKU-0007", 2)])
        self.assertEqual(made.status, 201, made.body)
        order = made.json
        self.assertEqual(made.headers["location"], f"/api/orders/{order['order_id']}")
        self.assertEqual(order["items"][0]["sku"], "SKU-0007")
        self.assertEqual(order["items"][0]["quantity"], 2)
        price = self.shop.request("GET", "/api/inventory/SKU-0007").json["price_cents"]
        self.assertEqual(order["total_cents"], 2 * price)
        self.assertEqual(self.stock("SKU-0007"), before - 2)

        shown = self.shop.request("GET", made.headers["location"])
        self.assertEqual(shown.status, 200)
        self.assertEqual(shown.json["order_id"], order["order_id"])
        self.assertEqual(shown.json["total_cents"], order["total_cents"])

        cancelled = self.shop.request("POST", made.headers["location"] + "/cancel")
        self.assertEqual(cancelled.status, 200, cancelled.body)
        self.assertEqual(cancelled.json["status"], "cancelled")
        self.assertEqual(self.stock("SKU-0007"), before)
        again = self.shop.request("POST", made.headers["location"] + "/cancel")
        self.assertEqual(again.status, 200, again.body)
        self.assertEqual(self.stock("SKU-0007"), before)

    def test_what_is_stored_is_answered(self):
        user = self.shop.request("GET", "/api/users/u1").json
        first = json.loads((running.ROOT / "examples/shop/data/users.jsonl").read_text().splitlines()[0])
        self.assertEqual(user, first)
        page = self.shop.request("GET", "/api/products?limit=20").json
        self.assertEqual(len(page["products"]), 20)
        self.assertEqual(set(page["products"][0]), {"sku", "name", "price_cents", "stock"})
        following = self.shop.request("GET", f"/api/products?limit=20&after={page['next']}").json
        self.assertGreater(following["products"][0]["sku"], page["products"][-1]["sku"])

    def test_the_trace_shows_the_way_of_the_order(self):
        made = self.order(user="u2")
        self.assertEqual(made.status, 201, made.body)
        services = set(INSTANCES)
        spans = self.shop.trace(made.headers["x-trace-id"], lambda found: services <= {s["service"] for s in found})
        ids = {span["spanID"] for span in spans}
        roots = [span for span in spans if not span["references"]]
        self.assertEqual(len(roots), 1, spans)
        self.assertEqual(roots[0]["service"], "gateway")
        for span in spans:
            for reference in span["references"]:
                self.assertIn(reference["spanID"], ids, "every span hangs on another of the trace")

    def test_a_caller_s_trace_goes_on(self):
        trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        answer = self.shop.request("GET", "/api/users/u1", headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
        self.assertEqual(answer.headers["x-trace-id"], trace)
        spans = self.shop.trace(trace, lambda found: {"gateway", "user"} <= {s["service"] for s in found})
        self.assertGreaterEqual(len(spans), 2)

    def test_the_registry_shows_every_service_with_its_instances(self):
        for service, count in INSTANCES.items():
            self.assertEqual(len(self.shop.instances(service)), count)
            running.wait_until(f"all of {service} are ready", lambda: self.all_ready(service))
        self.assertEqual(len(self.shop.pids("inventory")), 2)

    def test_every_process_answers_for_itself(self):
        for service in INSTANCES:
            for instance in self.shop.instances(service).values():
                admin = "http://" + instance["admin_address"]
                self.assertEqual(running.request(admin, "GET", "/health").status, 200)
                self.assertEqual(running.request(admin, "GET", "/ready").status, 200)
                metrics = running.request(admin, "GET", "/metrics").body.decode()
                for name in ("process_resident_memory_bytes", "skerry_runtime_tasks", "http_server_request_duration"):
                    self.assertIn(name, metrics)
                self.assertIn("tasks", running.request(admin, "GET", "/debug/tasks").json)
                if service != "gateway":
                    own = running.request("http://" + instance["address"], "GET", "/ready")
                    self.assertEqual(own.status, 200)

    def test_the_gateway_keeps_what_services_tell_operators(self):
        for path in ("/metrics", "/health", "/ready", "/debug/tasks", "/api/orders/../../metrics"):
            self.assertIn(self.shop.request("GET", path).status, (400, 404), path)

    def test_a_connection_serves_many_requests(self):
        url = urllib.parse.urlsplit(self.shop.endpoints["gateway"])
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=running.LIMIT_SECONDS)
        for _ in range(20):
            connection.request("GET", "/api/users/u3")
            response = connection.getresponse()
            self.assertEqual(response.status, 200)
            response.read()
        connection.close()


if __name__ == "__main__":
    running.main()
