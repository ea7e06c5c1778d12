"""A night's training of a big shop through PostgreSQL: reading, learning, writing the lists, switching to them.

Run as ``python -m benchmarks.training``. The whole is 1 million customers, 100,000 products and 30 million lines of
orders, which ``benchmarks.recs_big`` learns from without the database; ``--share 0.1`` (the default) is a tenth of
each. The shop is the demo's; its range and the CRM's purchases are made beforehand (not timed). Goal: 10 minutes and
6 GB for the whole, on two cores.
"""

import argparse
import os
import resource
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.recs_big import big_shop

_CUSTOMERS, _PRODUCTS, _LINES = 1_000_000, 100_000, 30_000_000
_NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
_BEGAN = int(_NOW.timestamp()) - 730 * 86_400 - 3600

# Products of 200 to a category, each of one variant on sale in one channel.
_RANGE = (
    "INSERT INTO sandbox_channel (id, slug, currency) VALUES (1, 'eu', 'EUR')",
    """
    INSERT INTO sandbox_category (id, name, slug, parent_id)
    SELECT n, 'Category ' || n, 'category-' || n, nullif((n > 20)::int * (1 + n %% 20), 0)
    FROM generate_series(1, 20 + %(products)s / 200) n
    """,
    """
    INSERT INTO sandbox_product (id, name, slug, category_id, attributes, brand, season, published, translations)
    SELECT n, 'Product of kind ' || n / 200 || ' and sort ' || n %% 977, 'product-' || n, 21 + (n - 1) / 200, '{}', '',
        'all', true, '{}' FROM generate_series(1, %(products)s) n
    """,
    """
    INSERT INTO sandbox_variant (id, product_id, sku, name, size, colour, translations)
    SELECT n, n, 'SKU-' || n, '', '', '', '{}' FROM generate_series(1, %(products)s) n
    """,
    "INSERT INTO sandbox_stock (variant_id, quantity) SELECT n, 9 FROM generate_series(1, %(products)s) n",
    """
    INSERT INTO sandbox_price (variant_id, channel_id, price, undiscounted, listed)
    SELECT n, 1, 5 + n %% 90, 5 + n %% 90, true FROM generate_series(1, %(products)s) n
    """,
    """
    INSERT INTO crm_contact (id, key, email, user_id, language, country, consented, created_at)
    SELECT n, gen_random_uuid(), 'customer' || n || '@example.com', n, 'en', 'DE', true, now()
    FROM generate_series(1, %(customers)s) n
    """,
)
_PURCHASES = """
INSERT INTO crm_purchase (order_id, contact_id, channel, currency, language, total, refunded, goods_net, gift, real,
    paid, placed_at, changed_at)
SELECT 'order' || in_order, min(who), 'eu', 'EUR', 'en', 30, 0, 25, false, true, true, to_timestamp(min(at)), now()
FROM bench_line GROUP BY in_order
"""
_PURCHASE_LINES = """
INSERT INTO crm_purchase_line (purchase_id, line_id, product_id, variant_id, quantity, returned, total, gift_card)
SELECT 'order' || in_order, row_number() OVER (), product, product, 1, 0, 10, false FROM bench_line
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", type=float, default=0.1, help="the size, 1 being the whole (0.1)")
    parser.add_argument("--home", type=Path, default=Path(".sandbox") / "bench", help="where the database's files lie")
    options = parser.parse_args()
    customers, products, lines = (round(options.share * size) for size in (_CUSTOMERS, _PRODUCTS, _LINES))
    _set_up(options.home)
    print(f"A made shop: {customers:,} customers, {products:,} products, {lines:,} lines", flush=True)
    print(f"  made in {_timed(lambda: _make(customers, products, lines)):.0f} s (not part of the training)", flush=True)
    _train()


def _set_up(home: Path) -> None:
    from saleor_crm_plugin.shop.sandbox import database

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saleor_crm_plugin.shop.sandbox.settings")
    database.start(home)
    import django

    django.setup()


def _make(customers: int, products: int, lines: int) -> None:
    from django.core.management import call_command
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        call_command("migrate", verbosity=0)
        sizes: dict[str, Any] = {"customers": customers, "products": products}
        for statement in _RANGE:
            cursor.execute(statement, sizes)
        cursor.execute("CREATE UNLOGGED TABLE bench_line (in_order integer, who bigint, product integer, at bigint)")
        past = big_shop(customers, products, lines)
        with cursor.copy("COPY bench_line FROM STDIN") as into:
            for start in range(0, lines, 100_000):
                part = slice(start, start + 100_000)
                columns = (past.orders[part], past.users[part] + 1, past.items[part] + 1, past.times[part] + _BEGAN)
                into.write("".join(map("%d\t%d\t%d\t%d\n".__mod__, zip(*(c.tolist() for c in columns), strict=True))))
        del past
        for statement in (_PURCHASES, _PURCHASE_LINES, "DROP TABLE bench_line"):
            cursor.execute(statement)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _train() -> None:
    from saleor_crm_plugin import config
    from saleor_crm_plugin.recs.served import training
    from saleor_crm_plugin.recs.served.models import ContactList, ProductList, TrainingRun
    from saleor_crm_plugin.shop.port import get_shop

    start, last, before = time.perf_counter(), "", 0.0

    def tell(step: str) -> None:
        nonlocal last, before
        now = time.perf_counter() - start
        if last:
            print(f"  {last}: {now - before:.0f} s, peak {_peak():.2f} GB", flush=True)
        last, before = step, now

    training.train(get_shop(), config.parse({}), _NOW, tell)
    tell("")
    minutes = (time.perf_counter() - start) / 60
    for task, figures in TrainingRun.objects.get(current=True).figures.items():
        print(f"  {task:10}{figures['model']}: NDCG@20 {figures['ndcg20']:.4f}")
    print(f"  {ProductList.objects.count():,} lists of products, {ContactList.objects.count():,} of customers")
    print(f"  all of it: {minutes:.1f} minutes, peak {_peak():.2f} GB (goals for the whole: 10 and 6)")


def _timed(work: Any) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _peak() -> float:
    """Gigabytes that this process held at most. Linux tells kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


if __name__ == "__main__":
    main()
