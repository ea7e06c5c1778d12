"""News of orders."""

from collections.abc import Sequence
from datetime import datetime

from ...activity import purchases
from ...contacts.identity import owner_of, resolve
from ...flows import recovery
from ...shop.port import Shop
from ..orders import store, tell_language


def handle(shop: Shop, ids: Sequence[str], now: datetime) -> None:
    """Store orders as they are now; then end the flows that they answer, and count what was recovered."""
    orders = shop.orders(ids)
    purchases.forget_unreal([order_id for order_id in ids if order_id not in orders])
    people = {order.id: owner_of(order) for order in sorted(orders.values(), key=lambda order: order.placed_at)}
    contacts = resolve(list(people.values()), now)
    owners = {order_id: contacts[person].pk if person in contacts else None for order_id, person in people.items()}
    tell_language(owners, store(shop, owners, now))
    recovery.note(list(orders.values()), now)
