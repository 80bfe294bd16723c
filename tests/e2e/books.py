# SPDX-License-Identifier: Apache-2.0
"""Whether the shop's books add up: the completed orders against the stock, the money, the points and the shipments, to
the piece and to the cent, in the databases of the services themselves.

    books.wait_until_they_add_up(shop.data)
"""

import collections
import contextlib
import json
import pathlib
import sqlite3

import running

DATA = running.ROOT / "examples/shop/data"
CENTS_PER_POINT = 100


def rows(data, service, query):
    path = pathlib.Path(data) / "services" / service / f"{service}.db"
    opened = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=running.LIMIT_SECONDS)
    with contextlib.closing(opened) as database:
        return database.execute(query).fetchall()


def seed(file, key, value):
    return {line[key]: line[value] for line in map(json.loads, (DATA / file).read_text().splitlines())}


def differences(what, expected, found):
    """The entries in which two books differ; one that is missing counts as 0."""
    keys = sorted(key for key in expected.keys() | found.keys() if expected.get(key, 0) != found.get(key, 0))
    return [f"{what} {key}: expected {expected.get(key, 0)}, found {found.get(key, 0)}" for key in keys]


def completed(data):
    """The completed orders: (user, total in cents) by id."""
    return {order: (user, cents) for order, user, cents in
            rows(data, "order", "select order_id, user_id, total_cents from orders where state = 'completed'")}


def problems(data):
    """What does not add up, as lines; empty when all does. Orders that are still on their way are such a line."""
    found = [f"order {order} is {state}" for order, state in
             rows(data, "order", "select order_id, state from orders where state not in ('completed', 'cancelled')")]
    orders = completed(data)
    return found + stock_problems(data, orders) + money_problems(data, orders) + other_problems(data, orders)


def wait_until_they_add_up(data, limit=30):
    """What is half-way has to be undone within 30 s, as has stock that was held for an order that was never stored."""
    try:
        running.wait_until("the books add up", lambda: not problems(data), limit=limit)
    except AssertionError as failure:
        raise AssertionError("\n".join([str(failure), *problems(data)])) from None


def stock_problems(data, orders):
    expected = collections.Counter(seed("products.jsonl", "sku", "stock"))
    for order, sku, quantity in rows(data, "order", "select order_id, sku, quantity from order_items"):
        if order in orders:
            expected[sku] -= quantity
    found = dict(rows(data, "inventory", "select sku, stock from products"))
    kept = dict(rows(data, "inventory", "select order_id, 1 from reservations where state <> 'released'"))
    return differences("stock of", expected, found) + differences("reservation of", dict.fromkeys(orders, 1), kept)


def money_problems(data, orders):
    expected = collections.Counter(seed("accounts.jsonl", "user_id", "balance_cents"))
    for user, cents in orders.values():
        expected[user] -= cents
    found = dict(rows(data, "payment", "select user_id, balance_cents from accounts"))
    paid = dict(rows(data, "payment", "select order_id, amount_cents from payments where refunded = 0"))
    return (differences("balance of", expected, found)
            + differences("payment of", {order: cents for order, (_, cents) in orders.items()}, paid))


def other_problems(data, orders):
    earned = {order: cents // CENTS_PER_POINT for order, (_, cents) in orders.items()}
    points = collections.Counter()
    for order, (user, _) in orders.items():
        points[user] += earned[order]
    found = dict(rows(data, "points", "select user_id, points from balances"))
    granted = dict(rows(data, "points", "select order_id, points from grants where revoked = 0"))
    shipped = dict(rows(data, "logistics", "select order_id, user_id from shipments where cancelled = 0"))
    return (differences("points of", points, found)
            + differences("grant of", earned, granted)
            + differences("shipment of", {order: user for order, (user, _) in orders.items()}, shipped))
