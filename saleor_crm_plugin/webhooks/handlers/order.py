"""News of orders."""

from collections.abc import Sequence
from datetime import datetime

from ...activity import purchases
from ...activity.stock import watch
from ...config import Settings
from ...contacts import changes
from ...contacts.identity import owner_of, resolve
from ...flows import recovery
from ...flows.stock import recovered
from ...segments.loyalty.ledger import Others
from ...segments.loyalty.orders import post_orders
from ...shop.port import Shop
from ...vouchers import redeem
from .. import inbox
from ..models import InboxItem
from ..told import tell


def handle(shop: Shop, settings: Settings, ids: Sequence[str], now: datetime) -> None:
    """Store orders as they are now; then bring their loyalty points up to them, note the codes that they used, end the
    flows that they answer, and count what was recovered."""
    orders = shop.orders(ids)
    purchases.forget_unreal([order_id for order_id in ids if order_id not in orders])
    people = {order.id: owner_of(order) for order in sorted(orders.values(), key=lambda order: order.placed_at)}
    contacts = resolve(list(people.values()), now)
    owners = {order_id: contacts[person].pk if person in contacts else None for order_id, person in people.items()}
    known = purchases.known(owners)
    new = {order_id: contact for order_id, contact in owners.items() if order_id not in known}
    old = {order_id: contact for order_id, contact in owners.items() if order_id in known}
    changed = purchases.record(
        shop.order_facts(), purchases.wanted(new) if new else None, purchases.wanted(old) if old else None, now
    )
    changes.note(sorted(changed))
    tell({order.id: order.country for order in orders.values()}, new)
    post_orders(list(orders), settings.loyalty, now, Others.FAIL)  # contacts are held already: waiting could deadlock
    recovery.note(list(orders.values()), now)
    recovered.note(list(orders), now)
    redeem.note(shop, orders, owners, now)  # runs before vouchers, as decisions take them
    # Most versions of Saleor tell of no stock that an order took, or that a cancelled one gave back.
    inbox.hint(InboxItem.Kind.STOCK, watch.watched_in(list(orders)), now)
