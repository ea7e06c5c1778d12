"""How many views a second can be taken in: ``crmEventsTrack``'s write against plain ways to write the same rows.

Run as ``python -m benchmarks.events [--requests 3000]``, on the embedded PostgreSQL of a folder of its own that flushes
commits to the disk. Each request is one visitor's 20 product views. Ours is all that the mutation does below GraphQL:
the visitor is locked and looked up, the limits are counted, repeats are looked for, one INSERT, one commit. The peers
write the same rows into a table made like ours, a transaction per request too: psycopg's ``executemany`` of a plain
INSERT, and COPY. They know no visitors, no limits and no repeats, and wait for the disk as little as ours
(synchronous_commit is off for all). All run with 1 and with 2 connections at once, in turns; the whole request goes
through the demo shop's GraphQL in this process. The median of the rounds counts.
"""

import argparse
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import psycopg

from benchmarks import durable

EVENTS = 20
ROUNDS = 3
REQUESTS_OF_A_VISITOR = 5
TRACK = """mutation($visitor: String, $events: [CrmEventInput!]!) {
    crmEventsTrack(visitorId: $visitor, events: $events) { recorded errors { code } } }"""
Batch = tuple[str, list[tuple[str, datetime, str]]]  # visitor; event, moment, product
PEER = "INSERT INTO bench_view (visitor_id, event_id, at, kind, product_id, query) VALUES (%s, %s, %s, %s, %s, '')"
COPY = "COPY bench_view (visitor_id, event_id, at, kind, product_id, query) FROM STDIN"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=3_000)
    parser.add_argument("--home", type=Path, default=Path(".sandbox") / "bench-events", help="where the files lie")
    arguments = parser.parse_args()
    _set_up(arguments.home)
    ways: dict[str, Callable[[Batch], None]] = {
        "COPY, a transaction per request": _copy,
        "executemany, a transaction per request": _executemany,
        "crmEventsTrack, below GraphQL": _track,
        "crmEventsTrack, whole request": _ask,
    }
    print(f"{arguments.requests:,} requests of {EVENTS} events, {ROUNDS} rounds, median")
    print(f"{'':40}{'connections':>12}{'requests/s':>12}{'events/s':>10}{'million/day':>13}{'against executemany':>21}")
    for connections in (1, 2):
        rates: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, way in ways.items():
                rates[name].append(_rate(way, arguments.requests, connections))
        peer = statistics.median(rates["executemany, a transaction per request"])
        for name, found in rates.items():
            rate = statistics.median(found)
            a_day = rate * EVENTS * 86_400 / 1e6
            print(
                f"{name:40}{connections:12}{rate:12,.0f}{rate * EVENTS:10,.0f}{a_day:13,.0f}{rate / peer:20.2f}x",
                flush=True,
            )


def _set_up(home: Path) -> None:
    durable.start(home)
    from django.db import connection

    from saleor_crm_plugin.retention import keep_rooms
    from saleor_crm_plugin.shop.sandbox import own_settings

    own_settings.save("views_a_minute", "1000000")
    keep_rooms(datetime.now(UTC), timedelta(days=400))
    with connection.cursor() as cursor:
        # The same columns, key, check, index and foreign key as one month: what the rows cost whoever writes them.
        cursor.execute(f"CREATE TABLE bench_view (LIKE crm_view_{datetime.now(UTC):%Y_%m} INCLUDING ALL)")
        cursor.execute("ALTER TABLE bench_view ADD FOREIGN KEY (contact_id) REFERENCES crm_contact (id)")


def _rate(way: Callable[[Batch], None], requests: int, connections: int) -> float:
    """Requests a second, over all connections."""
    from django.db import connection

    dice, now = Random(1), datetime.now(UTC)
    visitors = [str(uuid4()) for _ in range(requests // REQUESTS_OF_A_VISITOR + 1)]

    def batch() -> Batch:
        return dice.choice(visitors), [(str(uuid4()), now, str(dice.randrange(100_000))) for _ in range(EVENTS)]

    shares = [[batch() for _ in range(requests // connections)] for _ in range(connections)]
    together = threading.Barrier(connections + 1)

    def work(share: Sequence[Batch]) -> None:
        try:
            way(batch())  # connected and warm
            together.wait()
            for one in share:
                way(one)
        finally:
            connection.close()

    with ThreadPoolExecutor(connections) as pool:
        works = [pool.submit(work, share) for share in shares]
        together.wait()
        start = time.perf_counter()
        for one in works:
            one.result()
        return sum(map(len, shares)) / (time.perf_counter() - start)


def _track(batch: Batch) -> None:
    from saleor_crm_plugin.activity.models import View
    from saleor_crm_plugin.activity.views import Seen
    from saleor_crm_plugin.config import TrackingRules
    from saleor_crm_plugin.graphql.visits import take
    from saleor_crm_plugin.shop.port import get_shop

    visitor, events = batch
    rules = TrackingRules(kept=timedelta(days=400), a_minute=1_000_000_000)
    seen = [Seen(event, View.Kind.PRODUCT_VIEW, at, product, None, None, "") for event, at, product in events]
    assert take(get_shop(), rules, visitor, "", seen, datetime.now(UTC)) == EVENTS


def _ask(batch: Batch) -> None:
    from django.test import Client

    from saleor_crm_plugin.graphql.ids import global_id

    visitor, events = batch
    told = [
        {"id": event, "kind": "PRODUCT_VIEW", "productId": global_id("Product", product), "at": at.isoformat()}
        for event, at, product in events
    ]
    answer = Client().post(
        "/graphql/",
        {"query": TRACK, "variables": {"visitor": visitor, "events": told}},
        content_type="application/json",
    )
    assert answer.json()["data"]["crmEventsTrack"]["recorded"] == EVENTS, answer.content


def _executemany(batch: Batch) -> None:
    visitor, events = batch
    with _hurried() as cursor:
        cursor.executemany(PEER, [(visitor, event, at, "product_view", product) for event, at, product in events])


def _copy(batch: Batch) -> None:
    visitor, events = batch
    with _hurried() as cursor, cursor.copy(COPY) as copy:
        for event, at, product in events:
            copy.write_row((visitor, event, at, "product_view", product, ""))


@contextmanager
def _hurried() -> Iterator[Any]:
    """A transaction on psycopg's own cursor that does not wait for the disk, as ours does not."""
    from django.db import connection

    connection.ensure_connection()
    raw: Any = connection.connection
    with raw.transaction(), psycopg.Cursor(raw) as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
        yield cursor


if __name__ == "__main__":
    main()
