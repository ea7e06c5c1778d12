"""How fast the history is taken over: ``crm backfill`` against a plain COPY of the same rows.

Run as ``python -m benchmarks.backfill [--orders 1000000]``, on the embedded PostgreSQL of a folder of its own. A shop
of so many orders of a tenth as many customers is made in the demo shop's tables (not timed). The backfill reads them,
finds whose each is and writes purchases, lines, contacts, returns and notes; the COPY writes the same purchases and
lines from two files into empty tables with the same columns and indexes: what the disk and the indexes cost whoever
writes. Both are checked to have written as much. A second backfill is timed, too, which finds nothing to do.
Memory is the peak of this process, which held none of the data.
"""

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

CHUNK = 1 << 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--home", type=Path, default=Path(".sandbox") / "bench", help="where the database's files lie")
    parser.add_argument("--keep", action="store_true", help="take the shop that is there, if it has as many orders")
    arguments = parser.parse_args()
    _set_up(arguments.home)
    before = _peak()
    _make_shop(arguments.orders, keep=arguments.keep)
    first, again = (_timed(lambda: _backfill(arguments.orders)) for _ in range(2))
    rows = _rows()
    copying = _copy()
    print(
        f"{rows['crm_purchase']:,} orders with {rows['crm_purchase_line']:,} lines of {rows['crm_contact']:,} contacts"
    )
    print(f"{'':28}{'seconds':>9}{'orders/s':>11}{'against COPY':>14}")
    for name, seconds in (("COPY of the same rows", copying), ("backfill", first), ("backfill, second run", again)):
        print(f"{name:28}{seconds:9.1f}{arguments.orders / seconds:11,.0f}{seconds / copying:13.2f}x")
    print(f"Peak memory of Python: {_peak():.0f} MB ({before:.0f} MB before it began)")


def _set_up(home: Path) -> None:
    from saleor_crm_plugin.shop.sandbox import database

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saleor_crm_plugin.shop.sandbox.settings")
    database.start(home)
    import django

    django.setup()


def _make_shop(orders: int, *, keep: bool) -> None:
    from django.core.management import call_command
    from django.db import connection

    from benchmarks import big_shop
    from saleor_crm_plugin.shop.sandbox.models import Order

    if not (keep and "sandbox_order" in connection.introspection.table_names() and Order.objects.count() == orders):
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        call_command("migrate", verbosity=0)
        print(f"Making {orders:,} orders took {_timed(lambda: big_shop.fill(orders)):.0f} s.", flush=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE crm_contact, crm_sweep_cursor, crm_contact_change, crm_purchase_line, crm_purchase CASCADE"
        )


def _backfill(orders: int) -> None:
    from saleor_crm_plugin import work
    from saleor_crm_plugin.shop.port import get_shop
    from saleor_crm_plugin.webhooks import history

    start, shown = time.perf_counter(), 0

    def tell(done: int) -> None:
        nonlocal shown
        if done * 20 // orders > shown:
            shown = done * 20 // orders
            print(f"  {done:,} after {time.perf_counter() - start:.0f} s", flush=True)

    assert history.backfill(get_shop(), work.now, tell) == orders


def _copy() -> float:
    """Seconds of a COPY of our purchases and lines into tables that are made like theirs."""
    from django.db import connection

    seconds = 0.0
    with tempfile.TemporaryDirectory() as folder, connection.cursor() as cursor:
        for table in ("crm_purchase", "crm_purchase_line"):
            columns, file = ", ".join(_columns(table)), Path(folder) / table
            with file.open("wb") as written, cursor.copy(f"COPY {table} ({columns}) TO STDOUT (FORMAT binary)") as copy:
                for chunk in copy:
                    written.write(chunk)
            cursor.execute(
                f"DROP TABLE IF EXISTS bench_{table}; CREATE TABLE bench_{table} (LIKE {table} INCLUDING ALL)"
            )

            def load(table: str = table, columns: str = columns, file: Path = file) -> None:
                statement = f"COPY bench_{table} ({columns}) FROM STDIN (FORMAT binary)"
                with file.open("rb") as stored, cursor.copy(statement) as copy:
                    while chunk := stored.read(CHUNK):
                        copy.write(chunk)

            seconds += _timed(load)
            file.unlink()
            cursor.execute(f"SELECT (SELECT count(*) FROM {table}) = (SELECT count(*) FROM bench_{table})")
            assert cursor.fetchone() == (True,)
            cursor.execute(f"DROP TABLE bench_{table}")
    return seconds


def _columns(table: str) -> Sequence[str]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER'"
            " ORDER BY ordinal_position",
            [table],
        )
        return [name for (name,) in cursor.fetchall()]


def _rows() -> dict[str, int]:
    from django.db import connection

    with connection.cursor() as cursor:
        counts = {}
        for table in ("crm_purchase", "crm_purchase_line", "crm_contact"):
            cursor.execute(f"SELECT count(*) FROM {table}")
            (counts[table],) = cursor.fetchone()
    return counts


def _timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
