"""What a night of segments costs beside DuckDB and polars, which compute the same from nothing.

Run as ``python -m benchmarks.segments [--customers 1000000 --purchases 10000000]``. The purchases are generated in a
database of their own, in the order in which they were placed, so that a customer's lie scattered. Then everything is
rebuilt; one customer in a hundred buys again, and the night that follows is measured step by step, three days in a row.
Of each step the quickest counts, as of the peers' three times. They get the same purchases as a file and have a process
each; they keep nothing, so that every night costs them the whole. Their time to load is told apart; the database's part
in writing the file is in it, since without it they have no data.
"""

import argparse
import atexit
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from saleor_crm_plugin.shop.sandbox import database

NOW = datetime(2026, 3, 2, 3, tzinfo=UTC)
DATABASE = "crm_bench_segments"
PEERS = ("duckdb", "polars")
NIGHTS = 3

# MBG/NBD's own world: everybody orders at a rate of their own and leaves after an order with a chance of their own.
CONTACTS = """
INSERT INTO crm_contact (id, key, language, country, consented, created_at)
SELECT n, gen_random_uuid(), 'de', 'DE', false, %(now)s::timestamptz - 1825 * random() * interval '1 day'
FROM generate_series(1, %(customers)s) n
"""
PURCHASES = """
INSERT INTO crm_purchase (order_id, contact_id, channel, currency, language, total, refunded, goods_net, gift, real,
    paid, placed_at, changed_at)
SELECT gen_random_uuid(), id, 'eu', CASE WHEN (id %% 5 = 0) <> (luck < 0.002) THEN 'PLN' ELSE 'EUR' END, 'de', total,
    CASE WHEN luck > 0.98 THEN total WHEN luck > 0.95 THEN round(total / 2, 2) ELSE 0 END, total, false, luck < 0.99,
    true, at, at
FROM (
    SELECT id, random() AS luck, round((15 - ln(1 - random()) * (20 + id * 7919 %% 80))::numeric, 2) AS total,
        created_at + sum(CASE k WHEN 1 THEN 0 ELSE -ln(1 - random()) / rate END) OVER (PARTITION BY id ORDER BY k)
            * interval '1 day' AS at
    FROM (
        SELECT id, created_at, -ln(1 - random()) * %(rate)s + 0.0005 AS rate,
            least(300, 1 + floor(ln(1 - random()) / ln((1 - random()) ^ (1 / 6.0)))) AS orders
        FROM crm_contact OFFSET 0
    ) person CROSS JOIN LATERAL generate_series(1, orders::int) k
) placed WHERE at <= %(now)s ORDER BY at
"""
# One thing of every order that was refunded in part came back: it takes points from the score. The peers leave it out.
RETURNS = """
INSERT INTO crm_interaction (source, at, kind, contact_id, visitor_id, order_id, product_id, variant_id, quantity)
SELECT 'return:' || order_id, placed_at + interval '9 days', 'return', contact_id, '', order_id, '1', '1', 1
FROM crm_purchase WHERE refunded > 0 AND refunded < total
"""
BUY_AGAIN = """
WITH buyer AS (
    SELECT DISTINCT 1 + floor(random() * %(customers)s)::bigint AS id FROM generate_series(1, %(customers)s / 100)
), bought AS (
    INSERT INTO crm_purchase (order_id, contact_id, channel, currency, language, total, refunded, goods_net, gift,
        real, paid, placed_at, changed_at)
    SELECT gen_random_uuid(), id, 'eu', CASE WHEN id %% 5 = 0 THEN 'PLN' ELSE 'EUR' END, 'de', 50, 0, 50, false, true,
        true, %(now)s::timestamptz - random() * interval '1 day', %(now)s FROM buyer
)
INSERT INTO crm_contact_change (contact_id) SELECT id FROM buyer
"""
FILE = (
    "COPY (SELECT contact_id, currency, placed_at, kept FROM crm_purchase WHERE counts) TO STDOUT (FORMAT csv, HEADER)"
)


@dataclass
class Steps:
    """Seconds by step of a run."""

    taken: dict[str, float] = field(default_factory=dict)
    _began: tuple[str, float] | None = None

    def __call__(self, step: str) -> None:
        now = perf_counter()
        if self._began:
            self.taken[self._began[0]] = now - self._began[1]
        self._began = (step, now)

    def end(self) -> None:
        self("")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--purchases", type=int, default=10_000_000)
    options = parser.parse_args()
    _set_up()
    purchases = _generate(options.customers, options.purchases)
    print(f"{options.customers:,} customers, {purchases:,} purchases, {os.cpu_count()} cores; seconds")
    full, nights = _rebuild(), [_night(options.customers, day).taken for day in range(1, NIGHTS + 1)]
    ours = {step: min(night[step] for night in nights) for step in nights[0]}
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'':34}{'rebuild':>9}{'night':>9}" + "".join(f"{peer:>9}{'ratio':>7}" for peer in PEERS))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "purchases.csv"
        exported = _time(lambda: _export(file))
        found = {peer: _peer(peer, file) for peer in PEERS}
    for title, steps, task in (
        ("RFM: sums, ranks and groups", ("what changed", "purchases per customer", "RFM"), "rfm"),
        ("scores and tiers", ("scores",), "score"),
        ("lifecycle", ("lifecycle",), "lifecycle"),
        ("history of memberships", ("memberships",), ""),
        ("lifetime values (weekly)", ("lifetime values",), ""),
    ):
        rebuild, night = (sum(taken.get(step, 0.0) for step in steps) for taken in (full.taken, ours))
        _print(title, rebuild, night, task, found)
    for peer, has in found.items():
        print(f"{peer} {has['version']}: load {exported + has['load']:.1f} s, of which the database {exported:.1f} s; "
              f"peak {has['memory']:.0f} MB")  # fmt: skip
    print(f"ours: Python's peak {memory:.0f} MB; the database's shared buffers {_shared_buffers()}")


