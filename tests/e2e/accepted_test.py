# SPDX-License-Identifier: Apache-2.0
"""Points and shipments in the mode "events": answered as soon as they are stored, and done soon after whatever is
killed."""

import os
import signal

import running
from running import wait_until

EVENTS = {"mode": "events"}
# Users of the data files: one who lives where something is sent to, and one who does not.
NEAR = "u1"
FAR = "u576"
REQUESTS = 40


class Accepted(running.EndToEnd):
    def switch(self, service, document):
        """Waits until the service answers in that mode."""
        self.shop.configure(service, document)
        path, body = {"points": ("/api/points", {"amount_cents": 0}), "logistics": ("/api/shipments", {})}[service]
        status = "accepted" if document.get("mode") == "events" else {"points": "granted"}.get(service, "created")
        numbers = iter(range(1_000_000))

        def switched():
            probe = dict(body, order_id=f"probe-{service}-{document.get('mode')}-{next(numbers)}", user_id=NEAR)
            return self.shop.request("POST", path, probe).json["status"] == status

        wait_until(f"{service} is switched to {document}", switched)

    def state(self, location, final):
        """What is shown at the location as soon as it has such a status."""

        def look():
            answer = self.shop.request("GET", location)
            return answer.json if answer.status == 200 and answer.json["status"] in final else None

        return wait_until(f"{location} is {final}", look)

    def test_points_are_accepted_at_once_and_granted_soon_after(self):
        self.switch("points", dict(EVENTS, processing_time_ms=100))
        body = {"order_id": "p1", "user_id": "u7", "amount_cents": 1250}
        accepted = {"order_id": "p1", "user_id": "u7", "points": 12, "status": "accepted"}
        for _ in range(2):
            answer = self.shop.request("POST", "/api/points", body)
            self.assertEqual((answer.status, answer.json), (201, accepted))
        granted = self.state(answer.headers["location"], ("granted",))
        self.assertEqual(granted, dict(accepted, status="granted"))
        self.assertEqual(self.shop.request("GET", "/api/points/u7").json["points"], 12)
        self.assertEqual(self.shop.request("POST", "/api/points", body).json, accepted)
        self.assert_error(self.shop.request("POST", "/api/points", dict(body, user_id="u8")), 409, "ALREADY_EXISTS")
        wrong = dict(body, order_id="p2", amount_cents=-1)
        self.assert_error(self.shop.request("POST", "/api/points", wrong), 400, "INVALID_ARGUMENT")
        self.assert_error(self.shop.request("GET", "/api/points/orders/p2"), 404, "NOT_FOUND")
        self.switch("points", {"mode": "sync"})

    def test_a_shipment_is_accepted_and_then_created_or_refused_with_its_reason(self):
        self.switch("logistics", EVENTS)
        near = self.shop.request("POST", "/api/shipments", {"order_id": "s1", "user_id": NEAR})
        self.assertEqual((near.status, near.json["status"]), (201, "accepted"))
        self.assertIn("city", self.state(near.headers["location"], ("created",))["address"])
        far = self.shop.request("POST", "/api/shipments", {"order_id": "s2", "user_id": FAR})
        self.assertEqual((far.status, far.json["status"]), (201, "accepted"))
        refused = self.state(far.headers["location"], ("refused",))
        self.assertEqual(refused["reason"], "ADDRESS_NOT_SERVED")
        self.assertIn("nothing is sent to", refused["message"])
        other = self.shop.request("POST", "/api/shipments", {"order_id": "s1", "user_id": "u2"})
        self.assert_error(other, 409, "ALREADY_EXISTS")

    def test_what_was_accepted_is_done_although_the_service_is_killed(self):
        self.switch("logistics", dict(EVENTS, processing_time_ms=200))
        locations = []
        for number in range(REQUESTS):
            answer = self.shop.request("POST", "/api/shipments", {"order_id": f"k{number}", "user_id": NEAR})
            self.assertEqual(answer.status, 201, answer.body)
            locations.append(answer.headers["location"])
        for pid in self.shop.pids("logistics").values():
            os.kill(pid, signal.SIGKILL)
        for location in locations:
            self.assertIn("address", self.state(location, ("created",)))


if __name__ == "__main__":
    running.main()
