"""Which preordered lines are still to be had: thresholds of the channel and of the variant.

Relies on saleor/product/models.py (ProductVariantChannelListing) and saleor/warehouse/models.py
(PreorderReservation); follows saleor/warehouse/availability.py check_preorder_threshold_bulk.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Sum
from saleor.product.models import ProductVariantChannelListing
from saleor.warehouse.models import PreorderReservation

from saleor_crm_plugin.shop.saleor.lines import Line


def preorderable(lines: Sequence[Line], channels: Mapping[UUID, str]) -> set[UUID]:
    """The preordered lines that stay within their thresholds. Two queries, none without preorders."""
    lines = [line for line in lines if line.preordered]
    if not lines:
        return set()
    listings: defaultdict[int, list[Any]] = defaultdict(list)
    found = ProductVariantChannelListing.objects.filter(variant_id__in={line.variant_id for line in lines})
    for listing in found.annotate_preorder_quantity_allocated().select_related("channel").order_by():
        listings[listing.variant_id].append(listing)
    held = _held([listing.pk for of_variant in listings.values() for listing in of_variant])
    wanted: defaultdict[tuple[UUID, int], int] = defaultdict(int)
    for line in lines:
        wanted[line.cart_id, line.variant_id] += line.quantity

    def enough(line: Line) -> bool:
        def taken(listing: Any) -> int:
            others = sum(quantity for cart, quantity in held[listing.pk] if cart != line.cart_id)
            return int(listing.preorder_quantity_allocated) + others

        mine = next((one for one in listings[line.variant_id] if one.channel.slug == channels[line.cart_id]), None)
        quantity = wanted[line.cart_id, line.variant_id]
        if mine is None or mine.preorder_quantity_threshold is None:
            left_here = quantity
        else:
            left_here = mine.preorder_quantity_threshold - taken(mine)
        left_anywhere = (
            quantity
            if line.preorder_threshold is None
            else line.preorder_threshold - sum(taken(listing) for listing in listings[line.variant_id])
        )
        return bool(min(left_here, left_anywhere) >= quantity)

    return {line.line_id for line in lines if enough(line)}


def _held(listings: Sequence[int]) -> defaultdict[int, list[tuple[UUID, int]]]:
    reservations = PreorderReservation.objects.filter(product_variant_channel_listing_id__in=listings)
    held: defaultdict[int, list[tuple[UUID, int]]] = defaultdict(list)
    for listing, cart, quantity in (
        reservations.not_expired()
        .order_by()
        .values_list("product_variant_channel_listing_id", "checkout_line__checkout_id")
        .annotate(quantity=Sum("quantity_reserved"))
    ):
        held[listing].append((cart, quantity))
    return held
