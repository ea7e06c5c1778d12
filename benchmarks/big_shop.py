"""A shop with millions of orders in the demo shop's tables, made by the database itself.

A customer in seven is a guest. Orders come over two years, in the order of their numbers; nine in ten were handed over,
one in fifteen of those came back in part, one in thirty was cancelled.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

_NOW = "timestamptz '2026-03-02 10:00:00+00'"
_PRODUCTS, _SIZES = 2000, 5

# In the order of their foreign keys. ``random()`` is repeatable by its seed.
_FILL = (
    "SELECT setseed(0.5)",
    "INSERT INTO sandbox_channel (id, slug, currency) VALUES (1, 'eu', 'EUR'), (2, 'poland', 'PLN')",
    "INSERT INTO sandbox_category (id, name, slug) VALUES (1, 'Everything', 'everything')",
    f"""
    INSERT INTO sandbox_product (id, name, slug, category_id, attributes, brand, season, published, translations)
    SELECT n, 'Product ' || n, 'product-' || n, 1, '{{}}', '', 'all', true, '{{}}'
    FROM generate_series(1, {_PRODUCTS}) n
    """,
    f"""
    INSERT INTO sandbox_variant (id, product_id, sku, name, size, colour, translations)
    SELECT n, 1 + n %% {_PRODUCTS}, 'SKU-' || n, '', '', '', '{{}}' FROM generate_series(1, {_PRODUCTS * _SIZES}) n
    """,
    """
    INSERT INTO sandbox_user (id, email, first_name, last_name, language, country, active, metadata)
    SELECT n, 'customer' || n || '@example.com', 'Ada', 'Byron', 'de', 'DE', true, '{}'
    FROM generate_series(1, %(customers)s) n WHERE n %% 7 > 0
    """,
    f"""
    INSERT INTO sandbox_order (id, number, status, checkout_id, user_id, email, channel_id, language, billing_name,
        shipping_name, country, total, refunded, paid, placed_at, changed_at)
    SELECT gen_random_uuid(), 1000 + n,
        CASE WHEN fate < 0.033 THEN 'canceled' WHEN n > %(orders)s * 0.93 THEN 'unfulfilled'
            WHEN fate < 0.1 THEN 'partially_returned' ELSE 'fulfilled' END,
        gen_random_uuid(), nullif(customer * (customer %% 7 > 0)::int, 0), 'customer' || customer || '@example.com',
        CASE WHEN customer %% 5 = 0 THEN 2 ELSE 1 END, 'de', 'Ada Byron',
        CASE WHEN n %% 25 = 0 THEN 'Bea Byron' ELSE 'Ada Byron' END, 'DE',
        59.95 * lines, CASE WHEN fate < 0.033 THEN 59.95 * lines WHEN fate < 0.1 THEN 59.95 ELSE 0 END, true,
        placed_at, placed_at + interval '3 days'
    FROM (
        SELECT n, random() AS fate, 1 + floor(random() ^ 2 * %(customers)s)::int AS customer,
            1 + n %% 2 + (n %% 4 = 0)::int AS lines,
            {_NOW} - interval '2 years' * (1 - n::float / %(orders)s) - interval '1 hour' AS placed_at
        FROM generate_series(1, %(orders)s) n
    ) drawn
    """,
    """
    INSERT INTO sandbox_orderline (order_id, variant_id, quantity, fulfilled, unit_price, net, gift_card)
    SELECT id, 1 + (number::bigint * 7919 + place * 104729) %% 10000, 1,
        (status IN ('fulfilled', 'partially_returned'))::int, 59.95, 50.38, false
    FROM sandbox_order, generate_series(1, round(total / 59.95)::int) place
    """,
    """
    INSERT INTO sandbox_fulfilment (order_id, status, created_at)
    SELECT id, 'fulfilled', placed_at + interval '2 days' FROM sandbox_order
    WHERE status = 'fulfilled' OR status = 'partially_returned' AND total > 60
    UNION ALL
    SELECT id, 'returned', placed_at + interval '9 days' FROM sandbox_order WHERE status = 'partially_returned'
    """,
    """
    INSERT INTO sandbox_fulfilmentline (fulfilment_id, line_id, quantity)
    SELECT parcel.id, line.id, 1
    FROM (
        SELECT id, order_id, row_number() OVER (PARTITION BY order_id ORDER BY id) AS place FROM sandbox_orderline
    ) line
    JOIN sandbox_order o ON o.id = line.order_id AND o.status IN ('fulfilled', 'partially_returned')
    JOIN sandbox_fulfilment parcel ON parcel.order_id = o.id
        AND parcel.status = CASE WHEN o.status = 'partially_returned' AND place = 1 THEN 'returned' ELSE 'fulfilled' END
    """,
)
TABLES = (
    "sandbox_fulfilmentline", "sandbox_fulfilment", "sandbox_orderline", "sandbox_order", "sandbox_user",
    "sandbox_price", "sandbox_stock", "sandbox_checkoutline", "sandbox_checkout", "sandbox_variant", "sandbox_product",
    "sandbox_category", "sandbox_channel",
)  # fmt: skip
_LARGE = TABLES[:5]

# What slows loading down and can be made again: foreign keys first, then indexes that are no key.
_CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'f' AND conrelid = ANY(%s::regclass[])
"""
_INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid = ANY(%s::regclass[]) AND NOT indisprimary
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""


def fill(orders: int) -> None:
    """Empty the demo shop and fill it with so many orders, of a tenth as many customers."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(TABLES)} RESTART IDENTITY CASCADE")
        with _bare():
            for statement in _FILL:
                cursor.execute(statement, {"orders": orders, "customers": orders // 10})
        cursor.execute(f"VACUUM ANALYZE {', '.join(TABLES)}")


@contextmanager
def _bare() -> Iterator[None]:
    """The large tables without foreign keys and secondary indexes meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(_CONSTRAINTS, [list(_LARGE)])
        constraints = cursor.fetchall()
        cursor.execute(_INDEXES, [list(_LARGE)])
        indexes = cursor.fetchall()
        for table, name, _ in constraints:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
        yield
        for _, definition in indexes:
            cursor.execute(definition)
        for table, name, definition in constraints:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition} NOT VALID")
