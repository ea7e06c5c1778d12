"""Which lines the shop can deliver: stock less allocations less what other carts hold.

Relies on saleor/warehouse/models.py (Stock's queryset knows which warehouses serve a channel and a
country) and follows saleor/warehouse/availability.py check_stock_quantity_bulk, which guards the
completion of a checkout one by one; here all carts of a call share two queries.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Sum, Value
from saleor.warehouse.models import Reservation, Stock
from saleor.warehouse.reservations import is_reservation_enabled

from saleor_crm_plugin.shop.saleor.lines import Line
from saleor_crm_plugin.shop.saleor.owner import site_settings

# The site setting of whether the shop goes by shipping zones. Before 3.23 there is none, and every shop does.
BY_ZONE = "use_legacy_shipping_zone_stock_availability"


@dataclass(frozen=True)
class Place:
    """Where from and whereto: what decides which warehouses may serve a cart."""

    channel: str
    country: str
    shipping_chosen: bool  # once chosen, collection points no longer count
    collected: bool  # at a collection point: every warehouse of the channel may bring it there
    warehouse: UUID | None  # the collection point that only hands out its own stock


def in_stock(lines: Sequence[Line], places: Mapping[UUID, Place]) -> set[UUID]:
    """The lines whose variant is there in the quantity that the whole cart wants. At most three queries."""
    lines = [line for line in lines if not line.preordered]
    settings = site_settings()
    stocks = _stocks(lines, places, by_zone=goes_by_zone(settings))
    held = _held(lines) if is_reservation_enabled(settings) else {}
    wanted: defaultdict[tuple[UUID, int], int] = defaultdict(int)
    for line in lines:
        wanted[line.cart_id, line.variant_id] += line.quantity

    def left(line: Line) -> int:
        return sum(
            available - sum(quantity for cart, quantity in held.get(stock, ()) if cart != line.cart_id)
            for stock, available in stocks[places[line.cart_id], line.variant_id]
        )

    return {
        line.line_id
        for line in lines
        if not line.track_inventory or left(line) >= wanted[line.cart_id, line.variant_id]
    }


def goes_by_zone(settings: Any) -> bool:
    """Whether the shop goes by shipping zones."""
    return bool(getattr(settings, BY_ZONE, True))


def _stocks(
    lines: Iterable[Line], places: Mapping[UUID, Place], *, by_zone: bool
) -> defaultdict[tuple[Place, int], list[tuple[int, int]]]:
    """For each place and variant: the stocks that serve it, and how many each has left. One query: a union."""
    variants: defaultdict[Place, set[int]] = defaultdict(set)
    for line in lines:
        variants[places[line.cart_id]].add(line.variant_id)
    numbered = list(variants)
    queries = [
        serving(place, by_zone=by_zone)
        .filter(product_variant_id__in=variants[place])
        .annotate_available_quantity()
        .annotate(place=Value(number))
        .order_by()
        .values_list("place", "product_variant_id", "pk", "available_quantity")
        for number, place in enumerate(numbered)
    ]
    stocks: defaultdict[tuple[Place, int], list[tuple[int, int]]] = defaultdict(list)
    for number, variant, stock, available in queries[0].union(*queries[1:], all=True) if queries else ():
        stocks[numbered[number], variant].append((stock, available))
    return stocks


def serving(place: Place, *, by_zone: bool) -> Any:
    """The stocks that may serve a place: by its shipping zones, or by its channel alone."""
    if not by_zone:  # from 3.23 on a shop may let every warehouse of the channel serve every country
        stocks = Stock.objects.for_channel(place.channel)
    elif place.collected:
        stocks = Stock.objects.for_channel_and_click_and_collect(place.channel)
    else:
        stocks = Stock.objects.for_channel_and_country(place.channel, place.country, not place.shipping_chosen)
    return stocks.filter(warehouse_id=place.warehouse) if place.warehouse else stocks


def _held(lines: Iterable[Line]) -> Mapping[int, list[tuple[UUID, int]]]:
    """For each stock: which carts hold how many of it just now."""
    reservations = Reservation.objects.filter(stock__product_variant_id__in={line.variant_id for line in lines})
    held = defaultdict(list)
    for stock, cart, quantity in (
        reservations.not_expired()
        .order_by()
        .values_list("stock_id", "checkout_line__checkout_id")
        .annotate(quantity=Sum("quantity_reserved"))
    ):
        held[stock].append((cart, quantity))
    return held
