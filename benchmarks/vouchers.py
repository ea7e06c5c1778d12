"""How many voucher codes a second are granted, against plain COPY of the same rows.

Run as ``python -m benchmarks.vouchers [--codes 1000000]``, on the embedded PostgreSQL of a folder of its own that
flushes commits to the disk, in the demo shop. Ours is what ``crm vouchers --grant`` does for a segment, in batches of
5,000 in a transaction each: earlier grants are looked for, the budget is held and counted, codes are minted from the
system's random numbers, added to the shop's voucher, and granted each to a contact. The peer writes the very same rows,
both of the shop's codes and of the grants, by COPY into tables made like ours with all their keys and indexes; its rows
were made before the clock began. The median of the rounds counts.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import durable

BATCH = 5_000
ROUNDS = 3
CONTACTS = 100_000
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PAIRS = (
    ("bench_code", "sandbox_vouchercode", "id, code, active, voucher_id"),
    (
        "bench_grant",
        "crm_voucher_grant",
        "id, key, tier, contact_id, code, voucher_id, channel, currency, value, state, granted_at, expires_at, look_at",
    ),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--codes", type=int, default=1_000_000)
    parser.add_argument("--home", type=Path, default=Path(".sandbox") / "bench-vouchers", help="where the files lie")
    arguments = parser.parse_args()
    _set_up(arguments.home)
    batches = arguments.codes // BATCH
    rates: dict[str, list[float]] = {"plain COPY of the same rows": [], "granted": []}
    minted = _seconds(partial(_mint, arguments.codes))
    for number in range(ROUNDS):
        _empty()
        rates["granted"].append(arguments.codes / _seconds(partial(_grant, number, batches)))
        rows = list(_rows())
        rates["plain COPY of the same rows"].append(arguments.codes / _seconds(partial(_copy, rows)))
    peer = statistics.median(rates["plain COPY of the same rows"])
    print(f"{arguments.codes:,} codes in batches of {BATCH:,}, {ROUNDS} rounds, median")
    print(f"{'':34}{'codes/s':>12}{'against COPY':>14}")
    for name, found in rates.items():
        rate = statistics.median(found)
        print(f"{name:34}{rate:12,.0f}{rate / peer:13.2f}x")
    print(f"{'only minted, in memory':34}{arguments.codes / minted:12,.0f}")


def _set_up(home: Path) -> None:
    durable.start(home)
    from django.db import connection

    from saleor_crm_plugin.shop.sandbox.models import Channel

    Channel.objects.create(slug="eu", currency="EUR")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO crm_contact (key, email, language, country, consented, created_at)"
            " SELECT gen_random_uuid(), 'customer' || n || '@example.com', 'de', 'DE', true, %s"
            " FROM generate_series(1, %s) n",
            [NOW, CONTACTS],
        )
        for copy, ours, _ in PAIRS:
            cursor.execute(f"CREATE TABLE {copy} (LIKE {ours} INCLUDING ALL)")
        cursor.execute("ALTER TABLE bench_code ADD FOREIGN KEY (voucher_id) REFERENCES sandbox_voucher")
        for column in ("contact_id", "redeemed_by_id"):
            cursor.execute(f"ALTER TABLE bench_grant ADD FOREIGN KEY ({column}) REFERENCES crm_contact")


def _empty() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE bench_code, bench_grant, crm_voucher_grant, crm_voucher_use, sandbox_vouchercode")


def _grant(number: int, batches: int) -> None:
    """Ours: one campaign after the other to all contacts, in batches."""
    from django.db import transaction

    from saleor_crm_plugin import config
    from saleor_crm_plugin.contacts.models import Contact
    from saleor_crm_plugin.shop.port import get_shop
    from saleor_crm_plugin.vouchers.grant import Granted, Wanted, grant

    settings = config.parse({"voucher_tiers": "A = 10 EUR, budget 900000000 EUR, at most 900000000"})
    (tier,), shop = settings.vouchers.tiers, get_shop()
    contacts = list(Contact.objects.order_by("pk").values_list("pk", flat=True))
    for batch in range(batches):
        first = batch * BATCH
        wishes = [
            Wanted(f"campaign:{number}:A:{place}", tier, contacts[place % CONTACTS], "eu", "EUR")
            for place in range(first, first + BATCH)
        ]
        with transaction.atomic():
            answers = grant(shop, settings, wishes, NOW)
        assert all(isinstance(answer, Granted) for answer in answers.values())


def _rows() -> Iterator[tuple[str, str, Sequence[tuple[Any, ...]]]]:
    """What ours wrote."""
    from django.db import connection

    with connection.cursor() as cursor:
        for copy, ours, columns in PAIRS:
            cursor.execute(f"SELECT {columns} FROM {ours} ORDER BY id")
            yield copy, columns, cursor.fetchall()


def _copy(tables: Sequence[tuple[str, str, Sequence[tuple[Any, ...]]]]) -> None:
    """The peer: the same rows in the same batches."""
    from django.db import connection, transaction

    total = len(tables[0][2])
    for first in range(0, total, BATCH):
        with transaction.atomic(), connection.cursor() as cursor:
            for table, columns, rows in tables:
                with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as into:
                    for row in rows[first : first + BATCH]:
                        into.write_row(row)


def _mint(count: int) -> None:
    from saleor_crm_plugin.vouchers.codes import mint

    assert len(mint("CRM", count)) == count


def _seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
