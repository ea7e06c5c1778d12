"""How long a shopper waits for ``checkoutLinesAdd`` in real Saleor, with the plugin on against off.

Run as ``python -m benchmarks.checkout_latency``. One Saleor under uvicorn, with a PostgreSQL of its own that flushes
each commit to the disk. Requests come in pairs, one with the plugin's row active and one with it inactive, in an order
that is drawn anew for each pair, each adding the same variant to a cart of its own, so that a slow moment of the
machine falls on both. What is printed is the median of the pairs' ratios with a 95 % bootstrap interval. Where no
Saleor checkout is found, it says so and measures nothing.
"""

import json
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import psycopg

from tests.saleor.runner.checkouts import Checkout, find_checkouts
from tests.saleor.runner.servers import MissingError, stop, wait_for_port
from tests.saleor.runner.session import Session, ready

PAIRS = 400
WARM_UP = 20
PAIRS_PER_CART = 20  # Saleor lets a cart have 50 of a variant
BOOTSTRAPS = 2000

SWITCH = "UPDATE plugins_pluginconfiguration SET active = %s WHERE identifier = 'saleor_crm'"

VARIANTS = """{ products(first: 20, channel: "default-channel", where: { isAvailable: true }) {
    edges { node { variants { id } } } } }"""
CREATE = """mutation { checkoutCreate(input: { channel: "default-channel", lines: [], email: "ada@example.com" }) {
    checkout { id } errors { message } } }"""
ADD = """mutation($id: ID!, $variant: ID!) { checkoutLinesAdd(id: $id, lines: [{ variantId: $variant, quantity: 1 }]) {
    checkout { lines { quantity } totalPrice { gross { amount } } } errors { message } } }"""


class Storefront:
    """A shopper's line to Saleor, kept open."""

    def __init__(self, port: int) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(self, query: str, **variables: str) -> Any:
        """Send a document of one field; that field's value."""
        body = json.dumps({"query": query, "variables": variables})
        self.connection.request("POST", "/graphql/", body, {"Content-Type": "application/json"})
        answer = json.loads(self.connection.getresponse().read())
        (value,) = (answer.get("data") or {"": None}).values()
        if answer.get("errors") or value is None or value.get("errors"):
            raise RuntimeError(str(answer)[:500])
        return value


def measure(session: Session, port: int, pairs: int) -> list[tuple[float, float]]:
    """Seconds of a request with the plugin off and on, for each pair."""
    shopper, random = Storefront(port), Random(1)
    with psycopg.connect(session.environment["DATABASE_URL"], autocommit=True) as database:
        database.execute("UPDATE warehouse_stock SET quantity = 1000000")
        variant = next(
            variant["id"]
            for edge in shopper.ask(VARIANTS)["edges"]
            for variant in edge["node"]["variants"]
            if _can_be_added(shopper, variant["id"])
        )

        def one(active: bool, cart: str) -> float:
            database.execute(
                "UPDATE plugins_pluginconfiguration SET active = %s WHERE identifier = 'saleor_crm'", [active]
            )
            start = time.perf_counter()
            shopper.ask(ADD, id=cart, variant=variant)
            return time.perf_counter() - start

        measured = []
        for number in range(WARM_UP + pairs):
            if number % PAIRS_PER_CART == 0:
                carts = {active: shopper.ask(CREATE)["checkout"]["id"] for active in (False, True)}
                for active, cart in carts.items():
                    one(active, cart)
            took = {active: one(active, carts[active]) for active in random.sample((False, True), 2)}
            measured.append((took[False], took[True]))
        rows = database.execute("SELECT count(*) FROM crm_inbox").fetchone()
    if not rows or rows[0] < pairs // PAIRS_PER_CART:
        raise RuntimeError("the plugin was not on: its inbox is empty")
    return measured[WARM_UP:]


def median_ratio(measured: list[tuple[float, float]]) -> tuple[float, float, float]:
    """The median of on/off over the pairs, and the interval that 95 % of resamplings keep to."""
    ratios, random = [on / off for off, on in measured], Random(2)
    medians = sorted(statistics.median(random.choices(ratios, k=len(ratios))) for _ in range(BOOTSTRAPS))
    return statistics.median(ratios), medians[int(0.025 * BOOTSTRAPS)], medians[int(0.975 * BOOTSTRAPS)]


def main() -> None:
    found = find_checkouts(["3.23"]) or find_checkouts([])
    if not found:
        print("checkoutLinesAdd with the plugin on against off: not measured, no Saleor checkout was found.")
        print("Set SALEOR_HOME to one, or put one below ~/saleor; it needs manage.py and .venv.")
        return
    try:
        with ready(found[0], durable=True) as session, serving(found[0], session) as port:
            measured = measure(session, port, PAIRS)
    except MissingError as problem:
        print(f"checkoutLinesAdd with the plugin on against off: not measured. {problem}")
        return
    off, on = (statistics.median(pair[side] for pair in measured) * 1000 for side in (0, 1))
    ratio, low, high = median_ratio(measured)
    print(f"checkoutLinesAdd in Saleor {found[0].version}, {len(measured)} pairs: off {off:.1f} ms, on {on:.1f} ms")
    print(f"on / off: {ratio:.3f} (95 % interval {low:.3f} to {high:.3f})")


@contextmanager
def serving(checkout: Checkout, session: Session) -> Iterator[int]:
    port = urlsplit(session.environment["PUBLIC_URL"]).port or 0
    log = session.directory / "http.log"
    command: list[str | Path] = [checkout.python, "-m", "uvicorn", "saleor.asgi:application", "--port", str(port)]
    with log.open("wb") as output:
        server = subprocess.Popen(
            [*command, "--log-level", "warning"],
            stdout=output,
            stderr=output,
            cwd=checkout.path,
            env=session.environment,
            start_new_session=True,
        )
    try:
        wait_for_port(port, server, "Saleor", log)
        yield port
    finally:
        stop(server)


def _can_be_added(shopper: Storefront, variant: str) -> bool:
    try:
        shopper.ask(ADD, id=shopper.ask(CREATE)["checkout"]["id"], variant=variant)
    except RuntimeError:
        return False
    return True


if __name__ == "__main__":
    main()
