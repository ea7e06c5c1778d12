"""Purchases: one per order, as the shop has it now."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from ..shop import port
from . import carts
from .models import Purchase


def record(orders: Sequence[port.Order], owners: Mapping[str, int], now: datetime) -> None:
    """Store orders as they are now, and close the carts they came from. ``owners`` maps order ids to contact numbers.

    A constant number of queries. An owner once known stays when the shop forgets whose order it was.
    """
    rows = [
        Purchase(
            order_id=order.id,
            contact_id=owners.get(order.id),
            cart_id=order.cart_id,
            channel=order.channel,
            currency=order.currency,
            language=order.language,
            total=order.total,
            refunded=order.refunded,
            real=order.real,
            paid=order.paid,
            placed_at=order.placed_at,
            changed_at=order.changed_at,
        )
        for order in orders
    ]
    owned = [row for row in rows if row.contact_id is not None]
    ownerless = [row for row in rows if row.contact_id is None]
    facts = [
        "cart_id", "channel", "currency", "language", "total", "refunded", "real", "paid", "placed_at", "changed_at",
    ]  # fmt: skip
    for batch, fields in ((owned, ["contact", *facts]), (ownerless, facts)):
        Purchase.objects.bulk_create(batch, update_conflicts=True, unique_fields=["order_id"], update_fields=fields)
    carts.close_ordered({order.cart_id: order.id for order in orders if order.cart_id and order.real}, now)
