"""Which products a customer of a channel sees in its listings and can buy now: SQL over Saleor's tables.

A storefront waits for it, so it is one statement, which looks no further than the first variant that can be bought
where nobody asks for variants.

Relies on saleor/product/models.py (ProductChannelListing, ProductVariantChannelListing) and follows
saleor/product/managers.py (published_with_variants) and saleor/graphql/product/types/products.py
(resolve_is_available). Two things are as in the checkout, and not as in that field: what is not tracked never runs
out, and a preorder does by its thresholds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone

from saleor_crm_plugin.shop import reading
from saleor_crm_plugin.shop.goods import OnSale, Values
from saleor_crm_plugin.shop.saleor.ids import integers
from saleor_crm_plugin.shop.saleor.preorders import TO_PREORDER
from saleor_crm_plugin.shop.saleor.shelves import SERVING, units_sql
from saleor_crm_plugin.shop.saleor.values import AttributeValues

_NONE: Values = frozenset()

# Whether one unit of ``variant`` can be bought by its ``listing``. As saleor/product/models.py
# ProductVariant.is_preorder_active.
_THERE = f"""
CASE WHEN variant.is_preorder AND (variant.preorder_end_date IS NULL OR variant.preorder_end_date >= %(now)s)
    THEN {TO_PREORDER}
    ELSE NOT variant.track_inventory OR {units_sql("listing.channel_id")} > 0
END
"""

# Served by the keys of (product, channel) and (variant, channel), and the index on the product of variants. What is
# shown is found first, and variants are looked at for these products alone.
_SHOWN = f"""
WITH channel AS MATERIALIZED (SELECT id FROM channel_channel WHERE slug = %(channel)s AND is_active),
{SERVING},
shown AS MATERIALIZED (
    SELECT product.id AS product_id, product.category_id, listed.channel_id
    FROM channel
    JOIN product_productchannellisting listed ON listed.channel_id = channel.id
    JOIN product_product product ON product.id = listed.product_id
    WHERE listed.product_id = ANY(%(products)s::int[])
        AND listed.is_published AND listed.visible_in_listings
        AND (listed.published_at IS NULL OR listed.published_at <= %(now)s)
        AND listed.available_for_purchase_at <= %(now)s
)
SELECT shown.product_id, shown.category_id, one.*
FROM shown
"""  # noqa: S608 - of constants
_LISTED = """
    FROM product_productvariant variant
    JOIN product_productvariantchannellisting listing ON listing.variant_id = variant.id
        AND listing.channel_id = shown.channel_id AND listing.price_amount IS NOT NULL
    WHERE variant.product_id = shown.product_id
"""

# What is sold.
_PRODUCTS = f"{_SHOWN} CROSS JOIN LATERAL (SELECT {_LISTED} AND {_THERE} LIMIT 1) one"
# Every variant that the channel lists with a price, of every product that it shows, and whether it is there.
_VARIANTS = f"{_SHOWN} CROSS JOIN LATERAL (SELECT variant.id, listing.id, {_THERE} {_LISTED}) one"


@dataclass(frozen=True)
class Offered:
    """A variant that the channel lists with a price, of a product that it shows. ``there``: it can be bought now."""

    product_id: int
    category_id: int | None
    variant_id: int
    listing_id: int
    there: bool


def read_on_sale(product_ids: Sequence[str], channel: str, attributes: Sequence[str]) -> dict[str, OnSale]:
    """Products by id. One query, two more for attributes."""
    products = integers(product_ids)
    if not attributes:
        return {
            str(product): _told(product, category, _NONE, _NONE, _NONE)
            for product, category in _read(_PRODUCTS, products, channel)
        }
    offered = read_offered(products, channel)
    sold = {one.product_id: one.category_id for one in offered if one.there}
    shown = [one for one in offered if one.product_id in sold]
    values = AttributeValues(sold, [one.variant_id for one in shown], attributes)
    comes_in: dict[int, set[tuple[str, str]]] = {product: set() for product in sold}
    in_stock: dict[int, set[tuple[str, str]]] = {product: set() for product in sold}
    for one in shown:
        told = values.of_variant(one.variant_id)
        comes_in[one.product_id] |= told
        if one.there:
            in_stock[one.product_id] |= told
    return {
        str(product): _told(
            product,
            category,
            values.of_product(product),
            frozenset(comes_in[product]),
            frozenset(in_stock[product]),
        )
        for product, category in sold.items()
    }


def read_offered(products: Sequence[int], channel: str) -> list[Offered]:
    """The variants of these products that the channel lists, whether they are there or not. One query."""
    return [Offered(*row) for row in _read(_VARIANTS, products, channel)]


def _read(statement: str, products: Sequence[int], channel: str) -> list[Any]:
    if not products:
        return []
    site = settings.SITE_ID  # type: ignore[misc] # of Saleor's settings, not of the sandbox's
    asked = {"products": list(products), "channel": channel, "site": site, "now": timezone.now()}
    with reading.connection().cursor() as cursor:
        cursor.execute(statement, asked)
        rows: list[Any] = cursor.fetchall()
    return rows


def _told(product: int, category: int | None, values: Values, comes_in: Values, in_stock: Values) -> OnSale:
    return OnSale(
        product_id=str(product),
        category_id=None if category is None else str(category),
        values=values,
        comes_in=comes_in,
        in_stock=in_stock,
    )
