"""News of carts."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from ...activity import carts as activity_carts
from ...activity import views
from ...config import Settings
from ...contacts import changes, consent
from ...contacts.identity import owner_of, resolve
from ...contacts.models import ConsentRecord
from ...flows import enrol
from ...flows.stock.enter import carted
from ...shop.port import Cart, Shop
from .customer import account_statements


def handle(shop: Shop, settings: Settings, ids: Sequence[str], now: datetime) -> None:
    """Store carts as they are now, who they belong to, what their owners agreed to; then wake the flows."""
    carts = shop.carts(ids)
    activity_carts.close_missing([cart_id for cart_id in ids if cart_id not in carts], now)
    people = {cart.id: owner_of(cart) for cart in carts.values()}
    contacts = resolve(list(people.values()), now)
    views.join([cart.visitor_id for cart in carts.values() if cart.visitor_id])
    owners = {cart_id: contacts[person].pk for cart_id, person in people.items() if person in contacts}
    noticed = activity_carts.record(list(carts.values()), owners, now)
    changes.note({key for n in noticed if n.moved for key in (n.owner_before, n.cart.contact_id)})
    # What their accounts say, too: no hook has told of an account that is older than we are.
    accounts = {person.user_id: contacts[person] for person in people.values() if person.user_id and person in contacts}
    said = account_statements(accounts, shop.customers(list(accounts)).values())
    agreed = consent.record([*said, *_said_in_checkout(carts, owners)], now)
    enrol.abandoned_carts(settings, [n.cart for n in noticed if n.moved or n.cart.contact_id in agreed], now)
    carted(shop, settings, [cart for cart in carts.values() if cart.id in owners], now)


def _said_in_checkout(carts: Mapping[str, Cart], owners: Mapping[str, int]) -> list[consent.Statement]:
    return [
        consent.Statement(
            owners[cart.id], cart.consent.granted, ConsentRecord.Source.CHECKOUT, cart.id, cart.consent.wording
        )
        for cart in carts.values()
        if cart.consent and cart.id in owners
    ]
