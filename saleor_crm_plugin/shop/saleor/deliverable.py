"""Which lines of checkouts their owners can have now: sold in the channel, and there, what they reserved included.

Relies on saleor/checkout/models.py (Checkout) and saleor/warehouse (WarehouseClickAndCollectOption).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from saleor.checkout.models import Checkout
from saleor.warehouse import WarehouseClickAndCollectOption

from saleor_crm_plugin.shop.saleor.carts import country_of
from saleor_crm_plugin.shop.saleor.ids import uuids
from saleor_crm_plugin.shop.saleor.lines import Line, read_lines
from saleor_crm_plugin.shop.saleor.listings import sold_now
from saleor_crm_plugin.shop.saleor.preorders import preorderable
from saleor_crm_plugin.shop.saleor.stock import Place, in_stock

# How the customer gets the goods has been said once, and again from 3.22 on, by a cached delivery.
_DELIVERIES = {"shipping_method_id", "external_shipping_method_id", "assigned_delivery_id"}
# The columns of a checkout that say where its goods come from and go to.
PLACE = (
    *("pk", "channel_id", "channel__slug"),
    *("country", "shipping_address__country", "billing_address__country"),
    *("collection_point_id", "collection_point__click_and_collect_option"),
    *sorted(_DELIVERIES & {getattr(field, "attname", "") for field in Checkout._meta.get_fields()}),
)


def read_deliverable(ids: Sequence[str]) -> dict[str, frozenset[str]]:
    """The variants that checkouts can have, by checkout. A constant number of queries."""
    carts = {row["pk"]: row for row in Checkout.objects.filter(pk__in=uuids(ids)).order_by().values(*PLACE)}
    lines = [line for line in read_lines(list(carts)) if line.cart_id in carts]
    there = can_be_had(lines, carts)
    variants: defaultdict[UUID, set[str]] = defaultdict(set)
    for line in lines:
        if line.line_id in there:
            variants[line.cart_id].add(str(line.variant_id))
    return {str(key): frozenset(variants[key]) for key in carts}


def can_be_had(lines: Sequence[Line], carts: Mapping[UUID, Mapping[str, Any]]) -> set[UUID]:
    """The lines that can be delivered. ``carts`` are rows of ``PLACE`` and more, by id."""
    places = {key: _place(row) for key, row in carts.items()}
    deliverable = in_stock(lines, places) | preorderable(lines, {key: place.channel for key, place in places.items()})
    return deliverable & sold_now(lines, {key: row["channel_id"] for key, row in carts.items()})


def _place(row: Mapping[str, Any]) -> Place:
    local = row["collection_point__click_and_collect_option"] == WarehouseClickAndCollectOption.LOCAL_STOCK
    return Place(
        channel=row["channel__slug"],
        country=country_of(row),
        shipping_chosen=any(row.get(column) for column in _DELIVERIES),
        collected=row["collection_point_id"] is not None,
        warehouse=row["collection_point_id"] if local else None,
    )
