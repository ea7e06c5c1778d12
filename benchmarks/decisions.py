"""How many due steps of flows are decided a second, by one worker and by two, beside a bare queue of the same rows.

Run as ``python -m benchmarks.decisions [--due 100000] [--decided 20000]``, on the embedded PostgreSQL of a folder of
its own that flushes commits to the disk, in the demo shop. So many customers placed their first order a day ago, one
each millisecond; each has a welcome mail due, a tenth of them is held out. Ours is what the task ``saleor_crm.decide``
does, in batches of 200: claimed, exits asked, consent, suppression, caps and quiet hours looked at, products picked
for each mail, the mail frozen into the outbox, the decision kept. The peer is the least that a queue in PostgreSQL can
do: it claims 200 rows by ``FOR UPDATE SKIP LOCKED``, writes the very same messages and decisions by COPY (made before
the clock began) and marks the rows done, in a transaction for each batch. Each runs until ``--decided`` are done, of
``--due`` that wait.
"""

import argparse
import json
import multiprocessing
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks import durable

BATCH = 200
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SETTINGS = {
    "sender_name": "Morgentau", "sender_address": "hello@news.example.com", "quiet_hours": "",
    "storefront_url": "https://shop.example.com", "flows": "welcome = on, 1 d",
}  # fmt: skip
_FILL = (
    """
    INSERT INTO crm_contact (key, email, language, country, consented, created_at)
    SELECT gen_random_uuid(), 'first' || n || '@example.com', 'de', 'DE', true, %(at)s
    FROM generate_series(1, %(due)s) n
    """,
    """
    INSERT INTO crm_purchase (order_id, contact_id, channel, currency, language, total, refunded, goods_net, gift,
        real, paid, placed_at, changed_at)
    SELECT gen_random_uuid()::text, id, 'eu', 'EUR', 'de', 59.9, 0, 50, false, true, true,
        %(at)s - id * interval '1 ms', %(at)s
    FROM crm_contact WHERE email LIKE 'first%%'
    """,
    """
    INSERT INTO crm_purchase_line (purchase_id, line_id, product_id, variant_id, quantity, returned, total, gift_card)
    SELECT order_id, place::text, product.id::text, variant.id::text, 1, 0, 29.95, false
    FROM crm_purchase purchase
    JOIN crm_contact contact ON contact.id = purchase.contact_id AND contact.email LIKE 'first%%'
    CROSS JOIN generate_series(1, 2) place
    JOIN sandbox_product product ON product.id = 1 + (contact.id * 7919 + place * 104729) %% %(products)s
    JOIN LATERAL (SELECT id FROM sandbox_variant WHERE product_id = product.id LIMIT 1) variant ON true
    """,
    "ANALYZE",
)
_QUEUE = "bench_enrolment"
_COPIES = ((_QUEUE, "crm_enrolment"), ("bench_message", "crm_message"), ("bench_decision", "crm_decision"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--due", type=int, default=100_000)
    parser.add_argument("--decided", type=int, default=20_000)
    parser.add_argument("--home", type=Path, default=Path(".sandbox") / "bench-decisions", help="where the files lie")
    arguments = parser.parse_args()
    _set_up(arguments.home, arguments.due)
    print(f"{arguments.due:,} due, of which {arguments.decided:,} are decided, {BATCH} at a time")
    print(f"{'':28}{'a second':>10}{'processor ms each':>20}{'against the queue':>20}")
    for workers in (1, 2):
        _due_again()
        ours = _measure(_decide, workers, arguments.decided)
        _take_over(arguments.decided)
        queue = _measure(_queue, workers, arguments.decided)
        for name, (rate, processor) in (("decided", ours), ("bare queue, the same rows", queue)):
            print(f"{name + f', {workers} worker' + 's' * (workers > 1):28}{rate:10,.0f}{processor * 1000:20.2f}"
                  f"{rate / queue[0]:19.2f}x", flush=True)  # fmt: skip


def _set_up(home: Path, due: int) -> None:
    durable.start(home)
    from django.db import connection

    from saleor_crm_plugin import config, work
    from saleor_crm_plugin.recs.recipes import Limits
    from saleor_crm_plugin.recs.served import training
    from saleor_crm_plugin.recs.served.local import LocalEngine
    from saleor_crm_plugin.shop.port import get_shop
    from saleor_crm_plugin.shop.sandbox import own_settings
    from saleor_crm_plugin.shop.sandbox.generate import generate
    from saleor_crm_plugin.shop.sandbox.progress import quiet
    from saleor_crm_plugin.webhooks.history import backfill

    for name, value in SETTINGS.items():
        own_settings.save(name, value)
    made = generate(NOW - timedelta(days=2), customers=3000, years=1.0, progress=quiet)
    shop = get_shop()
    backfill(shop, lambda: NOW)
    settings = config.parse(shop.configuration())
    training.train(shop, settings, NOW, engine=LocalEngine(Limits(seconds=8)))
    with connection.cursor() as cursor:
        for statement in _FILL:
            cursor.execute(statement, {"at": NOW - timedelta(days=1), "due": due, "products": made.products})
    work.enter_flows(shop, lambda: NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM crm_enrolment WHERE state = 'waiting' AND due_at <= %s", [NOW])
        waiting = cursor.fetchone()[0]
        assert waiting >= due, waiting
        cursor.execute("CREATE TABLE bench_before AS TABLE crm_enrolment")


def _due_again() -> None:
    """Everything is as before the first decision."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE crm_enrolment, crm_decision, crm_message CASCADE")
        cursor.execute("INSERT INTO crm_enrolment SELECT * FROM bench_before")
        cursor.execute("ANALYZE crm_enrolment")


def _take_over(decided: int) -> None:
    """What ours wrote is what the peer will write, into tables with the same keys and indexes."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM crm_decision")
        assert cursor.fetchone()[0] >= decided
        cursor.execute(f"DROP TABLE IF EXISTS {_QUEUE}, bench_message, bench_decision")
        for copy, ours in (
            (_QUEUE, "crm_enrolment"),
            ("bench_message", "crm_message"),
            ("bench_decision", "crm_decision"),
        ):
            cursor.execute(f"CREATE TABLE {copy} (LIKE {ours} INCLUDING ALL)")
        cursor.execute(f"ALTER TABLE {_QUEUE} ADD FOREIGN KEY (contact_id) REFERENCES crm_contact")
        cursor.execute("ALTER TABLE bench_message ADD FOREIGN KEY (contact_id) REFERENCES crm_contact")
        cursor.execute(f"ALTER TABLE bench_decision ADD FOREIGN KEY (enrolment_id) REFERENCES {_QUEUE}")
        cursor.execute(f"INSERT INTO {_QUEUE} OVERRIDING SYSTEM VALUE SELECT * FROM bench_before")
        cursor.execute(f"ANALYZE {_QUEUE}")


def _measure(work: Callable[[Any, int, Any], None], workers: int, decided: int) -> tuple[float, float]:
    """Decided a second, and processor seconds of the workers each. They begin together, connected."""
    from django.db import connection

    connection.close()
    context = multiprocessing.get_context("spawn")
    start, taken, spent = context.Barrier(workers + 1), context.Value("l", 0), context.Value("d", 0.0)
    others = [context.Process(target=_worker, args=(work, start, decided, taken, spent)) for _ in range(workers)]
    for process in others:
        process.start()
    start.wait()
    began = time.perf_counter()
    for process in others:
        process.join()
        assert process.exitcode == 0
    return taken.value / (time.perf_counter() - began), spent.value / taken.value


def _worker(work: Callable[[Any, int, Any], None], start: Any, decided: int, taken: Any, spent: Any) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saleor_crm_plugin.shop.sandbox.settings")
    import django

    django.setup()
    work(start, decided, taken)
    with spent.get_lock():
        spent.value += time.process_time()


def _decide(start: Any, decided: int, taken: Any) -> None:
    from saleor_crm_plugin import config
    from saleor_crm_plugin.flows.decide import decide_due
    from saleor_crm_plugin.shop.port import get_shop

    shop = get_shop()
    settings = config.parse(shop.configuration())
    start.wait()
    while taken.value < decided:
        done = decide_due(shop, settings, NOW, BATCH)
        with taken.get_lock():
            taken.value += done


def _queue(start: Any, decided: int, taken: Any) -> None:
    from django.db import connection, transaction

    with connection.cursor() as cursor:
        messages, decisions = (_rows(cursor, table) for table in ("crm_message", "crm_decision"))
    of_run = {row["enrolment_id"]: row for row in decisions[1]}
    of_subject = {row["subject_id"]: row for row in messages[1]}
    start.wait()
    while taken.value < decided:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"SELECT id, subject_id FROM {_QUEUE} WHERE state = 'waiting' AND due_at <= %s"
                f" ORDER BY due_at, id LIMIT {BATCH} FOR NO KEY UPDATE SKIP LOCKED",
                [NOW],
            )
            runs = cursor.fetchall()
            _copy(
                cursor,
                "bench_message",
                messages[0],
                [of_subject[subject] for _, subject in runs if subject in of_subject],
            )
            _copy(cursor, "bench_decision", decisions[0], [of_run[run] for run, _ in runs if run in of_run])
            cursor.execute(f"UPDATE {_QUEUE} SET state = 'finished' WHERE id = ANY(%s)", [[run for run, _ in runs]])
        with taken.get_lock():
            taken.value += len(runs)


def _rows(cursor: Any, table: str) -> tuple[list[str], list[dict[str, Any]]]:
    cursor.execute(f"SELECT * FROM {table}")
    names = [column.name for column in cursor.description]
    return names, [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _copy(cursor: Any, table: str, names: list[str], rows: list[dict[str, Any]]) -> None:
    with cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as into:
        for row in rows:
            into.write_row(
                [value if not isinstance(value, (dict, list)) else json.dumps(value) for value in row.values()]
            )


if __name__ == "__main__":
    main()
