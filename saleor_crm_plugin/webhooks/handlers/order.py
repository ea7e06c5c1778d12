"""News of orders."""

from collections.abc import Sequence
from datetime import datetime

from ...activity import purchases
from ...contacts.identity import owner_of, resolve
from ...flows import recovery
from ...shop.port import Shop


def handle(shop: Shop, ids: Sequence[str], now: datetime) -> None:
    """Store orders as they are now; then end the flows that they answer, and count what was recovered."""
    orders = shop.orders(ids)
    people = {order.id: owner_of(order) for order in orders.values()}
    contacts = resolve(list(people.values()), now)
    owners = {order_id: contacts[person].pk for order_id, person in people.items() if person in contacts}
    purchases.record(list(orders.values()), owners, now)
    recovery.note(list(orders.values()), now)
