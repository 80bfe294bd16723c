# SPDX-License-Identifier: Apache-2.0
"""What a user sees of the running shop: the dashboard's page in a browser. Skipped where there is no Chromium, and
where the page is not built."""

import unittest

import chromium
import running

UNKNOWN_TRACE = "ab" * 16
INSTANCES = {"gateway": 1, "inventory": 2, "logistics": 1, "order": 1, "payment": 1, "points": 1, "user": 1}


class InTheBrowser(running.EndToEnd):
    @classmethod
    def setUpClass(cls):
        program = chromium.program()
        if program is None:
            raise unittest.SkipTest("there is no Chromium: SKERRY_CHROMIUM, or chromium on the path")
        cls.browser = cls.enterClassContext(chromium.Browser(program))
        super().setUpClass()
        cls.dashboard = cls.shop.endpoints["dashboard"]
        if b"page is not built" in cls.shop.request("GET", "/", to="dashboard").body:
            cls.tearDownClass()
            raise unittest.SkipTest("the dashboard's page is not built: npm ci && npm run build in web/")

    def open(self, place):
        return self.browser.open(f"{self.dashboard}/{place}")

    def traced_order(self):
        """The id of an order's trace that has arrived, so that the page need not ask for it twice."""
        made = self.order()
        self.assertEqual(made.status, 201, made.body)
        trace = made.headers["x-trace-id"]
        self.shop.trace(trace, lambda spans: set(INSTANCES) <= {span["service"] for span in spans})
        return trace

    def test_the_services_are_shown_with_their_instances(self):
        page = self.open("")
        ready = {instance for service in INSTANCES for instance in self.shop.instances(service)}
        self.assertEqual(len(ready), sum(INSTANCES.values()))

        def all_ready():
            rows = page.texts("tr.instance")
            return len(rows) == len(ready) and all("ready" in row.split() for row in rows)

        page.wait_for("every instance is ready", all_ready)
        self.assertEqual(set(page.texts(".instance-id")), ready)
        self.assertIn(f"{len(INSTANCES)} services · {len(ready)} instances", page.text(".totals"))
        shown = dict(zip(page.texts(".service-name"), page.texts(".service-row .count")))
        self.assertEqual(shown, {name: "1 instance" if n == 1 else f"{n} instances" for name, n in INSTANCES.items()})
        self.assertEqual(page.problems, [])

    def test_an_order_is_found_and_its_way_is_drawn(self):
        trace = self.traced_order()
        page = self.open("#/services")
        page.click('.to-traces[href*="service=order"]')
        link = f'.traces a[href="#/trace/{trace}"]'
        page.wait_for("the order among the traces", lambda: page.text(link))
        self.assertEqual(page.text(link).split(), ["gateway", "POST", "/api/orders"])
        page.click(link)
        page.wait_for("the waterfall", lambda: page.texts(".span-row"))
        self.assertEqual(page.texts(".span-row .service")[0], "gateway")
        self.assertEqual(set(page.texts(".span-row .service")), set(INSTANCES))
        self.assert_drawn_as_a_waterfall(page)

        page.click(".span-row")
        page.wait_for_text("http.response.status_code", ".grid")
        self.assertEqual(page.problems, [])

    def assert_drawn_as_a_waterfall(self, page):
        """The ways from the gateway to each service are there, and no bar begins before the one that it hangs on."""
        rows = page.evaluate("""[...document.querySelectorAll(".span-row")].map(row => [
            row.querySelector(".service").innerText, Number(row.ariaLevel),
            row.querySelector(".bar").getBoundingClientRect().left])""")
        above, calls = [], set()
        for service, level, left in rows:
            above = above[:level - 1]
            self.assertEqual(len(above), level - 1, rows)
            if above:
                calls.add((above[-1][0], service))
                # Positions are rounded to a fraction of a pixel.
                self.assertGreaterEqual(left + 0.5, above[-1][1], rows)
            above.append((service, left))
        called = set(INSTANCES) - {"gateway", "order"}
        self.assertLessEqual({("gateway", "order")} | {("order", service) for service in called}, calls)

    def test_a_trace_is_opened_by_the_id_that_a_response_names(self):
        trace = self.traced_order()
        page = self.open("#/traces")
        page.click("#trace-id")
        page.insert(f"x-trace-id: {trace}")
        page.click(".lookup button")
        page.wait_for("the waterfall", lambda: page.texts(".span-row"))
        self.assertIn(trace, page.text(".trace-id"))
        self.assertEqual(page.problems, [])

    def test_a_trace_that_is_not_there_is_told_so(self):
        page = self.open(f"#/trace/{UNKNOWN_TRACE}")
        # Spans may be on their way, so it is waited for first.
        page.wait_for_text("Waiting for the spans of this trace")
        page.wait_for_text("There is no such trace")
        self.assertIn(UNKNOWN_TRACE, page.text("main"))
        self.assertIn("x-trace-id", page.text("main"))
        self.assertIn("Search the traces", page.texts("main a"))
        # All that is reported is the dashboard's own 404.
        self.assertEqual([p for p in page.problems if "404" not in p or UNKNOWN_TRACE not in p], [])

    def test_an_address_that_names_nothing_is_told_so(self):
        page = self.open("#/nothing/here")
        page.wait_for_text("#/nothing/here", "main")
        self.assertEqual(page.problems, [])


if __name__ == "__main__":
    running.main()
