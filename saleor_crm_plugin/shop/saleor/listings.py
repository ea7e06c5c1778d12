"""Which lines the channel sells now: published, for sale, with a price.

Relies on saleor/product/models.py (ProductChannelListing, ProductVariantChannelListing); the same
conditions as saleor/checkout/fetch.py _is_variant_valid.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from saleor.product.models import ProductChannelListing, ProductVariantChannelListing

from saleor_crm_plugin.shop.saleor.lines import Line


def sold_now(lines: Sequence[Line], channels: Mapping[UUID, int]) -> set[UUID]:
    """The lines that a shopper of the cart's channel could add today. Two queries."""
    ids = set(channels.values())
    products = {
        (listing.product_id, listing.channel_id)
        for listing in ProductChannelListing.objects.filter(
            product_id__in={line.product_id for line in lines}, channel_id__in=ids
        ).order_by()
        if listing.is_visible and listing.is_available_for_purchase()
    }
    variants = set(
        ProductVariantChannelListing.objects.filter(
            variant_id__in={line.variant_id for line in lines}, channel_id__in=ids, price_amount__isnull=False
        )
        .order_by()
        .values_list("variant_id", "channel_id")
    )
    return {
        line.line_id
        for line in lines
        if (line.product_id, channels[line.cart_id]) in products
        and (line.variant_id, channels[line.cart_id]) in variants
    }
