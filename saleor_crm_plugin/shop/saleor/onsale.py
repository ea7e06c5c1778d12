"""Which products a customer of a channel sees in its listings and can buy now.

Relies on saleor/product/models.py (ProductChannelListing, ProductVariantChannelListing) and follows
saleor/product/managers.py (published_with_variants) and saleor/graphql/product/types/products.py
(resolve_is_available). Two things are as in the checkout, and not as in that field: what is not tracked never runs
out, and a preorder does by its thresholds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q
from django.utils import timezone
from saleor.product.models import ProductVariantChannelListing

from saleor_crm_plugin.shop.goods import OnSale
from saleor_crm_plugin.shop.saleor.ids import integers
from saleor_crm_plugin.shop.saleor.lines import preordered
from saleor_crm_plugin.shop.saleor.preorders import Preorders
from saleor_crm_plugin.shop.saleor.shelves import variants_left
from saleor_crm_plugin.shop.saleor.values import AttributeValues

_LISTING = "variant__product__channel_listings"
_COLUMNS = {
    "listing_id": "pk",
    "variant_id": "variant_id",
    "product_id": "variant__product_id",
    "category_id": "variant__product__category_id",
    "track_inventory": "variant__track_inventory",
    "is_preorder": "variant__is_preorder",
    "preorder_end_date": "variant__preorder_end_date",
    "preorder_threshold": "variant__preorder_global_threshold",
}


@dataclass(frozen=True)
class Offered:
    """A variant that the channel lists with a price, of a product that it shows and sells."""

    listing_id: int
    variant_id: int
    product_id: int
    category_id: int | None
    track_inventory: bool
    is_preorder: bool
    preorder_end_date: datetime | None
    preorder_threshold: int | None


def read_on_sale(product_ids: Sequence[str], channel: str, attributes: Sequence[str]) -> dict[str, OnSale]:
    """Products by id. Three queries, two more for attributes and two more where something is preordered."""
    offered = read_offered(integers(product_ids), channel)
    there = buyable(offered, channel)
    sold = {one.product_id: one.category_id for one in offered if one.variant_id in there}
    shown = [one for one in offered if one.product_id in sold]
    values = AttributeValues(sold, [one.variant_id for one in shown], attributes)
    comes_in: dict[int, set[tuple[str, str]]] = {product: set() for product in sold}
    in_stock: dict[int, set[tuple[str, str]]] = {product: set() for product in sold}
    for one in shown:
        told = values.of_variant(one.variant_id)
        comes_in[one.product_id] |= told
        if one.variant_id in there:
            in_stock[one.product_id] |= told
    return {
        str(product): OnSale(
            product_id=str(product),
            category_id=None if category is None else str(category),
            values=values.of_product(product),
            comes_in=frozenset(comes_in[product]),
            in_stock=frozenset(in_stock[product]),
        )
        for product, category in sold.items()
    }


def read_offered(products: Sequence[int], channel: str) -> list[Offered]:
    """The variants of these products that the channel lists, whether they are there or not. One query."""
    if not products:
        return []
    now = timezone.now()
    # One call of filter, so that all conditions hold for the same listing of the product.
    rows = ProductVariantChannelListing.objects.filter(
        Q(**{f"{_LISTING}__published_at": None}) | Q(**{f"{_LISTING}__published_at__lte": now}),
        channel__slug=channel,
        channel__is_active=True,
        price_amount__isnull=False,
        variant__product_id__in=products,
        **{
            f"{_LISTING}__channel_id": F("channel_id"),
            f"{_LISTING}__is_published": True,
            f"{_LISTING}__visible_in_listings": True,
            f"{_LISTING}__available_for_purchase_at__lte": now,
        },
    )
    return [Offered(*row) for row in rows.order_by().values_list(*_COLUMNS.values())]


def buyable(offered: Sequence[Offered], channel: str) -> set[int]:
    """The variants of which one unit can be bought now. Two queries, two more where something is preordered."""
    thresholds, counted, endless = {}, set(), set()
    for one in offered:
        if preordered(one.is_preorder, one.preorder_end_date):
            thresholds[one.variant_id] = one.preorder_threshold
        elif one.track_inventory:
            counted.add(one.variant_id)
        else:
            endless.add(one.variant_id)
    preorders = Preorders(thresholds)
    early = {variant for variant in thresholds if preorders.are_left(variant, channel, 1)}
    return endless | early | variants_left(counted, channel)
