# SPDX-License-Identifier: Apache-2.0
"""The callers of the shop's benchmark: requests at a steady pace, whose latencies count, and as many orders as the shop
completes."""

import concurrent.futures
import contextlib
import http.client
import itertools
import json
import os
import sqlite3
import threading
import time
import urllib.parse

LIMIT_SECONDS = 60
BETWEEN_LOOKS_SECONDS = 0.005
BETWEEN_COUNTS_SECONDS = 0.05
# Of the data files: who can buy, and of which products there is enough for all orders of a run.
USERS = 500
USERS_FILE = "examples/shop/data/users.jsonl"
PRODUCTS_FILE = "examples/shop/data/products.jsonl"
ENOUGH = 200


def let_pass(seconds):
    threading.Event().wait(max(0, seconds))


class Caller:
    """One caller with a connection of its own."""

    def __init__(self, gateway):
        url = urllib.parse.urlsplit(gateway)
        self.connection = http.client.HTTPConnection(url.hostname, url.port, timeout=LIMIT_SECONDS)

    def ask(self, method, path, body=None, expected=200):
        text = None if body is None else json.dumps(body).encode()
        headers = {} if body is None else {"content-type": "application/json"}
        self.connection.request(method, path, body=text, headers=headers)
        response = self.connection.getresponse()
        answer = response.read()
        if response.status != expected:
            raise RuntimeError(f"{method} {path}: {response.status} {answer.decode(errors='replace')}")
        return json.loads(answer)


class Operation:
    """What is asked of the shop, each time for another order."""

    def __init__(self, name, path, body, state, done):
        self.name = name
        self.path = path
        self.body = body
        self.state = state
        self.done = done
        self.numbers = itertools.count(1)

    def call(self, caller):
        """Gives the id of the order."""
        return caller.ask("POST", self.path, self.body(next(self.numbers)), expected=201)["order_id"]

    def wait_until_done(self, caller, order_id):
        deadline = time.monotonic() + LIMIT_SECONDS
        while (status := caller.ask("GET", self.state + order_id)["status"]) != self.done:
            if status != "accepted" or time.monotonic() > deadline:
                raise RuntimeError(f"{self.name}: {order_id} is {status}")
            let_pass(BETWEEN_LOOKS_SECONDS)


def lines_of(path):
    with open(path, encoding="utf-8") as file:
        return sum(1 for _ in file)


def plentiful_products():
    with open(PRODUCTS_FILE, encoding="utf-8") as file:
        return [product["sku"] for product in map(json.loads, file) if product["stock"] >= ENOUGH]


PRODUCTS = plentiful_products()


def order_body(number):
    return {"user_id": f"u{number % USERS + 1}",
            "items": [{"sku": PRODUCTS[number % len(PRODUCTS)], "quantity": 1}]}


def order_rows(data, query):
    path = os.path.join(data, "services", "order", "order.db")
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=LIMIT_SECONDS)) as database:
        return database.execute(query).fetchall()


def wait_until_known(data):
    """By events the order service has copies of the users and products, which are filled soon after the first start."""
    wanted = [(lines_of(USERS_FILE), lines_of(PRODUCTS_FILE))]
    query = "select (select count(*) from known_users), (select count(*) from known_products)"
    deadline = time.monotonic() + LIMIT_SECONDS
    while order_rows(data, query) != wanted:
        if time.monotonic() > deadline:
            raise RuntimeError("the order service does not know all users and products")
        let_pass(BETWEEN_COUNTS_SECONDS)


def operations():
    return [
        Operation("POST /api/orders", "/api/orders", order_body, "/api/orders/", "completed"),
        Operation("POST /api/points", "/api/points",
                  lambda number: {"order_id": f"points-{number}", "user_id": f"u{number % USERS + 1}",
                                  "amount_cents": 1250}, "/api/points/orders/", "granted"),
        Operation("POST /api/shipments", "/api/shipments",
                  lambda number: {"order_id": f"shipment-{number}", "user_id": f"u{number % USERS + 1}"},
                  "/api/shipments/", "created"),
    ]


def in_threads(count, work):
    """Runs work() in so many threads; a failure is the caller's."""
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        for thread in [pool.submit(work) for _ in range(count)]:
            thread.result()


def paced_latencies(gateway, operation, requests, per_second, callers):
    """The latencies in ms of requests at a steady pace, each counted from the moment when it was due."""
    numbers = itertools.count()
    latencies = []
    begun = time.monotonic() + 0.1

    def work():
        caller = Caller(gateway)
        while (number := next(numbers)) < requests:
            due = begun + number / per_second
            let_pass(due - time.monotonic())
            operation.call(caller)
            latencies.append(1000 * (time.monotonic() - due))

    in_threads(callers, work)
    return latencies


def completion_times(gateway, operation, requests):
    """The times in ms from the request until it is done, one request after the other."""
    caller = Caller(gateway)
    times = []
    for _ in range(requests):
        begun = time.monotonic()
        operation.wait_until_done(caller, operation.call(caller))
        times.append(1000 * (time.monotonic() - begun))
    return times


def completed_orders(data):
    """How many orders are completed. Fails where one was cancelled."""
    states = dict(order_rows(data, "select state, count(*) from orders group by state"))
    if states.get("cancelled"):
        raise RuntimeError(f"{states['cancelled']} orders were cancelled")
    return states.get("completed", 0)


class Backlog:
    """Lets only so many orders be on their way, so that what is accepted cannot outrun what is completed."""

    def __init__(self, data, most):
        self.data = data
        self.most = most
        self.accepted = 0
        self.completed = completed_orders(data)
        self.before = self.completed
        self.changed = threading.Condition()

    def enter(self, until):
        """False when there was no room before that time."""
        with self.changed:
            if not self.changed.wait_for(lambda: self.accepted - (self.completed - self.before) < self.most,
                                         until - time.monotonic()):
                return False
            self.accepted += 1
            return True

    def look(self):
        completed = completed_orders(self.data)
        with self.changed:
            self.completed = completed
            self.changed.notify_all()
        return completed


def sustained_orders(session, operation, seconds, warm_up, callers, most_on_their_way):
    """Orders completed per second, while so many at the most are on their way."""
    gateway = session.endpoints()["gateway"]
    backlog = Backlog(session.data, most_on_their_way)
    begun = time.monotonic()
    until = begun + warm_up + seconds

    def work():
        caller = Caller(gateway)
        while time.monotonic() < until and backlog.enter(until):
            operation.call(caller)

    marks = []
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        load = pool.submit(in_threads, callers, work)
        while (now := time.monotonic()) < until:
            completed = backlog.look()
            if now >= begun + warm_up:
                marks.append((now, completed))
            let_pass(BETWEEN_COUNTS_SECONDS)
        load.result()
    deadline = time.monotonic() + LIMIT_SECONDS
    while backlog.look() - backlog.before < backlog.accepted:
        if time.monotonic() > deadline:
            raise RuntimeError("accepted orders were not completed")
        let_pass(BETWEEN_COUNTS_SECONDS)
    (first_time, first), (last_time, last) = marks[0], marks[-1]
    return (last - first) / (last_time - first_time)
