"""What is still to be had of preorders: thresholds of the channel and of the variant. For lines, and as SQL.

Relies on saleor/product/models.py (ProductVariantChannelListing) and saleor/warehouse/models.py
(PreorderReservation); follows saleor/warehouse/availability.py check_preorder_threshold_bulk, and, where a storefront
is told how many, saleor/graphql/product/types/products.py resolve_quantity_available. The two differ: see
``PREORDERS_TOLD``.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Sum
from saleor.product.models import ProductVariantChannelListing
from saleor.warehouse.models import PreorderReservation

from saleor_crm_plugin.shop.saleor.lines import Line


def _taken_sql(listings: str) -> str:
    """How many units are allocated to orders, or held by carts just now. Served by the indexes on the listing."""
    return f"""(
        SELECT coalesce(sum(quantity), 0) FROM warehouse_preorderallocation
        WHERE product_variant_channel_listing_id IN ({listings})
    ) + (
        SELECT coalesce(sum(quantity_reserved), 0) FROM warehouse_preorderreservation
        WHERE product_variant_channel_listing_id IN ({listings}) AND reserved_until > %(now)s
    )"""  # noqa: S608 - of constants


_EVERYWHERE = "SELECT id FROM product_productvariantchannellisting WHERE variant_id = variant.id"
# Whether one unit of ``variant`` may be preordered yet by its ``listing``: here, and over all channels.
TO_PREORDER = f"""(
    (listing.preorder_quantity_threshold IS NULL
        OR listing.preorder_quantity_threshold > {_taken_sql("listing.id")})
    AND (variant.preorder_global_threshold IS NULL
        OR variant.preorder_global_threshold > {_taken_sql(_EVERYWHERE)})
)"""


def _told_sql(listings: str) -> str:
    return f"""(
        SELECT coalesce(sum(quantity), 0) FROM warehouse_preorderallocation
        WHERE product_variant_channel_listing_id IN ({listings})
    ) + CASE WHEN (SELECT reserving FROM shop) THEN (
        SELECT coalesce(sum(quantity_reserved), 0) FROM warehouse_preorderreservation
        WHERE product_variant_channel_listing_id IN ({listings})
    ) ELSE 0 END"""  # noqa: S608 - of constants


# How many units of ``variant`` a storefront says can be preordered by its ``listing``, null where there is no limit.
# Unlike the checkout, it goes by the channel's threshold alone where there is one, and counts what carts held until it
# is cleaned up (PreorderQuantityReservedByVariantChannelListingIdLoader). Wants the relation ``shop`` (shelves.py).
PREORDERS_TOLD = f"""(
    CASE WHEN listing.preorder_quantity_threshold IS NOT NULL AND listing.price_amount IS NOT NULL
        THEN greatest(listing.preorder_quantity_threshold - ({_told_sql("listing.id")}), 0)
    WHEN variant.preorder_global_threshold IS NOT NULL AND EXISTS ({_EVERYWHERE})
        THEN greatest(variant.preorder_global_threshold - ({_told_sql(_EVERYWHERE)}), 0)
    END
)::integer"""


class _Preorders:
    """How many of some variants, given with their thresholds over all channels, may be preordered yet.

    Two queries, none without variants.
    """

    def __init__(self, thresholds: Mapping[int, int | None]) -> None:
        self._thresholds = thresholds
        self._listings: defaultdict[int, list[Any]] = defaultdict(list)
        self._held: defaultdict[int, list[tuple[UUID, int]]] = defaultdict(list)
        if not thresholds:
            return
        found = ProductVariantChannelListing.objects.filter(variant_id__in=thresholds)
        for listing in found.annotate_preorder_quantity_allocated().select_related("channel").order_by():
            self._listings[listing.variant_id].append(listing)
        self._held = _held([listing.pk for of_variant in self._listings.values() for listing in of_variant])

    def are_left(self, variant_id: int, channel: str, quantity: int, cart_id: UUID) -> bool:
        """Whether so many are left, here and over all channels. What the cart itself holds does not count."""
        listings = self._listings[variant_id]
        mine = next((one for one in listings if one.channel.slug == channel), None)
        if mine is not None and mine.preorder_quantity_threshold is not None:
            left_here = mine.preorder_quantity_threshold - self._taken(mine, cart_id)
            if left_here < quantity:
                return False
        threshold = self._thresholds[variant_id]
        return threshold is None or threshold - sum(self._taken(one, cart_id) for one in listings) >= quantity

    def _taken(self, listing: Any, cart_id: UUID) -> int:
        others = sum(quantity for cart, quantity in self._held[listing.pk] if cart != cart_id)
        return int(listing.preorder_quantity_allocated) + others


def preorderable(lines: Sequence[Line], channels: Mapping[UUID, str]) -> set[UUID]:
    """The preordered lines that stay within their thresholds. Two queries, none without preorders."""
    lines = [line for line in lines if line.preordered]
    preorders = _Preorders({line.variant_id: line.preorder_threshold for line in lines})
    wanted: defaultdict[tuple[UUID, int], int] = defaultdict(int)
    for line in lines:
        wanted[line.cart_id, line.variant_id] += line.quantity
    return {
        line.line_id
        for line in lines
        if preorders.are_left(
            line.variant_id,
            channels[line.cart_id],
            wanted[line.cart_id, line.variant_id],
            line.cart_id,
        )
    }


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