def _print(title: str, rebuild: float, night: float, task: str, found: dict[str, Any]) -> None:
    night_text = f"{night:9.2f}" if night else f"{'-':>9}"
    line = f"{title:34}{rebuild:9.2f}{night_text}"
    for has in found.values():
        line += f"{has[task]:9.2f}{has[task] / night:7.2f}" if task else ""
    print(line)


def _set_up() -> None:
    """A new database of its own on the embedded server."""
    url = urlsplit(database.start())
    _administer(url.geturl(), f"DROP DATABASE IF EXISTS {DATABASE}", f"CREATE DATABASE {DATABASE}")
    atexit.register(_administer, url.geturl(), f"DROP DATABASE {DATABASE} WITH (FORCE)")
    os.environ[database.ENVIRONMENT] = urlunsplit(url._replace(path=f"/{DATABASE}"))
    os.environ["DJANGO_SETTINGS_MODULE"] = "saleor_crm_plugin.shop.sandbox.settings"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def _administer(url: str, *statements: str) -> None:
    import psycopg

    with psycopg.connect(url, autocommit=True) as server:
        for statement in statements:
            server.execute(statement.encode())


def _generate(customers: int, purchases: int) -> int:
    """Fill the tables, without keys and indexes, which are made again afterwards. Returns how many purchases."""
    from django.db import connection

    from saleor_crm_plugin.activity import interactions

    rate = 0.0038 * purchases / customers  # orders a day, on average, of those who are there
    with connection.cursor() as cursor:
        cursor.execute(
            "SET session_replication_role = replica; SET work_mem = '512MB'; SET maintenance_work_mem = '1GB'"
        )
        cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'crm_purchase'")
        indexes = [(name, made) for name, made in cursor.fetchall() if name != "crm_purchase_pkey"]
        cursor.execute("ALTER TABLE crm_purchase DROP CONSTRAINT crm_purchase_pkey CASCADE")
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
        cursor.execute("SELECT setseed(0.42)")
        cursor.execute(CONTACTS, {"customers": customers, "now": NOW})
        cursor.execute(PURCHASES, {"rate": rate, "now": NOW})
        count = int(cursor.rowcount)
        cursor.execute("ALTER TABLE crm_purchase ADD PRIMARY KEY (order_id)")
        for _, made in indexes:
            cursor.execute(made)
        interactions.make_room(interactions.months_between(NOW - timedelta(days=1830), NOW + timedelta(days=31)))
        cursor.execute(RETURNS)
        cursor.execute("VACUUM ANALYZE")
    connection.close()
    return count


def _rebuild() -> Steps:
    from saleor_crm_plugin import config
    from saleor_crm_plugin.segments import nightly

    steps = Steps()
    total = _time(lambda: nightly.rebuild(config.parse({}), NOW, steps))
    steps.end()
    print(f"rebuild of everything, one transaction: {total:.1f} s")
    return steps


def _night(customers: int, day: int) -> Steps:
    from django.db import connection

    from saleor_crm_plugin import config
    from saleor_crm_plugin.segments import nightly

    now, steps = NOW + timedelta(days=day), Steps()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute(BUY_AGAIN, {"customers": customers, "now": now})
    outcomes: list[nightly.Outcome] = []
    total = _time(lambda: outcomes.append(nightly.run(config.parse({}), now, steps)))
    steps.end()
    print(f"night: {total:.1f} s for {outcomes[0].contacts:,} customers, with those whose orders left the RFM period; "
          f"{outcomes[0].entered:,} memberships began")  # fmt: skip
    return steps


def _export(file: Path) -> None:
    from django.db import connection

    with connection.cursor() as cursor, file.open("wb") as out, cursor.copy(FILE) as rows:
        for part in rows:
            out.write(part)


def _peer(peer: str, file: Path) -> dict[str, Any]:
    from saleor_crm_plugin import config
    from saleor_crm_plugin.segments.rhythm import limits

    says = json.dumps(dict(limits(config.parse({}).season)))
    command = [sys.executable, "-m", "benchmarks.segment_peers", peer, str(file), says]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, Any] = json.loads(answer)
    return found


def _shared_buffers() -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SHOW shared_buffers")
        return str(cursor.fetchone()[0])


def _time(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


if __name__ == "__main__":
    main()
