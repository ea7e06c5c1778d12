"""News of orders."""

from collections.abc import Sequence
from datetime import datetime

from ...activity import purchases
from ...config import Settings
from ...contacts.identity import owner_of, resolve
from ...flows import recovery
from ...segments.loyalty.ledger import Others
from ...segments.loyalty.orders import post_orders
from ...shop.port import Shop


def handle(shop: Shop, settings: Settings, ids: Sequence[str], now: datetime) -> None:
    """Store orders as they are now; then bring their loyalty points up to them, end the flows that they answer, and
    count what was recovered."""
    orders = shop.orders(ids)
    people = {order.id: owner_of(order) for order in orders.values()}
    contacts = resolve(list(people.values()), now)
    owners = {order_id: contacts[person].pk for order_id, person in people.items() if person in contacts}
    purchases.record(list(orders.values()), owners, now)
    post_orders(list(orders), settings.loyalty, now, Others.FAIL)  # contacts are held already: waiting could deadlock
    recovery.note(list(orders.values()), now)
