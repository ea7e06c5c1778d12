"""Which variants a channel has left for whoever asks, before anybody says where to ship.

Relies on saleor/warehouse/models.py and follows saleor/graphql/warehouse/dataloaders.py (available quantity by variant
and channel), which answers a storefront's ``isAvailable`` and ``quantityAvailable`` without an address.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from saleor.channel.models import Channel
from saleor.warehouse import WarehouseClickAndCollectOption
from saleor.warehouse.models import Reservation, Warehouse
from saleor.warehouse.reservations import is_reservation_enabled

from saleor_crm_plugin.shop.saleor.owner import site_settings
from saleor_crm_plugin.shop.saleor.stock import Place, goes_by_zone, serving


@dataclass(frozen=True)
class _Shelf:
    """What one warehouse has left of a variant."""

    warehouse: UUID
    left: int
    zones: Sequence[int]  # the channel's shipping zones that the warehouse serves
    collects_from_all: bool  # a collection point to which every warehouse brings


def variants_left(variants: Collection[int], channel: str) -> set[int]:
    """The variants of which the channel has at least one unit that nobody holds. Two queries, none without variants."""
    if not variants:
        return set()
    settings = site_settings()
    by_zone = goes_by_zone(settings)
    shelves: defaultdict[int, list[_Shelf]] = defaultdict(list)
    found = _stocks(channel, by_zone=by_zone, reserving=is_reservation_enabled(settings))
    for variant, warehouse, available, held, zones, collection in found.filter(product_variant_id__in=variants):
        # What is held counts against what is there, and not against what was sold too often.
        left = max(0, available - held) if available > 0 else available - held
        to_all = not zones and collection == WarehouseClickAndCollectOption.ALL_WAREHOUSES
        shelves[variant].append(_Shelf(warehouse, left, zones, to_all))
    most = _most_in_a_zone if by_zone else _together
    return {variant for variant, of_variant in shelves.items() if most(of_variant) > 0}


def _stocks(channel: str, *, by_zone: bool, reserving: bool) -> Any:
    anywhere = Place(channel, country="", shipping_chosen=False, collected=False, warehouse=None)
    held = (
        Reservation.objects.filter(stock_id=OuterRef("pk"))
        .not_expired()
        .order_by()
        .values("stock_id")
        .annotate(held=Sum("quantity_reserved"))
    )
    zones_of_channel = Channel.shipping_zones.through.objects.filter(channel__slug=channel)
    zones = Warehouse.shipping_zones.through.objects.filter(
        warehouse_id=OuterRef("warehouse_id"), shippingzone_id__in=zones_of_channel.values("shippingzone_id")
    )
    return (
        serving(anywhere, by_zone=by_zone)
        .annotate_available_quantity()
        .annotate(
            held=Coalesce(Subquery(held.values("held")), 0) if reserving else Value(0),
            zones=ArraySubquery(zones.values("shippingzone_id")),
        )
        .order_by()
        .values_list(
            *("product_variant_id", "warehouse_id", "available_quantity", "held", "zones"),
            "warehouse__click_and_collect_option",
        )
    )


def _together(shelves: Sequence[_Shelf]) -> int:
    return sum(shelf.left for shelf in shelves)


def _most_in_a_zone(shelves: Sequence[_Shelf]) -> int:
    """No order ships from two zones; a collection point is one of its own unless all warehouses bring there."""
    if any(shelf.collects_from_all for shelf in shelves):
        return _together(shelves)
    by_zone: defaultdict[int | UUID, int] = defaultdict(int)
    for shelf in shelves:
        keys: Sequence[int | UUID] = shelf.zones or [shelf.warehouse]
        for key in keys:
            by_zone[key] += shelf.left
    return max(by_zone.values())
