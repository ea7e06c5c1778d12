"""How long a storefront waits for ``relatedProducts`` in real Saleor, against Saleor's own ``products``.

Run as ``python -m benchmarks.serving``. Both are asked for the same fields. One Saleor under uvicorn with a PostgreSQL
of its own. A made past of orders is trained first, so that lists are full. Requests come in pairs, in an order that is
drawn anew for each, and what is printed is the median of the pairs' ratios with a 95 % bootstrap interval, and the SQL
statements of one request each. Where no Saleor checkout is found, it says so and measures nothing.
"""

import json
import statistics
import subprocess
import time
from pathlib import Path
from random import Random
from typing import Any

import psycopg

from benchmarks.checkout_latency import Storefront, median_ratio, serving
from tests.saleor.runner.checkouts import Checkout, find_checkouts
from tests.saleor.runner.database import manage
from tests.saleor.runner.servers import MissingError
from tests.saleor.runner.session import Session, ready

PAIRS, WARM_UP = 400, 20
CHANNEL = "default-channel"
SHOWN = """name slug pricing { onSale priceRange { start { gross { amount currency } } }
    priceRangeUndiscounted { start { gross { amount currency } } } } thumbnail(size: 256) { url alt }"""
OURS = f"""query($id: ID!) {{ product(id: $id, channel: "{CHANNEL}") {{
    relatedProducts(first: 12) {{ product {{ {SHOWN} }} }} }} }}"""
PEER = f"""{{ products(first: 12, channel: "{CHANNEL}") {{ edges {{ node {{ {SHOWN} }} }} }} }}"""
IDS = f"""{{ products(first: 100, channel: "{CHANNEL}", where: {{ isAvailable: true }}) {{
    edges {{ node {{ id }} }} }} }}"""

# Two thousand orders of three things by four hundred customers, so that there is something to learn.
PAST = (
    "SELECT setseed(0.5)",
    """
    INSERT INTO crm_contact (key, email, language, country, consented, created_at)
    SELECT gen_random_uuid(), 'customer' || n || '@example.com', 'en', 'US', false, now() FROM generate_series(1, 400) n
    """,
    f"""
    INSERT INTO crm_purchase (order_id, contact_id, channel, currency, language, total, refunded, goods_net, gift, real,
        paid, placed_at, changed_at)
    SELECT 'order' || n, (SELECT min(id) FROM crm_contact) + n % 400, '{CHANNEL}', 'USD', 'en', 30, 0, 30, false, true,
        true, now() - n * interval '6 hours', now() FROM generate_series(1, 2000) n
    """,
    """
    INSERT INTO crm_purchase_line (purchase_id, line_id, product_id, variant_id, quantity, returned, total, gift_card)
    SELECT 'order' || n, place::text, product.ids[1 + floor(random() ^ 2 * cardinality(product.ids))::int], null, 1, 0,
        10, false
    FROM generate_series(1, 2000) n, generate_series(1, 3) place,
        (SELECT array_agg(id::text ORDER BY id) AS ids FROM product_product) product
    """,
)

COUNT = """
import json, sys
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from contextlib import ExitStack
for query, variables in json.loads({asked!r}):
    with ExitStack() as stack:
        seen = [stack.enter_context(CaptureQueriesContext(connections[name])) for name in connections]
        body = json.dumps(dict(query=query, variables=variables))
        answer = Client().post("/graphql/", body, "application/json", HTTP_HOST="localhost")
        assert "errors" not in answer.json(), answer.content
        print("statements", sum(map(len, seen)))
"""


def measure(session: Session, checkout: Checkout, port: int) -> tuple[list[tuple[float, float]], list[int]]:
    """Seconds of Saleor's own request and of ours, for each pair; and the statements of one each."""
    shopper, random = Storefront(port), Random(1)
    ids = [edge["node"]["id"] for edge in shopper.ask(IDS)["edges"]]
    lengths = [len(shopper.ask(OURS, id=one)["relatedProducts"]) for one in ids]
    full = [one for one, length in zip(ids, lengths, strict=True) if length == 12]
    if not full:
        raise RuntimeError(f"no product has twelve related ones: {lengths}")

    def one(ours: bool) -> float:
        start = time.perf_counter()
        if ours:
            shopper.ask(OURS, id=random.choice(full))
        else:
            shopper.ask(PEER)
        return time.perf_counter() - start

    measured = []
    for _ in range(WARM_UP + PAIRS):
        took = {ours: one(ours) for ours in random.sample((False, True), 2)}
        measured.append((took[False], took[True]))
    return measured[WARM_UP:], _statements(session, checkout, [(PEER, {}), (OURS, {"id": full[0]})])


def _statements(session: Session, checkout: Checkout, asked: list[tuple[str, dict[str, Any]]]) -> list[int]:
    script = COUNT.format(asked=json.dumps(asked))
    command: list[str | Path] = [checkout.python, "manage.py", "shell", "-c", script]
    done = subprocess.run(
        command, check=False, cwd=checkout.path, env=session.environment, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return [int(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("statements")]


def main() -> None:
    found = find_checkouts(["3.23"]) or find_checkouts([])
    if not found:
        print("relatedProducts against products: not measured, no Saleor checkout was found.")
        return
    try:
        with ready(found[0]) as session:
            with psycopg.connect(session.environment["DATABASE_URL"], autocommit=True) as database:
                for statement in PAST:
                    database.execute(statement)
            manage(found[0], session.environment, "crm", "recs", "--train")
            with serving(found[0], session) as port:
                measured, (peer, ours) = measure(session, found[0], port)
    except MissingError as problem:
        print(f"relatedProducts against products: not measured. {problem}")
        return
    theirs, mine = (statistics.median(pair[side] for pair in measured) * 1000 for side in (0, 1))
    ratio, low, high = median_ratio(measured)
    print(f"Twelve products with price and picture in Saleor {found[0].version}, {len(measured)} pairs:")
    print(f"  products {theirs:.1f} ms ({peer} statements), relatedProducts {mine:.1f} ms ({ours} statements)")
    print(f"  relatedProducts / products: {ratio:.3f} (95 % interval {low:.3f} to {high:.3f}; goal 1.1)")


if __name__ == "__main__":
    main()
