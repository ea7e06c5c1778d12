"""A big shop inside Saleor's tables and people who wait for what it has not, made by the database itself.

Products, variants and listings are copies of those of Saleor's demo range, so that a column that a version of Saleor
adds is filled, too. Five variants to a product, sold in one channel, with stocks in three of its warehouses and two of
its zones; one stock in ten has allocations. Of the first 20,000 variants nothing is left, and for the first 5,000 of
them people wait.
"""

from datetime import datetime
from typing import Any

from django.db import connection

CHANNEL = "default-channel"
FIRST = 10_000_000  # the keys of what is made begin here
NOT_THERE, WAITED_FOR, REQUESTS, OF_MOST_WANTED = 20_000, 5_000, 100_000, 20_000
MOST_WANTED = FIRST + 1
_PRODUCTS = """
INSERT INTO product_product SELECT made.* FROM (
    SELECT one FROM product_product one JOIN product_productchannellisting l ON l.product_id = one.id
    WHERE l.channel_id = %(channel)s AND l.is_published ORDER BY one.id LIMIT 1
) of, generate_series(%(from)s / 5 + 1, %(to)s / 5) n, jsonb_populate_record(of.one, jsonb_build_object(
    'id', %(first)s + n, 'slug', 'made-' || n, 'name', 'Made ' || n, 'default_variant_id', NULL,
    'external_reference', NULL, 'search_document', '', 'search_vector', NULL, 'search_index_dirty', false
)) made
"""
_VARIANTS = """
INSERT INTO product_productvariant SELECT made.* FROM (
    SELECT one FROM product_productvariant one WHERE track_inventory AND NOT is_preorder ORDER BY id LIMIT 1
) of, generate_series(%(from)s + 1, %(to)s) n, jsonb_populate_record(of.one, jsonb_build_object(
    'id', %(first)s + n, 'product_id', %(first)s + (n + 4) / 5, 'sku', 'made-' || n, 'name', '',
    'external_reference', NULL
)) made
"""
_PRODUCT_LISTINGS = """
INSERT INTO product_productchannellisting SELECT made.* FROM (
    SELECT one FROM product_productchannellisting one
    WHERE channel_id = %(channel)s AND is_published AND available_for_purchase_at <= now() ORDER BY id LIMIT 1
) of, generate_series(%(from)s / 5 + 1, %(to)s / 5) n, jsonb_populate_record(of.one, jsonb_build_object(
    'id', %(first)s + n, 'product_id', %(first)s + n
)) made
"""
_LISTINGS = """
INSERT INTO product_productvariantchannellisting SELECT made.* FROM (
    SELECT one FROM product_productvariantchannellisting one
    WHERE channel_id = %(channel)s AND price_amount IS NOT NULL ORDER BY id LIMIT 1
) of, generate_series(%(from)s + 1, %(to)s) n, jsonb_populate_record(of.one, jsonb_build_object(
    'id', %(first)s + n, 'variant_id', %(first)s + n, 'price_amount', 5 + n %% 90,
    'discounted_price_amount', 5 + n %% 90
)) made
"""
_STOCKS = """
INSERT INTO warehouse_stock (id, quantity, product_variant_id, warehouse_id, quantity_allocated)
SELECT %(first)s + 3 * n + place - 1, units + allocated, %(first)s + n, warehouse_id, allocated
FROM generate_series(%(from)s + 1, %(to)s) n, (
    SELECT row_number() OVER (ORDER BY min(wz.shippingzone_id), wz.warehouse_id) AS place, wz.warehouse_id
    FROM warehouse_warehouse_shipping_zones wz
    JOIN shipping_shippingzone_channels zc USING (shippingzone_id)
    JOIN warehouse_channelwarehouse cw USING (warehouse_id, channel_id)
    WHERE channel_id = %(channel)s GROUP BY wz.warehouse_id ORDER BY place LIMIT 3
) warehouse, LATERAL (
    SELECT (n > %(not_there)s)::int * 7 AS units, ((3 * n + place) %% 10 = 0)::int * 2 AS allocated
) of_it
"""
_ALLOCATIONS = """
INSERT INTO warehouse_allocation (id, quantity_allocated, stock_id, order_line_id)
SELECT stock.id, stock.quantity_allocated, stock.id, (SELECT id FROM order_orderline LIMIT 1)
FROM warehouse_stock stock
WHERE stock.product_variant_id > %(first)s + %(from)s AND stock.quantity_allocated > 0
"""
_SHOP = (_PRODUCTS, _VARIANTS, _PRODUCT_LISTINGS, _LISTINGS, _STOCKS, _ALLOCATIONS)

_CONTACTS = """
INSERT INTO crm_contact (id, key, email, language, country, consented, created_at)
SELECT %(first)s + n, gen_random_uuid(), 'customer' || n || '@example.com', 'en', 'US', false, %(now)s
FROM generate_series(1, %(requests)s) n
"""
# Everybody waits for one thing: a fifth for the first variant, the others for one drawn with a bias to the first.
_REQUESTS = """
INSERT INTO crm_stock_interest (
    id, contact_id, variant_id, product_id, channel, kind, state, language, price, currency, drops, cart_id, asked_at,
    confirmed_at, expires_at
)
SELECT %(first)s + n, %(first)s + n, (%(first)s + wanted)::text, (%(first)s + (wanted + 4) / 5)::text, %(slug)s,
    'request', 'waiting', 'en', 5 + wanted %% 90, 'USD', 0, '', asked_at, asked_at, asked_at + interval '90 days'
FROM (
    SELECT n, %(now)s - n %% 80 * interval '1 day' - n * interval '1 second' AS asked_at,
        CASE WHEN n <= %(of_most_wanted)s THEN 1
            ELSE 2 + floor(random() ^ 2 * (%(waited_for)s - 1))::int END AS wanted
    FROM generate_series(1, %(requests)s) n
) drawn
"""
_PEOPLE = ("SELECT setseed(0.5)", _CONTACTS, _REQUESTS)

_TABLES = (
    "product_product", "product_productvariant", "product_productchannellisting",
    "product_productvariantchannellisting", "warehouse_stock", "warehouse_allocation", "crm_contact",
    "crm_stock_interest",
)  # fmt: skip


def grow(present: int, variants: int) -> None:
    """Give the shop so many made variants, of which it has ``present``."""
    _run(_SHOP, {"from": present, "to": variants})


def fill_queues(now: datetime) -> None:
    """Let 100,000 people wait for 5,000 variants, 20,000 of them for the first. Most came in the last 80 days."""
    _run(_PEOPLE, {"now": now})


def pairs(many: int) -> list[tuple[str, str]]:
    """The first so many of the made variants, in their channel."""
    return [(str(FIRST + number), CHANNEL) for number in range(1, many + 1)]


def stock(units: int, many: int) -> None:
    """Leave so many units of each of the first so many made variants, in one warehouse."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE warehouse_stock SET quantity = quantity_allocated + %s WHERE id = ANY(%s)",
            [units, [FIRST + 3 * number for number in range(1, many + 1)]],
        )


def tidy(*tables: str) -> None:
    """What autovacuum does now and then, done now."""
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM ANALYZE {', '.join(tables)}")


def _run(statements: tuple[str, ...], values: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM channel_channel WHERE slug = %s", [CHANNEL])
        (channel,) = cursor.fetchone()
        sizes: dict[str, Any] = {
            "first": FIRST, "channel": channel, "slug": CHANNEL, "not_there": NOT_THERE, "waited_for": WAITED_FOR,
            "requests": REQUESTS, "of_most_wanted": OF_MOST_WANTED,
        }  # fmt: skip
        # Of whole numbers that are known to fit: foreign keys are not looked up one by one.
        cursor.execute("SET session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement, {**sizes, **values})
        cursor.execute("RESET session_replication_role")
    tidy(*_TABLES)
